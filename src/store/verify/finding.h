// What verify finds: damage, each with the place it is at and whose events are concerned, and notes
// about what is odd but no damage.
//
//   findings.Damage({.file = "data/p0000/log/3.log", .offset = 8192, .what = "…"});
//   findings.Note("data/p0000/log/7.torn: …");
//   for (const Finding& finding : findings.damage()) Print(Describe(finding));
//
// Threads: one. Memory: the first kKept of each are kept, all are counted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace oncelog::store {

struct Finding {
  std::string file;
  std::optional<uint64_t> offset;
  std::string topic;            // empty: not known, or all
  uint64_t first_sequence = 0;  // 0: not known
  uint64_t last_sequence = 0;
  std::string what;
};

// Of a message that begins with the file and perhaps " at offset N".
Finding FindingOf(const Error& error, const std::string& file);

// One line: file, offset, topic, sequences, what is wrong.
std::string Describe(const Finding& finding);

class Findings {
 public:
  static constexpr size_t kKept = 1000;

  void Damage(Finding finding);
  void Note(std::string note);

  [[nodiscard]] const std::vector<Finding>& damage() const { return damage_; }
  [[nodiscard]] uint64_t damage_count() const { return damage_count_; }
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }
  // Whether damage of that file was found.
  [[nodiscard]] bool Names(const std::string& file) const;

 private:
  std::vector<Finding> damage_;
  std::vector<std::string> notes_;
  uint64_t damage_count_ = 0;
};

}  // namespace oncelog::store
