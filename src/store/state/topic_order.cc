#include "store/state/topic_order.h"

#include <algorithm>
#include <utility>

namespace oncelog::store {
namespace {

using Named = TopicOrder::Named;

bool Before(const Named& a, const Named& b) { return *a.name < *b.name; }

}  // namespace

void TopicOrder::Add(std::vector<Named> topics) {
  if (topics.empty()) return;
  std::sort(topics.begin(), topics.end(), Before);
  std::vector<Named> all;
  all.reserve(sorted_.size() + topics.size());
  // What comes is mostly little: where each goes is searched, what lies between is copied whole.
  auto from = sorted_.cbegin();
  for (const Named& topic : topics) {
    const auto to = std::lower_bound(from, sorted_.cend(), topic, Before);
    all.insert(all.end(), from, to);
    all.push_back(topic);
    from = to;
  }
  all.insert(all.end(), from, sorted_.cend());
  sorted_ = std::move(all);
}

TopicOrder::Place TopicOrder::From(std::string_view name) const {
  return std::lower_bound(sorted_.begin(), sorted_.end(), name,
                          [](const Named& a, std::string_view b) { return *a.name < b; });
}

TopicOrder::Place TopicOrder::Behind(std::string_view name) const {
  return std::upper_bound(sorted_.begin(), sorted_.end(), name,
                          [](std::string_view a, const Named& b) { return a < *b.name; });
}

}  // namespace oncelog::store
