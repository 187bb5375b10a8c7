#include "app/client/event_page.h"

#include <sstream>

#include "app/client/connection.h"
#include "app/client/event_reader.h"
#include "app/client/json.h"

namespace oncelog::app {

Result<EventPage> EventPage::Parse(const std::string& body) {
  const Error stranger(Code::kInvalid, kNotOncelog);
  std::istringstream in(body);
  EventReader events(in, InputFormat::kJson);
  EventPage page;
  for (;;) {
    const Result<bool> more = events.AppendNext(&page.lines);
    if (!more.ok()) return stranger;
    if (!*more) break;
    ++page.count;
  }
  const Result<Json> rest = Json::Parse(events.rest());
  if (!rest.ok() || rest->Text("next").empty()) return stranger;
  page.next = rest->Text("next");
  page.has_more = (*rest)["has_more"].is_true();
  return page;
}

}  // namespace oncelog::app
