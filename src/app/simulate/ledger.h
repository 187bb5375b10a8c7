// Ledger: what is known of each event of the run, in five bytes: marks, and the sequence it was
// answered with.
//
//   Ledger ledger(workload.fresh());
//   if (ledger.Mark(17, Ledger::kAccepted)) ...            // it was marked so before
//   uint64_t agreed = ledger.AgreeOnSequence(17, 4);       // 4, or what was said before
//
// Threads: any. Memory: 5 bytes an event. Units: sequences up to 2³²−1, enough for a run.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

namespace oncelog::app::simulate {

class Ledger {
 public:
  enum Marks : uint8_t {
    kAnswered = 1,  // some copy of it has a final answer: it must be stored
    kJudged = 2,    // … with a verdict of its own
    kAccepted = 4,  // the verdict was `accepted` once
    kUnknown = 8,   // an answer was lost: it may have been stored then
    kStored = 16,   // the auditor has seen it
    kListed = 32,   // … in the list of its topic, too
  };

  explicit Ledger(uint64_t events) : marks_(events), sequences_(events) {}

  [[nodiscard]] uint64_t events() const { return marks_.size(); }
  // Whether it had the mark before.
  bool Mark(uint64_t event, Marks mark) {
    return (marks_[event].fetch_or(mark, std::memory_order_relaxed) & mark) != 0;
  }
  void Unmark(uint64_t event, Marks mark) {
    marks_[event].fetch_and(static_cast<uint8_t>(~mark), std::memory_order_relaxed);
  }
  [[nodiscard]] bool Has(uint64_t event, Marks mark) const {
    return (marks_[event].load(std::memory_order_relaxed) & mark) != 0;
  }

  // The sequence that was answered first, which is this one if there was none before.
  uint64_t AgreeOnSequence(uint64_t event, uint64_t sequence) {
    uint32_t known = 0;
    const auto ours = static_cast<uint32_t>(sequence);
    const bool first =
        sequences_[event].compare_exchange_strong(known, ours, std::memory_order_relaxed);
    return first ? sequence : known;
  }
  // 0: none was answered.
  [[nodiscard]] uint64_t sequence(uint64_t event) const {
    return sequences_[event].load(std::memory_order_relaxed);
  }

 private:
  std::vector<std::atomic<uint8_t>> marks_;
  std::vector<std::atomic<uint32_t>> sequences_;
};

}  // namespace oncelog::app::simulate
