// ContentHasher: the hashes a ContentHash is made of. Canonical form, version 1:
//
//   The content of an event is the object of its members other than topic, event_id, timestamp,
//   sequence and received_at, as a JSON value. Two contents are the same exactly when their values
//   are, and the hash of a value depends on nothing but the value:
//     null, true, false   a constant each
//     number              an integer, if the number was sent as one or is a double without a
//                         fraction in [-2^63, 2^64); otherwise the bits of the double.
//                         So 1, 1.0 and 1e0 are equal, -0.0 is 0, and 1.5 is no integer.
//     string              its unescaped bytes
//     array               its elements, in their order, and their count
//     object              the set of its (unescaped name, value) pairs, and their count
//   Types never equal each other: "1" is not 1, [] is not {}, a missing member is not null.
//
// Everything is keyed with the store's secret, so nobody outside can aim at a collision. Strings
// are hashed by HashKey::Hash64; the rest combines 64-bit words by the two halves of a 128-bit
// product with secret operands. A golden test pins the values: stores remember them for ever.
// Whoever changes a value must raise kContentHashVersion, which stands in STORE.
//
//   ContentHasher hash(key);
//   ObjectHash object;
//   object.Add(hash.Member(hash.Text("temperature"), hash.Double(29.5)));
//   ContentHash content = hash.Content(object);
//
// Threads: immutable after construction; an ObjectHash or ArrayHash belongs to one thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/hash.h"
#include "event/identity.h"

namespace oncelog::event {

inline constexpr uint32_t kContentHashVersion = 1;

// The members of one object, in any order.
struct ObjectHash {
  uint64_t sum = 0;
  uint64_t count = 0;
  void Add(uint64_t member) {
    sum += member;
    ++count;
  }
};

class ContentHasher {
 public:
  explicit ContentHasher(const HashKey& key);

  // Of bare bytes: a member's name, or a string's text on the way to its value.
  [[nodiscard]] uint64_t Text(std::string_view text) const { return key_.Hash64(text); }

  [[nodiscard]] uint64_t Null() const { return Mix(0, constant_.null); }
  [[nodiscard]] uint64_t Boolean(bool value) const { return Mix(value, constant_.boolean); }
  [[nodiscard]] uint64_t String(std::string_view text) const {
    return Mix(Text(text), constant_.string);
  }
  [[nodiscard]] uint64_t Unsigned(uint64_t value) const { return Mix(value, constant_.unsigned_); }
  [[nodiscard]] uint64_t Signed(int64_t value) const {
    const auto bits = static_cast<uint64_t>(value);
    return Mix(bits, value < 0 ? constant_.negative : constant_.unsigned_);
  }
  [[nodiscard]] uint64_t Double(double value) const;

  [[nodiscard]] uint64_t Member(uint64_t name_text, uint64_t value) const {
    return Mix(name_text, value ^ constant_.member);
  }
  [[nodiscard]] uint64_t Object(const ObjectHash& members) const {
    return Mix(members.sum, members.count ^ constant_.object);
  }
  [[nodiscard]] uint64_t ArrayStart() const { return constant_.array_start; }
  [[nodiscard]] uint64_t ArrayNext(uint64_t array, uint64_t element) const {
    return Mix(array, element ^ constant_.element);
  }
  [[nodiscard]] uint64_t ArrayEnd(uint64_t array, uint64_t count) const {
    return Mix(array, count ^ constant_.array);
  }

  [[nodiscard]] ContentHash Content(const ObjectHash& members) const {
    return {Mix(Object(members), constant_.content) >> 16};
  }

 private:
  // Of two words of which at least one is secret or keyed. Not commutative, because only the first
  // is masked.
  [[nodiscard]] uint64_t Mix(uint64_t a, uint64_t b) const {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a ^ constant_.mask) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }

  struct Constants {  // all derived from the key
    uint64_t mask, null, boolean, string, unsigned_, negative, double_, member, object, array_start,
        element, array, content;
  };

  HashKey key_;
  Constants constant_;
};

}  // namespace oncelog::event
