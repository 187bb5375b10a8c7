#include "event/content_hash.h"

#include <bit>
#include <string>

namespace oncelog::event {

ContentHasher::ContentHasher(const HashKey& key) : key_(key) {
  const auto constant = [&](std::string_view name) {
    return key.Hash64("oncelog content 1 " + std::string(name));
  };
  constant_ = {.mask = constant("mask"),
               .null = constant("null"),
               .boolean = constant("boolean"),
               .string = constant("string"),
               .unsigned_ = constant("unsigned"),
               .negative = constant("negative"),
               .double_ = constant("double"),
               .member = constant("member"),
               .object = constant("object"),
               .array_start = constant("array start"),
               .element = constant("element"),
               .array = constant("array"),
               .content = constant("content")};
}

uint64_t ContentHasher::Double(double value) const {
  constexpr double kTwo63 = 9223372036854775808.0;
  if (value >= -kTwo63 && value < kTwo63) {
    const auto integer = static_cast<int64_t>(value);
    if (static_cast<double>(integer) == value) return Signed(integer);
  } else if (value >= kTwo63 && value < 2 * kTwo63) {
    return Unsigned(static_cast<uint64_t>(value));  // doubles of this size have no fraction
  }
  return Mix(std::bit_cast<uint64_t>(value), constant_.double_);
}

}  // namespace oncelog::event
