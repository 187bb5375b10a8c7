#include "app/simulate/plan.h"

#include <algorithm>

namespace oncelog::app::simulate {
namespace {

constexpr uint64_t kWindow = 32;   // how far out of order events come
constexpr uint64_t kRecent = 200;  // most copies come soon after
constexpr uint64_t kAhead = 20;    // how far ahead of its own publisher a copy may be

}  // namespace

Plan::Plan(const Workload& workload, const Options& options, uint64_t publisher)
    : workload_(workload),
      publishers_(options.publishers),
      publisher_(publisher),
      batch_(options.batch),
      random_(Mix(options.seed, ~publisher)),
      left_{Share(workload.fresh(), publisher), Share(workload.copies(), publisher),
            Share(workload.conflicts(), publisher), Share(workload.invalid(), publisher)},
      own_(left_.fresh) {}

uint64_t Plan::Share(uint64_t total, uint64_t publisher) const {
  return total / publishers_ + (publisher < total % publishers_ ? 1 : 0);
}

bool Plan::Next(std::vector<Submission>* batch) {
  batch->clear();
  const uint64_t wanted = batch_ == 1 ? 1 : 1 + random_.Below(2 * batch_ - 1);
  while (batch->size() < wanted && left_.total() > 0) batch->push_back(Draw());
  return !batch->empty();
}

Submission Plan::Draw() {
  // What has no original yet cannot be copied.
  const bool first = left_.fresh == own_ && own_ > 0;
  uint64_t ticket = first ? 0 : random_.Below(left_.total());
  if (ticket < left_.fresh) {
    --left_.fresh;
    return {.event = TakeFresh(), .stamp = 0, .kind = Kind::kFresh};
  }
  ticket -= left_.fresh;
  if (ticket < left_.copies) {
    --left_.copies;
    return {.event = ForCopy(), .stamp = Stamp(), .kind = Kind::kCopy};
  }
  ticket -= left_.copies;
  if (ticket < left_.conflicts) {
    --left_.conflicts;
    return {.event = OwnSent(), .stamp = Stamp(), .kind = Kind::kConflict};
  }
  --left_.invalid;
  return {.event = Own(next_invalid_++), .stamp = 0, .kind = Kind::kInvalid};
}

uint32_t Plan::Stamp() { return 1 + static_cast<uint32_t>(random_.Below(Workload::kStamps - 1)); }

uint64_t Plan::TakeFresh() {
  while (window_.size() < kWindow && next_ < own_) window_.push_back(next_++);
  uint64_t& chosen = window_[random_.Below(window_.size())];
  const uint64_t nth = chosen;
  chosen = window_.back();
  window_.pop_back();
  return Own(nth);
}

uint64_t Plan::OwnSent() {
  for (;;) {
    const uint64_t reach = random_.Below(4) == 0 ? next_ : std::min(next_, kRecent);
    const uint64_t nth = next_ - 1 - random_.Below(reach);
    if (std::find(window_.begin(), window_.end(), nth) == window_.end()) return Own(nth);
  }
}

uint64_t Plan::ForCopy() {
  if (publishers_ == 1 || random_.Below(4) != 0) return OwnSent();
  const uint64_t other = (publisher_ + 1 + random_.Below(publishers_ - 1)) % publishers_;
  const uint64_t end = std::min(next_ + kAhead, Share(workload_.fresh(), other));
  const uint64_t begin = next_ > kRecent ? next_ - kRecent : 0;
  for (int tries = 0; tries < 8 && begin < end; ++tries) {
    const uint64_t event = (begin + random_.Below(end - begin)) * publishers_ + other;
    if (workload_.IsShared(event)) return event;
  }
  return OwnSent();
}

}  // namespace oncelog::app::simulate
