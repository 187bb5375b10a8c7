#include "app/tail/follower.h"

#include <algorithm>
#include <utility>

#include "app/client/connection.h"
#include "app/client/json.h"

namespace oncelog::app {
namespace {

constexpr uint64_t kPageEvents = 1000;

}  // namespace

Follower::Follower(Fetch fetch, TailQuery query)
    : fetch_(std::move(fetch)), query_(std::move(query)) {}

Result<EventPage> Follower::FetchPage(const std::string& order, const std::string& after,
                                      uint64_t limit) {
  const Result<std::string> body =
      fetch_(Target("/events", {{"topic", query_.topic},
                                {"source", query_.source},
                                {"received_from", place_.received_from},
                                {"order", order},
                                {"after", after},
                                {"limit", std::to_string(limit)}}));
  if (!body.ok()) return body.error();
  return EventPage::Parse(*body);
}

Result<Follower::Mark> Follower::MarkOf(const std::string& lines) {
  const size_t before_last = lines.rfind('\n', lines.size() - 2);
  const std::string line = before_last == std::string::npos ? lines : lines.substr(before_last + 1);
  const Result<Json> event = Json::Parse(line);
  if (!event.ok()) return event.error();
  return Mark{event->Text("topic"), event->Count("sequence"), event->Text("received_at")};
}

Status Follower::StartBeforeEnd(uint64_t events) {
  place_ = {};
  mark_.reset();
  std::optional<Mark> oldest;
  uint64_t left = std::max<uint64_t>(events, 1);
  std::string after;
  while (left > 0) {
    const Result<EventPage> page = FetchPage("desc", after, std::min(left, kPageEvents));
    if (!page.ok()) return page.error();
    if (page->count > 0) {
      const Result<Mark> mark = MarkOf(page->lines);
      if (!mark.ok()) return mark.error();
      oldest = *mark;
    }
    left -= std::min(left, page->count);
    // There are fewer: then from the first one on, unless even the newest is not wanted.
    if (left > 0 && !page->has_more) return OkStatus();
    after = page->next;
  }
  oldest->wanted = events > 0;
  place_.received_from = oldest->received_at;
  mark_ = std::move(oldest);
  return OkStatus();
}

Result<EventPage> Follower::Next() {
  Result<EventPage> page = FetchPage("asc", place_.cursor, kPageEvents);
  if (!page.ok()) return page;
  place_.cursor = page->next;
  if (mark_) DropBeforeMark(&*page);
  return page;
}

void Follower::DropBeforeMark(EventPage* page) {
  size_t at = 0;
  uint64_t dropped = 0;
  while (mark_ && at < page->lines.size()) {
    const size_t end = page->lines.find('\n', at) + 1;
    const Result<Mark> here = MarkOf(page->lines.substr(at, end - at));
    const bool is_it =
        here.ok() && here->topic == mark_->topic && here->sequence == mark_->sequence;
    // Received later: then the marked one is no more, and nothing may be held back for it.
    const bool behind = !here.ok() || here->received_at > mark_->received_at;
    if (is_it || behind) {
      const bool keep = behind || mark_->wanted;
      mark_.reset();
      if (keep) break;
    }
    at = end;
    ++dropped;
  }
  page->lines.erase(0, at);
  page->count -= dropped;
}

}  // namespace oncelog::app
