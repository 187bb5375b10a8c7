#include "app/client/page_reader.h"

namespace oncelog::app {

Result<EventPage> PageReader::Next(const std::string& target) {
  const Result<std::string> body =
      first_ ? server_.Get(target) : BodyOf(sender_.Send(JsonRequest(target)), server_.url());
  if (!body.ok()) return body.error();
  first_ = false;
  return EventPage::Parse(*body);
}

}  // namespace oncelog::app
