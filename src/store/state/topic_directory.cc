#include "store/state/topic_directory.h"

#include "base/check.h"

namespace oncelog::store {

TopicId TopicDirectory::Add(uint64_t hash, std::string_view name) {
  Check(name.size() <= 255, "a topic's name is within its limit");
  const TopicId id{static_cast<uint32_t>(topics_.size())};
  Topic topic;
  topic.name_at = static_cast<uint32_t>(names_.size());
  names_.push_back(static_cast<char>(name.size()));
  names_.append(name);
  topics_.push_back(topic);
  slots_.Insert(hash, id);
  return id;
}

void TopicDirectory::Reserve(size_t topics) {
  topics_.reserve(topics);
  slots_.Reserve(topics);
}

}  // namespace oncelog::store
