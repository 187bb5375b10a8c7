// JsonDocument: a JSON text parsed and wholly validated by simdjson; JsonCursor: a place in it,
// which knows both what a value is (unescaped, converted) and where it stands, byte for byte.
//
//   JsonDocument document;
//   if (document.Parse(text) != JsonParse::kOk) return;
//   JsonCursor at = document.Root();                       // {"a":1,"b":[true]}
//   at.Enter();
//   while (!at.AtClose()) {
//     std::string_view name = at.String();
//     at.StepToValue();
//     size_t from = at.begin();                            // of the value, in text
//     at.Skip();                                           // or walk into it
//     at.StepOverComma();
//   }
//   at.Leave();
//
// How both are known without a second scan: simdjson works in two stages. The first leaves a list
// of "structural indexes": the offsets of every { } [ ] : , outside of strings and of the first
// byte of every string, number and literal. The second turns them into the "tape": one word (two
// for a number) a value, strings unescaped into a buffer beside it. Both are still there after
// parse(). The tape has exactly one entry for each structural index other than : and , so that a
// cursor stepping through both in lockstep always stands on the same value in both. A closing quote
// has no index: the end of a scalar is found backwards from the next index, over white space.
// The tape is documented by simdjson (doc/tape.md); the list is public but marked private, so
// json_document.cc, the only file that includes simdjson, refuses to compile with a version whose
// internals were not looked at.
//
// Threads: one at a time. Ownership: cursors and strings point into the document and are good until
// the next Parse or Shrink; the text stays the caller's. Units: bytes, offsets into the text.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace oncelog::event {

// The tags of the tape. kRoot stands before and behind the document's value.
enum class JsonType : uint8_t {
  kRoot = 'r',
  kObject = '{',
  kObjectEnd = '}',
  kArray = '[',
  kArrayEnd = ']',
  kString = '"',
  kInt64 = 'l',
  kUint64 = 'u',
  kDouble = 'd',
  kTrue = 't',
  kFalse = 'f',
  kNull = 'n',
};

// "a string", "an object", … for messages.
std::string_view NameOf(JsonType type);

class JsonCursor {
 public:
  JsonCursor() = default;

  [[nodiscard]] JsonType type() const { return static_cast<JsonType>(*tape_ >> 56); }
  [[nodiscard]] bool IsContainer() const {
    return type() == JsonType::kObject || type() == JsonType::kArray;
  }

  // Of a name or a string value: unescaped, valid UTF-8, may hold NULs.
  [[nodiscard]] std::string_view String() const {
    const char* entry = parsed_->strings + (*tape_ & kPayloadMask);
    uint32_t bytes;
    std::memcpy(&bytes, entry, sizeof bytes);
    return {entry + sizeof bytes, bytes};
  }
  // Of a number: an integer as it is (kInt64 in two's complement), a double as its bits.
  [[nodiscard]] uint64_t NumberBits() const { return tape_[1]; }
  // Members or elements of the container; kCountMax stands for as many or more.
  [[nodiscard]] size_t Count() const { return *tape_ >> 32 & kCountMax; }
  static constexpr size_t kCountMax = 0xff'ffff;

  // How many members of the object have that name (unescaped). Does not look inside them.
  [[nodiscard]] size_t CountMembers(std::string_view name) const;

  // Where the cursor stands in the text: the first byte of a name or value, a comma, a bracket.
  [[nodiscard]] size_t begin() const { return *index_; }
  // Of the comma, colon or bracket just stepped over, or of the last scalar's first byte.
  [[nodiscard]] size_t previous() const { return index_[-1]; }
  // The bytes of a string as they stand in the text, quotes included.
  [[nodiscard]] std::string_view StringToken() const {
    size_t end = index_[1];
    while (parsed_->text[end - 1] != '"') --end;
    return {parsed_->text + begin(), end - begin()};
  }
  [[nodiscard]] size_t text_bytes() const { return parsed_->text_bytes; }
  [[nodiscard]] std::string_view Text(size_t from, size_t to) const {
    return {parsed_->text + from, to - from};
  }

  void Enter() { StepOne(); }
  [[nodiscard]] bool AtClose() const {
    return type() == JsonType::kObjectEnd || type() == JsonType::kArrayEnd;
  }
  void StepToValue() {
    ++tape_;
    index_ += 2;  // the name and its colon
  }
  void StepOverScalar() {
    const JsonType passed = type();
    StepOne();
    tape_ +=
        passed == JsonType::kInt64 || passed == JsonType::kUint64 || passed == JsonType::kDouble;
  }
  // Behind a member or element: if another one follows, over the comma.
  void StepOverComma() { index_ += !AtClose(); }
  void Leave() { StepOne(); }

  // Steps over any value, without recursion.
  void Skip();

 private:
  friend class JsonDocument;
  struct Parsed {
    const char* text = nullptr;
    size_t text_bytes = 0;
    const char* strings = nullptr;
    const uint64_t* tape = nullptr;
  };
  static constexpr uint64_t kPayloadMask = 0xff'ffff'ffff'ffff;

  // The tape's entry behind the value at `entry`.
  [[nodiscard]] const uint64_t* Behind(const uint64_t* entry) const;
  void StepOne() {
    ++tape_;
    ++index_;
  }

  const Parsed* parsed_ = nullptr;
  const uint64_t* tape_ = nullptr;
  const uint32_t* index_ = nullptr;
};

enum class JsonParse {
  kOk,
  kRefused,   // not JSON, not UTF-8, a number out of range, or nested deeper than 1,024
  kNoMemory,  // nothing is known about the text
};

class JsonDocument {
 public:
  // So many bytes behind the text must be readable; their values do not matter.
  static constexpr size_t kPaddingBytes = 64;

  JsonDocument();
  ~JsonDocument();
  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;

  JsonParse Parse(std::string_view text);
  [[nodiscard]] JsonCursor Root() const;  // of the last text parsed; it was kOk

  // Gives the buffers back (some 14 bytes for each byte of the largest text) if that text was
  // larger than `text_bytes`.
  void Shrink(size_t text_bytes);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
  size_t capacity_ = 0;
  JsonCursor::Parsed parsed_;
};

}  // namespace oncelog::event
