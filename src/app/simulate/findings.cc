#include "app/simulate/findings.h"

namespace oncelog::app::simulate {

std::string_view NameOf(Breach breach) {
  constexpr std::array<std::string_view, kBreaches> kNames = {
      "missing", "doubled",     "altered", "foreign", "verdict",    "accepted_twice", "sequence",
      "order",   "split_batch", "counts",  "refused", "unanswered", "by_topic",       "unreadable"};
  return kNames[static_cast<size_t>(breach)];
}

void Findings::Add(Breach breach, std::string text) {
  const std::lock_guard lock(mutex_);
  Kind& kind = kinds_[static_cast<size_t>(breach)];
  ++kind.count;
  if (kind.examples.size() < kExamplesMax) kind.examples.push_back(std::move(text));
}

uint64_t Findings::count(Breach breach) const {
  const std::lock_guard lock(mutex_);
  return kinds_[static_cast<size_t>(breach)].count;
}

uint64_t Findings::total() const {
  const std::lock_guard lock(mutex_);
  uint64_t total = 0;
  for (const Kind& kind : kinds_) total += kind.count;
  return total;
}

std::vector<std::string> Findings::examples(Breach breach) const {
  const std::lock_guard lock(mutex_);
  return kinds_[static_cast<size_t>(breach)].examples;
}

void Findings::Merge(const Findings& other) {
  const std::scoped_lock lock(mutex_, other.mutex_);
  for (size_t i = 0; i < kBreaches; ++i) {
    kinds_[i].count += other.kinds_[i].count;
    for (const std::string& example : other.kinds_[i].examples) {
      if (kinds_[i].examples.size() < kExamplesMax) kinds_[i].examples.push_back(example);
    }
  }
}

}  // namespace oncelog::app::simulate
