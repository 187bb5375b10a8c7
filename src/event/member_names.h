// MemberNames: finds a name that an object has twice, while the object and those inside it are
// walked. Few names are compared with each other at once; many are sorted at the object's end, so
// that an object of 100,000 members costs no 10^10 comparisons. Names are compared by keyed hash
// first, and by their bytes when the hashes are equal.
//
//   size_t object = names.Open();
//   if (!names.Add(object, hash, "a")) …             // it is there already
//   if (auto twice = names.Close(object)) …          // found only now
//
// Objects are closed in the reverse order of opening. Threads: one. Ownership: the names' bytes are
// the caller's and must outlive Close.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace oncelog::event {

class MemberNames {
 public:
  [[nodiscard]] size_t Open() const { return names_.size(); }

  // False if the object has that name already and is small; `hash` is a keyed hash of `name`.
  [[nodiscard]] bool Add(size_t object, uint64_t hash, std::string_view name) {
    const size_t count = names_.size() - object;
    if (count < kPairwiseMax) {
      for (size_t i = object; i < names_.size(); ++i) {
        if (names_[i].hash == hash && names_[i].name == name) return false;
      }
    }
    names_.push_back({hash, name});
    return true;
  }
  // Forgets the object's names. Yields the first name that came a second time, if the object is
  // too large for Add to have seen it.
  [[nodiscard]] std::optional<std::string_view> Close(size_t object) {
    const size_t count = names_.size() - object;
    if (count > kPairwiseMax) [[unlikely]]
      return CloseLarge(object);
    names_.resize(object);
    return std::nullopt;
  }

  // Forgets an object, and those inside it, that will not be walked to its end.
  void Forget(size_t object) { names_.resize(object); }

  // Gives memory back that only an object of unusual size needed.
  void Shrink();

 private:
  static constexpr size_t kPairwiseMax = 16;
  struct Name {
    uint64_t hash = 0;
    std::string_view name;
  };

  std::optional<std::string_view> CloseLarge(size_t object);

  std::vector<Name> names_;
};

}  // namespace oncelog::event
