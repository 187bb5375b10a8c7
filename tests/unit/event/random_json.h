// Random JSON values for tests: a tree that is known without parsing, many ways to write it down,
// and a slow, obvious form of its canonical hash to compare the real one with.
//
//   RandomJson random(seed);
//   JsonValue value = random.Value(3);
//   std::string one = random.Write(value), other = random.Write(value);   // the same value
//   EXPECT_EQ(Canonical(value), …);
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/hash.h"

namespace oncelog::event {

struct JsonValue;
using JsonMembers = std::vector<std::pair<std::string, JsonValue>>;  // names are unique
using JsonElements = std::vector<JsonValue>;

struct JsonValue {
  // nullptr_t is null; the numbers are what was meant, however it is spelled.
  std::variant<std::nullptr_t, bool, int64_t, uint64_t, double, std::string, JsonElements,
               JsonMembers>
      is = nullptr;
};

class RandomJson {
 public:
  explicit RandomJson(uint64_t seed) : random_(seed) {}

  size_t Below(size_t bound) { return random_() % bound; }
  std::string Text();
  JsonValue Value(int depth_max);
  JsonMembers Members(int depth_max);

  // One of the many spellings: order of members, white space, escapes, number formats.
  std::string Write(const JsonValue& value);
  std::string WriteString(const std::string& text);
  std::string Space();

 private:
  std::string WriteInteger(const std::string& digits);

  std::mt19937_64 random_;
};

// A text that two values share exactly when they are equal as spec.md means it.
std::string Canonical(const JsonValue& value);

// The canonical hash of version 1, written down a second time.
uint64_t ReferenceHash(const HashKey& key, const JsonValue& value);
uint64_t ReferenceContent(const HashKey& key, const JsonMembers& members);

}  // namespace oncelog::event
