// Plan: what one publisher sends, batch after batch. The seed decides it wholly; so the totals of
// each kind are exact, whatever happens on the way.
//
//   Plan plan(workload, options, /*publisher=*/2);
//   std::vector<Submission> batch;
//   while (plan.Next(&batch)) Send(batch);
//
// Events are sent out of order, within a window. A publisher owns the events whose number modulo
// the publishers is its own. It sends copies of what it sent before (also in the same batch), and
// copies of others' shared events, which may be ahead of theirs. Conflicts are for events that it
// sent before, so that whose content comes first is no question of luck.
// Threads: one at a time; each publisher has a plan of its own. Memory: a window of numbers.
#pragma once

#include <cstdint>
#include <vector>

#include "app/simulate/random.h"
#include "app/simulate/workload.h"

namespace oncelog::app::simulate {

class Plan {
 public:
  Plan(const Workload& workload, const Options& options, uint64_t publisher);

  // The next batch; false at the end.
  bool Next(std::vector<Submission>* batch);

 private:
  struct Left {
    uint64_t fresh, copies, conflicts, invalid;
    [[nodiscard]] uint64_t total() const { return fresh + copies + conflicts + invalid; }
  };

  Submission Draw();
  uint64_t TakeFresh();
  uint64_t OwnSent();
  uint64_t ForCopy();
  uint32_t Stamp();
  [[nodiscard]] uint64_t Own(uint64_t nth) const { return nth * publishers_ + publisher_; }
  // How many of `total` things are this publisher's, or another one's.
  [[nodiscard]] uint64_t Share(uint64_t total, uint64_t publisher) const;

  const Workload& workload_;
  const uint64_t publishers_;
  const uint64_t publisher_;
  const uint64_t batch_;
  Random random_;
  Left left_;
  uint64_t own_;                  // events that are this publisher's
  uint64_t next_ = 0;             // of them, the first that is not in the window yet
  uint64_t next_invalid_ = 0;     // counts the invalid ones
  std::vector<uint64_t> window_;  // of them, those that may come next
};

}  // namespace oncelog::app::simulate
