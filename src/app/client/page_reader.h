// PageReader: GET /events page after page. The first page is asked for once, so that a wrong URL is
// said at once; further ones are asked for again when the server goes away meanwhile.
//
//   PageReader pages(server, sender);
//   for (;;) {
//     Result<EventPage> page = pages.Next(Target("/events", {{"after", after}}));
//     ...
//   }
//
// Threads: one. Ownership: borrows both. Errors: the server's words, kIo, kInvalid for a stranger.
#pragma once

#include <string>

#include "app/client/connection.h"
#include "app/client/event_page.h"

namespace oncelog::app {

class PageReader {
 public:
  PageReader(Connection& server, Sender& sender) : server_(server), sender_(sender) {}

  Result<EventPage> Next(const std::string& target);

 private:
  Connection& server_;
  Sender& sender_;
  bool first_ = true;
};

}  // namespace oncelog::app
