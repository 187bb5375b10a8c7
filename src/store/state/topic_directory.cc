#include "store/state/topic_directory.h"

#include "base/check.h"

namespace oncelog::store {
namespace {

constexpr size_t kFirstSlots = 256;

}  // namespace

TopicDirectory::TopicDirectory() : slots_(kFirstSlots) {}

std::optional<TopicId> TopicDirectory::Find(uint64_t hash, std::string_view name) const {
  const size_t mask = slots_.size() - 1;
  for (size_t at = hash & mask; slots_[at] != 0; at = (at + 1) & mask) {
    const uint32_t number = slots_[at] - 1;
    const Topic& topic = topics_[number];
    if (topic.hash == hash && Name(topic) == name) return TopicId{number};
  }
  return std::nullopt;
}

TopicId TopicDirectory::Add(uint64_t hash, std::string_view name) {
  Check(name.size() <= 255, "a topic's name is within its limit");
  if ((topics_.size() + 1) * 2 > slots_.size()) Grow();
  const auto number = static_cast<uint32_t>(topics_.size());
  Topic topic;
  topic.hash = hash;
  topic.name_at = static_cast<uint32_t>(names_.size());
  topic.name_bytes = static_cast<uint8_t>(name.size());
  names_.append(name);
  topics_.push_back(topic);
  Place(hash, number);
  return TopicId{number};
}

void TopicDirectory::Place(uint64_t hash, uint32_t number) {
  const size_t mask = slots_.size() - 1;
  size_t at = hash & mask;
  while (slots_[at] != 0) at = (at + 1) & mask;
  slots_[at] = number + 1;
}

void TopicDirectory::Grow() {
  slots_.assign(slots_.size() * 2, 0);
  for (uint32_t number = 0; number < topics_.size(); ++number) {
    Place(topics_[number].hash, number);
  }
}

}  // namespace oncelog::store
