// What readers ask about topics.
#include <algorithm>
#include <mutex>
#include <utility>

#include "store/state/durable_state.h"

namespace oncelog::store {
namespace {

constexpr size_t kTopicsAtOnce = 65'536;  // under one lock: a third of a millisecond

}  // namespace

std::optional<TopicId> DurableState::IdOf(uint64_t hash, std::string_view name) const {
  return slots_.Find(hash, [&](TopicId id) { return *topics_[id.value].name == name; });
}

std::optional<DurableState::TopicHead> DurableState::FindTopic(std::string_view name) const {
  const uint64_t hash = key_.Hash64(name);
  const std::shared_lock lock(mutex_);
  const std::optional<TopicId> found = IdOf(hash, name);
  if (!found) return std::nullopt;
  const TopicState& topic = topics_[found->value];
  const RetentionState::Topic* const retained = retention_.Find(*found);
  return TopicHead{*found,
                   {topic.events},
                   retained == nullptr ? Sequence{1} : retained->first_kept,
                   topic.kept()};
}

std::optional<TopicInfo> DurableState::Topic(std::string_view name) const {
  const uint64_t hash = key_.Hash64(name);
  const std::shared_lock lock(mutex_);
  const std::optional<TopicId> found = IdOf(hash, name);
  if (!found) return std::nullopt;
  return InfoOf(*found);
}

std::vector<TopicOrder::Named> DurableState::TopicsFrom(size_t from) const {
  std::vector<TopicOrder::Named> topics;
  for (size_t end = from;;) {
    const std::shared_lock lock(mutex_);
    const size_t to = std::min(end + kTopicsAtOnce, topics_.size());
    for (; end < to; ++end) {
      const TopicId id{static_cast<uint32_t>(end)};
      topics.push_back({topics_[id.value].name, id});
    }
    if (to == topics_.size()) return topics;
  }
}

std::vector<TopicInfo> DurableState::Topics(std::string_view prefix, std::string_view after,
                                            size_t limit) const {
  const std::lock_guard order_lock(order_.mutex());
  order_.Add(TopicsFrom(order_.size()));
  std::vector<TopicInfo> infos;
  auto at = after.empty() || after < prefix ? order_.From(prefix) : order_.Behind(after);
  const std::shared_lock lock(mutex_);
  for (; at != order_.end() && infos.size() < limit; ++at) {
    if (!std::string_view(*at->name).starts_with(prefix)) break;
    infos.push_back(InfoOf(at->id));
  }
  return infos;
}

std::vector<TopicInfo> DurableState::LargestTopics(size_t limit) const {
  struct Size {
    uint64_t kept;
    uint32_t id;
  };
  const auto larger = [](const Size& a, const Size& b) {
    return a.kept != b.kept ? a.kept > b.kept : a.id < b.id;
  };
  std::vector<Size> largest;  // a heap: the least of them is in front
  const auto take = [&](const Size& size) {
    if (largest.size() == limit) {
      if (!larger(size, largest.front())) return;
      std::pop_heap(largest.begin(), largest.end(), larger);
      largest.pop_back();
    }
    largest.push_back(size);
    std::push_heap(largest.begin(), largest.end(), larger);
  };
  if (limit == 0) return {};
  for (uint32_t id = 0;;) {
    const std::shared_lock lock(mutex_);
    const auto end = static_cast<uint32_t>(std::min(id + kTopicsAtOnce, topics_.size()));
    for (; id < end; ++id) take({topics_[id].kept(), id});
    if (end == topics_.size()) break;
  }
  std::sort_heap(largest.begin(), largest.end(), larger);
  const std::shared_lock lock(mutex_);
  std::vector<TopicInfo> infos;
  infos.reserve(largest.size());
  for (const Size& size : largest) infos.push_back(InfoOf({size.id}));
  return infos;
}

std::vector<std::string_view> DurableState::TopicNames(TopicId from, size_t limit) const {
  const std::shared_lock lock(mutex_);
  std::vector<std::string_view> names;
  for (auto id = from.value; id < topics_.size() && names.size() < limit; ++id) {
    names.emplace_back(*topics_[id].name);
  }
  return names;
}

StoreTotals DurableState::Totals() const {
  const std::shared_lock lock(mutex_);
  return totals_;
}

TopicStates DurableState::ShareTopics() {
  const std::unique_lock lock(mutex_);
  return topics_.Share();
}

RetentionState DurableState::CopyRetention() const {
  const std::shared_lock lock(mutex_);
  return retention_;
}

std::vector<RetainedTopic> DurableState::TopicsWithSettings(TopicId from, size_t limit) const {
  const std::shared_lock lock(mutex_);
  std::vector<RetainedTopic> found;
  const RetentionState::Topics& all = retention_.topics();
  for (auto at = all.lower_bound(from); at != all.end() && found.size() < limit; ++at) {
    const auto& [id, retained] = *at;
    if (retained.settings == event::TopicSettings{}) continue;
    const TopicState& topic = topics_[id.value];
    found.push_back({id,
                     *topic.name,
                     retained.settings,
                     retained.first_kept,
                     {topic.events},
                     topic.gone,
                     topic.bytes});
  }
  return found;
}

TopicInfo DurableState::InfoOf(TopicId id) const {
  const TopicState& topic = topics_[id.value];
  TopicInfo info;
  info.name = *topic.name;
  info.events = topic.kept();
  info.settings = retention_.SettingsOf(id);
  info.last_sequence = {topic.events};
  info.duplicates = topic.duplicates;
  info.conflicts = topic.conflicts;
  info.bytes = topic.bytes;
  info.first_received_at = topic.first_received_at;
  info.last_received_at = topic.last_received_at;
  return info;
}

}  // namespace oncelog::store
