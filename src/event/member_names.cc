#include "event/member_names.h"

#include <algorithm>
#include <cstddef>
#include <functional>

namespace oncelog::event {

std::optional<std::string_view> MemberNames::CloseLarge(size_t object) {
  // Among equal names, that of the lower address came first: the walk unescapes in text order.
  const auto by_name_and_age = [](const Name& a, const Name& b) {
    if (a.hash != b.hash) return a.hash < b.hash;
    if (a.name != b.name) return a.name < b.name;
    return std::less<>()(a.name.data(), b.name.data());
  };
  const auto first = names_.begin() + static_cast<std::ptrdiff_t>(object);
  std::sort(first, names_.end(), by_name_and_age);
  std::optional<std::string_view> twice;
  for (auto name = first; name + 1 < names_.end(); ++name) {
    const Name& next = *(name + 1);
    if (name->hash != next.hash || name->name != next.name) continue;
    if (!twice || std::less<>()(next.name.data(), twice->data())) twice = next.name;
  }
  names_.resize(object);
  return twice;
}

void MemberNames::Shrink() {
  constexpr size_t kKept = 4096;
  if (names_.capacity() <= kKept) return;
  names_.clear();
  names_.shrink_to_fit();
}

}  // namespace oncelog::event
