#include "store/state/topic_states.h"

namespace oncelog::store {

TopicStates TopicStates::Of(const std::vector<TopicState>& topics) {
  TopicStates states;
  for (const TopicState& topic : topics) states.Append(topic);
  return states;
}

void TopicStates::Append(const TopicState& topic) {
  if (size_ % kChunkTopics == 0) {
    chunks_.push_back(std::make_shared<Chunk>());
    chunks_.back()->generation = generation_;
  }
  ++size_;
  Mutable(static_cast<uint32_t>(size_ - 1)) = topic;
}

TopicStates TopicStates::Share() {
  ++generation_;
  TopicStates shared;
  shared.chunks_ = chunks_;
  shared.size_ = size_;
  shared.generation_ = generation_;
  return shared;
}

void TopicStates::Separate(std::shared_ptr<Chunk>* chunk) const {
  auto own = std::make_shared<Chunk>(**chunk);
  own->generation = generation_;
  *chunk = std::move(own);
}

}  // namespace oncelog::store
