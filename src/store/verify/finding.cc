#include "store/verify/finding.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

namespace oncelog::store {

Finding FindingOf(const Error& error, const std::string& file) {
  constexpr std::string_view kOffset = " at offset ";
  Finding finding{.file = file};
  std::string_view what = error.message();
  if (what.starts_with(file)) {
    what.remove_prefix(file.size());
    uint64_t offset = 0;
    if (what.starts_with(kOffset)) {
      const char* from = what.data() + kOffset.size();
      const char* end = std::from_chars(from, what.data() + what.size(), offset).ptr;
      finding.offset = offset;
      what.remove_prefix(static_cast<size_t>(end - what.data()));
    }
    if (what.starts_with(": ")) what.remove_prefix(2);
    if (what.starts_with(" ")) what.remove_prefix(1);
  }
  finding.what = std::string(what);
  return finding;
}

std::string Describe(const Finding& finding) {
  std::string line = finding.file;
  if (finding.offset) line += ", offset " + std::to_string(*finding.offset);
  line += ": ";
  if (!finding.topic.empty()) line += "topic " + finding.topic;
  if (finding.first_sequence != 0) {
    line += finding.topic.empty() ? "sequence" : ", sequence";
    if (finding.last_sequence > finding.first_sequence) {
      line += "s " + std::to_string(finding.first_sequence) + " to " +
              std::to_string(finding.last_sequence);
    } else {
      line += " " + std::to_string(finding.first_sequence);
    }
  }
  if (!finding.topic.empty() || finding.first_sequence != 0) line += ": ";
  return line + finding.what;
}

void Findings::Damage(Finding finding) {
  ++damage_count_;
  if (damage_.size() < kKept) damage_.push_back(std::move(finding));
}

void Findings::Note(std::string note) {
  if (notes_.size() < kKept) notes_.push_back(std::move(note));
}

bool Findings::Names(const std::string& file) const {
  return std::any_of(damage_.begin(), damage_.end(),
                     [&](const Finding& finding) { return finding.file == file; });
}

}  // namespace oncelog::store
