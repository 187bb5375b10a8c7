// WithEventsFirst: an answer that lists events, as EventReader takes it: {"events":[…], …}. Other
// servers may put that member anywhere, as many write members in the order of their names.
//
//   WithEventsFirst(R"({"count":1,"events":[{…}]})");   // {"events":[{…}],"count":1}
//
// What has no such member is yielded as it is. Threads: a pure function. Memory: as much again.
#pragma once

#include <string>

namespace oncelog::app::simulate {

std::string WithEventsFirst(std::string answer);

}  // namespace oncelog::app::simulate
