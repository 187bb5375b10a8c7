#include "event/member_names.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace oncelog::event {
namespace {

// Whatever way it is found: is a name there twice, and which?
std::optional<std::string> Twice(const std::string& texts, size_t name_bytes,
                                 uint64_t (*hash)(size_t)) {
  MemberNames names;
  const size_t object = names.Open();
  for (size_t i = 0; i * name_bytes < texts.size(); ++i) {
    const std::string_view name = std::string_view(texts).substr(i * name_bytes, name_bytes);
    if (!names.Add(object, hash(static_cast<size_t>(name[0]) + 256 * name[name_bytes - 1]), name)) {
      return std::string(name);
    }
  }
  const std::optional<std::string_view> twice = names.Close(object);
  EXPECT_EQ(names.Open(), object);
  return twice ? std::optional<std::string>(*twice) : std::nullopt;
}

uint64_t Spread(size_t name) { return name * 0x9e37'79b9'7f4a'7c15; }
uint64_t AllTheSame(size_t) { return 42; }

TEST(MemberNames, FindsAPairAtEveryPlaceInEverySize) {
  for (const auto hash : {Spread, AllTheSame}) {
    for (size_t count = 2; count <= 40; ++count) {
      std::string texts;
      for (size_t i = 0; i < count; ++i) texts += {static_cast<char>('0' + i), 'n'};
      EXPECT_EQ(Twice(texts, 2, hash), std::nullopt) << count;
      for (size_t first = 0; first < count; ++first) {
        for (size_t second = first + 1; second < count; ++second) {
          std::string with_pair = texts;
          with_pair[second * 2] = texts[first * 2];
          ASSERT_EQ(Twice(with_pair, 2, hash), texts.substr(first * 2, 2))
              << count << ": " << first << " and " << second;
        }
      }
    }
  }
}

TEST(MemberNames, NamesTheFirstThatComesASecondTime) {
  std::string texts;
  for (int i = 0; i < 20; ++i) texts += {static_cast<char>('0' + i), 'n'};
  texts += "5n3n3n5n";
  EXPECT_EQ(Twice(texts, 2, Spread), "5n");
}

TEST(MemberNames, KeepsObjectsWithinEachOtherApart) {
  MemberNames names;
  const size_t outer = names.Open();
  EXPECT_TRUE(names.Add(outer, 1, "a"));
  const size_t inner = names.Open();
  EXPECT_TRUE(names.Add(inner, 1, "a"));
  EXPECT_FALSE(names.Add(inner, 1, "a"));
  EXPECT_FALSE(names.Close(inner));
  EXPECT_FALSE(names.Add(outer, 1, "a"));
  EXPECT_TRUE(names.Add(outer, 1, "b"));  // the same hash is not enough
  names.Forget(outer);
  EXPECT_EQ(names.Open(), outer);
}

}  // namespace
}  // namespace oncelog::event
