// EventLine: an event as people read it in a terminal, in one line.
//
//   EventLine(json, /*colours=*/false)
//     -> 2025-10-22T10:00:00.269Z  sensor.temp #1  evt_001  sensor_A  {"temperature":29.5}
//
// Nothing in it can play tricks on the terminal. Threads: pure function.
#pragma once

#include <string>
#include <string_view>

namespace oncelog::app {

// `json`: one event of GET /events. What is none is given back as it is, made harmless.
std::string EventLine(std::string_view json, bool colours);

}  // namespace oncelog::app
