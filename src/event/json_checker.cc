#include "event/json_checker.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

#include "event/utf8.h"

namespace oncelog::event {
namespace {

constexpr size_t kPathStepsMax = 64;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsHexDigit(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool IsHighSurrogate(int unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool IsLowSurrogate(int unit) { return unit >= 0xdc00 && unit < 0xe000; }

std::string Hex(char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = static_cast<uint8_t>(c);
  return {'0', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
}

}  // namespace

std::optional<JsonFault> JsonChecker::Run() {
  SkipSpace();
  bool whole = Value();
  while (whole && !open_.empty()) whole = Next();
  SkipSpace();
  if (whole && at_ < text_.size()) Malformed(at_, "the end");
  if (fault_) fault_->event_id = event_id_;
  return std::move(fault_);
}

bool JsonChecker::Value() {
  const char c = Peek();
  if (c == '{' || c == '[') return Enter();
  if (c == '"') return StringValue();
  if (c == '-' || IsDigit(c)) return Number();
  const std::string_view word = Word();
  if (word == "true" || word == "false" || word == "null") return Advance(word.size());
  if (word == "NaN" || word == "Infinity") return NotANumber(word);
  return Malformed(at_, "a value");
}

bool JsonChecker::Next() {
  SkipSpace();
  const bool object = open_.back() == '{';
  if (Peek() == (object ? '}' : ']')) return Leave();
  if (!first_) {
    if (Peek() != ',') return Malformed(at_, object ? "',' or '}'" : "',' or ']'");
    Advance(1);
    SkipSpace();
    if (!object && NamesPath()) ++path_.back().element;
  }
  if (object && !Name()) return false;
  first_ = false;
  SkipSpace();
  return Value();
}

bool JsonChecker::Name() {
  if (Peek() != '"') return Malformed(at_, first_ ? "a member's name or '}'" : "a member's name");
  const size_t from = at_ + 1;
  if (NamesPath()) path_.back() = {};
  if (!String()) return false;
  if (NamesPath()) path_.back().name = text_.substr(from, at_ - 1 - from);
  SkipSpace();
  if (Peek() != ':') return Malformed(at_, "':'");
  return Advance(1);
}

bool JsonChecker::Enter() {
  open_ += Peek();
  if (open_.size() == depth_max_ + 1 && !fault_) {
    Broken("too_deep", at_,
           "objects and arrays may be nested at most " + std::to_string(depth_max_ - 1) +
               " levels deep, the member's own value being the first");
    // The whole path would be that many names long.
    fault_->field = path_.empty() ? "" : PlainExcerpt(path_.front().name);
  }
  if (NamesPath()) path_.emplace_back();
  first_ = true;
  return Advance(1);
}

bool JsonChecker::Leave() {
  if (NamesPath()) path_.pop_back();
  open_.pop_back();
  first_ = false;
  return Advance(1);
}

bool JsonChecker::StringValue() {
  const size_t from = at_;
  const bool names_event_id = open_ == "{" && path_.front().name == "event_id" && event_id_.empty();
  const size_t broken_before = broken_;
  if (!String()) return false;
  if (names_event_id && broken_ == broken_before) event_id_ = text_.substr(from, at_ - from);
  return true;
}

bool JsonChecker::String() {
  const size_t from = at_;
  Advance(1);
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '"') return Advance(1);
    if (static_cast<uint8_t>(c) < 0x20) {
      return Malformed(at_, "a character or an escape within a string");
    }
    if (c == '\\') {
      if (!Escape()) return false;
      continue;
    }
    const size_t bytes = Utf8SequenceBytes(text_, at_);
    if (bytes == 0) {
      Broken("invalid_utf8", at_, "strings must be UTF-8; found the stray byte " + Hex(c));
    }
    Advance(std::max<size_t>(bytes, 1));
  }
  return Malformed(from, "a string that is closed");
}

bool JsonChecker::Escape() {
  const std::string_view kind = text_.substr(at_).substr(1, 1);
  if (kind != "u") {
    const bool known =
        !kind.empty() && std::string_view("\"\\/bfnrt").find(kind) != std::string_view::npos;
    return known ? Advance(2) : Malformed(at_, "one of JSON's escapes");
  }
  const size_t from = at_;
  const int unit = Utf16Unit();
  if (unit < 0) return Malformed(at_, "\\u with four hexadecimal digits");
  Advance(6);
  if (IsHighSurrogate(unit) && IsLowSurrogate(Utf16Unit())) return Advance(6);
  if (!IsHighSurrogate(unit) && !IsLowSurrogate(unit)) return true;
  return Broken("invalid_utf8", from,
                "the escape " + std::string(text_.substr(from, 6)) +
                    " is half of a surrogate pair, which is no character");
}

bool JsonChecker::Number() {
  const size_t from = at_;
  if (Peek() == '-') Advance(1);
  if (Word() == "Infinity") {
    at_ = from;
    return NotANumber("-Infinity");
  }
  if (Peek() == '0') {
    Advance(1);
  } else if (!Digits()) {
    return false;
  }
  if (Peek() == '.') {
    Advance(1);
    if (!Digits()) return false;
  }
  if (Peek() == 'e' || Peek() == 'E') {
    Advance(1);
    if (Peek() == '+' || Peek() == '-') Advance(1);
    if (!Digits()) return false;
  }
  const std::string_view number = text_.substr(from, at_ - from);
  if (InRange(number)) return true;
  return Broken("number_out_of_range", from,
                "numbers must be integers in [-2^63, 2^64) or fit a 64-bit floating point number; "
                "found " +
                    PlainExcerpt(number));
}

bool JsonChecker::Digits() {
  if (!IsDigit(Peek())) return Malformed(at_, "a digit");
  while (IsDigit(Peek())) Advance(1);
  return true;
}

bool JsonChecker::NotANumber(std::string_view token) {
  Broken("not_a_number", at_, "JSON has no such number; found " + std::string(token));
  return Advance(token.size());
}

bool JsonChecker::InRange(std::string_view number) {
  const bool short_enough = number.size() <= 18;
  if (short_enough && number.find_first_of("eE") == std::string_view::npos) return true;
  // What the parser takes is in range: asking it, there can be no second opinion.
  number_.assign(number);
  number_.reserve(number.size() + JsonDocument::kPaddingBytes);
  return scratch_->Parse(number_) != JsonParse::kRefused;
}

bool JsonChecker::Broken(std::string_view reason, size_t at, std::string detail) {
  ++broken_;
  if (!fault_) fault_ = {reason, at, Path(), std::move(detail), ""};
  return true;
}

bool JsonChecker::Malformed(size_t at, std::string_view wanted) {
  std::string found = "the end of the text";
  if (at < text_.size()) {
    found = text_[at] >= 0x20 && text_[at] < 0x7f ? Excerpt(text_.substr(at, 16))
                                                  : "the byte " + Hex(text_[at]);
  }
  fault_ = {"malformed_json", at, "", "expected " + std::string(wanted) + "; found " + found, ""};
  return false;
}

bool JsonChecker::Advance(size_t bytes) {
  at_ += bytes;
  return true;
}

void JsonChecker::SkipSpace() {
  while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
}

std::string_view JsonChecker::Word() const {
  size_t end = at_;
  while (end < text_.size() && IsLetter(text_[end])) ++end;
  return text_.substr(at_, end - at_);
}

int JsonChecker::Utf16Unit() const {
  const std::string_view escape = text_.substr(at_, 6);
  if (escape.size() < 6 || !escape.starts_with("\\u")) return -1;
  if (!std::all_of(escape.begin() + 2, escape.end(), IsHexDigit)) return -1;
  int unit = 0;
  std::from_chars(escape.data() + 2, escape.data() + 6, unit, 16);
  return unit;
}

bool JsonChecker::NamesPath() const { return open_.size() <= kPathStepsMax; }

std::string JsonChecker::Path() const {
  std::string path;
  for (size_t i = 0; i < path_.size(); ++i) {
    if (open_[i] == '[') {
      path += '[' + std::to_string(path_[i].element) + ']';
    } else if (!path_[i].name.empty()) {
      if (!path.empty()) path += '.';
      path += PlainExcerpt(path_[i].name);
    }
  }
  return path;
}

}  // namespace oncelog::event
