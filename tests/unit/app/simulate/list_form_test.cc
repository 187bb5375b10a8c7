// A list of events in whatever order its members stand.
#include "app/simulate/list_form.h"

#include <gtest/gtest.h>

#include <string>

namespace oncelog::app::simulate {
namespace {

TEST(ListFormTest, EventsComeFirst) {
  EXPECT_EQ(WithEventsFirst(R"({"count":1,"events":[{"a":[1,{}]},{"b":"],\"}"}]})"),
            R"({"events":[{"a":[1,{}]},{"b":"],\"}"}],"count":1})");
  EXPECT_EQ(WithEventsFirst(R"({"a":{"events":[1]},"b":"x,\"events\":[","events":[2],"c":[3]})"),
            R"({"events":[2],"a":{"events":[1]},"b":"x,\"events\":[","c":[3]})");
  EXPECT_EQ(WithEventsFirst(" \n{ \"count\": 0 ,\n \"events\" : [ ] }\n"),
            " \n{\n \"events\" : [ ] , \"count\": 0 }\n");
}

TEST(ListFormTest, AllElseStaysAsItIs) {
  for (const char* answer :
       {R"({"events":[{"a":1}],"count":1})", R"( { "events" : [] })", R"([{"x":1,"events":[2]}])",
        R"({"event_id":"1"}{"x":1,"events":[]})", R"({"count":1,"events":null})",
        R"({"count":1,"event":[]})", R"({"count":1,"events":[)", "{}", "{", "", "null"}) {
    EXPECT_EQ(WithEventsFirst(answer), answer);
  }
}

}  // namespace
}  // namespace oncelog::app::simulate
