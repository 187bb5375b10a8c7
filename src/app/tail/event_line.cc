#include "app/tail/event_line.h"

#include "app/client/json.h"
#include "app/client/json_outline.h"
#include "app/output/table.h"

namespace oncelog::app {
namespace {

constexpr std::string_view kPayload = R"("payload")";

// The payload's own bytes: numbers as they were sent, not as we would spell them.
std::string_view PayloadOf(std::string_view json) {
  JsonOutline outline;
  for (size_t i = 0; i < json.size(); ++i) {
    const bool here = outline.depth() == 1 && !outline.in_string();
    outline.Take(json[i]);
    if (!here || !json.substr(i).starts_with(kPayload)) continue;
    const size_t colon = json.find_first_not_of(" \t", i + kPayload.size());
    if (colon == std::string_view::npos || json[colon] != ':') continue;
    const size_t begin = json.find('{', colon);
    if (begin == std::string_view::npos) return {};
    JsonOutline value;
    for (size_t end = begin; end < json.size(); ++end) {
      value.Take(json[end]);
      if (value.closed()) return json.substr(begin, end + 1 - begin);
    }
  }
  return {};
}

}  // namespace

std::string EventLine(std::string_view json, bool colours) {
  const Result<Json> event = Json::Parse(json);
  if (!event.ok() || event->Text("event_id").empty()) return ForTerminal(std::string(json));
  const auto styled = [colours](const char* style, const std::string& text) {
    return colours ? std::string("\x1b[") + style + "m" + text + "\x1b[0m" : text;
  };
  const auto member = [&event](const char* name) { return ForTerminal(event->Text(name)); };
  return styled("2", member("received_at")) + "  " + styled("1", member("topic")) + " #" +
         std::to_string(event->Count("sequence")) + "  " + member("event_id") + "  " +
         styled("2", member("source")) + "  " + ForTerminal(std::string(PayloadOf(json)));
}

}  // namespace oncelog::app
