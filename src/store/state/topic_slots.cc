#include "store/state/topic_slots.h"

#include <utility>

namespace oncelog::store {
namespace {

constexpr size_t kFirstSlots = 256;

}  // namespace

TopicSlots::TopicSlots() : slots_(kFirstSlots) {}

void TopicSlots::Insert(uint64_t hash, TopicId id) {
  Reserve(taken_ + 1);
  Place({static_cast<uint32_t>(hash), id.value + 1});
  ++taken_;
}

void TopicSlots::Reserve(size_t topics) {
  size_t slots = slots_.size();
  while (topics * 2 > slots) slots *= 2;
  if (slots > slots_.size()) Resize(slots);
}

void TopicSlots::Resize(size_t slots) {
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots));
  for (const Slot& slot : old) {
    if (slot.number != 0) Place(slot);
  }
}

void TopicSlots::Place(const Slot& slot) {
  const size_t mask = slots_.size() - 1;
  size_t at = slot.hash & mask;
  while (slots_[at].number != 0) at = (at + 1) & mask;
  slots_[at] = slot;
}

}  // namespace oncelog::store
