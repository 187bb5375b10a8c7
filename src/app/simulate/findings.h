// Findings: the promises that were broken, counted by kind, with the first few of each in words.
//
//   findings.Add(Breach::kMissing, "sim.1f3a.4 / e17 was answered, but is not stored");
//   if (findings.total() == 0) ... PASS
//
// Threads: any; one lock, taken only when something is wrong.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace oncelog::app::simulate {

enum class Breach : uint8_t {
  kMissing,        // answered, but not stored
  kDoubled,        // stored more than once
  kAltered,        // stored with other content than was sent first
  kForeign,        // stored in the run's topics, though invalid or never sent
  kVerdict,        // a verdict that cannot be true
  kAcceptedTwice,  // one identity, `accepted` more than once
  kSequence,       // answered with another sequence than the event's
  kOrder,          // sequences of a topic not 1, 2, 3 … or not in the order of sending
  kSplitBatch,     // a batch that was stored in part
  kCounts,         // figures that do not add up
  kRefused,        // a valid batch was refused
  kUnanswered,     // no verdict in time
  kByTopic,        // the list of one topic is not that of all topics
  kUnreadable,     // a list of events that breaks off, does not end, or is none
};
inline constexpr size_t kBreaches = 14;

// "missing", "accepted_twice", …
std::string_view NameOf(Breach breach);

class Findings {
 public:
  static constexpr size_t kExamplesMax = 3;

  void Add(Breach breach, std::string text);
  [[nodiscard]] uint64_t count(Breach breach) const;
  [[nodiscard]] uint64_t total() const;
  [[nodiscard]] std::vector<std::string> examples(Breach breach) const;
  // All that the other one found.
  void Merge(const Findings& other);

 private:
  struct Kind {
    uint64_t count = 0;
    std::vector<std::string> examples;
  };
  mutable std::mutex mutex_;
  std::array<Kind, kBreaches> kinds_;
};

}  // namespace oncelog::app::simulate
