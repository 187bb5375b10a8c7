#include "tests/unit/event/random_json.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <map>

namespace oncelog::event {
namespace {

constexpr double kTwo63 = 9223372036854775808.0;

std::string Shortest(double value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value);
  return {text, end.ptr};
}

// An integer of either kind, or an integral double in range, as decimal digits; else empty.
std::string IntegerDigits(const JsonValue& value) {
  if (const auto* i = std::get_if<int64_t>(&value.is)) return std::to_string(*i);
  if (const auto* u = std::get_if<uint64_t>(&value.is)) return std::to_string(*u);
  const double d = std::get<double>(value.is);
  if (d != std::trunc(d) || d < -kTwo63 || d >= 2 * kTwo63) return "";
  if (d < 0) return std::to_string(static_cast<int64_t>(d));
  return std::to_string(static_cast<uint64_t>(d));
}

uint64_t Fold(uint64_t a, uint64_t b) {
  // Schoolbook multiplication of 32-bit halves, to be independent of __int128.
  const uint64_t a0 = a & 0xffff'ffff, a1 = a >> 32, b0 = b & 0xffff'ffff, b1 = b >> 32;
  const uint64_t low = a0 * b0;
  const uint64_t middle = a1 * b0 + (low >> 32);
  const uint64_t middle2 = a0 * b1 + (middle & 0xffff'ffff);
  const uint64_t high = a1 * b1 + (middle >> 32) + (middle2 >> 32);
  return high ^ (middle2 << 32 | (low & 0xffff'ffff));
}

struct Reference {
  const HashKey& key;

  uint64_t Constant(const std::string& name) const {
    return key.Hash64("oncelog content 1 " + name);
  }
  uint64_t Mix(uint64_t a, uint64_t b) const { return Fold(a ^ Constant("mask"), b); }

  uint64_t Number(const JsonValue& value) const {
    const std::string digits = IntegerDigits(value);
    if (digits.empty()) {
      return Mix(std::bit_cast<uint64_t>(std::get<double>(value.is)), Constant("double"));
    }
    if (digits[0] == '-') {
      return Mix(static_cast<uint64_t>(std::stoll(digits)), Constant("negative"));
    }
    return Mix(std::stoull(digits), Constant("unsigned"));
  }
  uint64_t Object(const JsonMembers& members) const {
    uint64_t sum = 0;
    for (const auto& [name, value] : members) {
      sum += Mix(key.Hash64(name), Hash(value) ^ Constant("member"));
    }
    return Mix(sum, members.size() ^ Constant("object"));
  }
  uint64_t Array(const JsonElements& elements) const {
    uint64_t hash = Constant("array start");
    for (const JsonValue& element : elements) hash = Mix(hash, Hash(element) ^ Constant("element"));
    return Mix(hash, elements.size() ^ Constant("array"));
  }
  uint64_t Hash(const JsonValue& value) const {
    switch (value.is.index()) {
      case 0: return Mix(0, Constant("null"));
      case 1: return Mix(std::get<bool>(value.is) ? 1 : 0, Constant("boolean"));
      case 5: return Mix(key.Hash64(std::get<std::string>(value.is)), Constant("string"));
      case 6: return Array(std::get<JsonElements>(value.is));
      case 7: return Object(std::get<JsonMembers>(value.is));
      default: return Number(value);
    }
  }
};

}  // namespace

std::string RandomJson::Text() {
  constexpr const char* kPieces[] = {"a",  "b",    "temperature", "\"",    "\\", "/",    "\n",
                                     "\t", "\x01", "ß",           "東京",  "😀",  " ",    "{",
                                     "}",  "[",    "]",           ",",     ":",  "null", "\\u0061",
                                     "1",  "-",    "\x7f",        "\u0085"};
  std::string text;
  for (size_t i = Below(4); i > 0; --i) text += kPieces[Below(std::size(kPieces))];
  if (Below(20) == 0) text += std::string(Below(300), 'x');
  return text;
}

JsonValue RandomJson::Value(int depth_max) {
  switch (Below(depth_max > 0 ? 11 : 8)) {
    case 0: return {nullptr};
    case 1: return {Below(2) == 0};
    case 2: return {static_cast<int64_t>(random_())};
    case 3: return {static_cast<int64_t>(Below(5)) - 2};
    case 4: return {uint64_t{1} << 63 | random_()};
    case 5: {
      constexpr double kSome[] = {0.5, -1.5, 1e300, -1e-300, 5e-324, 29.5, 0.1, 1e19, -1e19, 1e22};
      return {kSome[Below(std::size(kSome))]};
    }
    case 6: {
      const double any = std::bit_cast<double>(random_());
      return {std::isfinite(any) ? any : 0.25};
    }
    case 7: return {Text()};
    case 8: {
      JsonElements elements;
      for (size_t i = Below(5); i > 0; --i) elements.push_back(Value(depth_max - 1));
      return {std::move(elements)};
    }
    default: return {Members(depth_max - 1)};
  }
}

JsonMembers RandomJson::Members(int depth_max) {
  std::map<std::string, JsonValue> members;
  const size_t count = Below(8) == 0 ? Below(40) : Below(6);
  for (size_t i = 0; i < count; ++i) {
    const std::string name = Text() + (Below(2) == 0 ? std::to_string(Below(50)) : "");
    members.emplace(name, Value(depth_max));
  }
  return {members.begin(), members.end()};
}

std::string RandomJson::Space() {
  constexpr const char* kSpaces[] = {"", "", "", "", " ", "\t", "\n", "\r\n", "  "};
  return kSpaces[Below(std::size(kSpaces))];
}

std::string RandomJson::WriteString(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool must = byte < 0x20 || c == '"' || c == '\\';
    if (!must && (byte >= 0x80 || Below(8) != 0)) {
      out += c;
    } else if (c == '"' || c == '\\' || c == '/') {
      out += '\\';
      out += c;
    } else if (c == '\n' && Below(2) == 0) {
      out += "\\n";
    } else {
      char escape[8];
      std::snprintf(escape, sizeof escape, Below(2) == 0 ? "\\u%04x" : "\\u%04X", byte);
      out += escape;
    }
  }
  return out + '"';
}

std::string RandomJson::WriteInteger(const std::string& digits) {
  // Only small ones have a double of their own for every spelling.
  const bool exact = digits.size() <= 15;
  if (digits == "0") {
    constexpr const char* kZeros[] = {"0", "-0", "0.0", "-0.0", "0e5", "0.000E-3"};
    return kZeros[Below(std::size(kZeros))];
  }
  switch (exact ? Below(4) : 0) {
    case 1: return digits + ".0";
    case 2: return digits + "e0";
    case 3: return digits + "000E-3";
    default: return digits;
  }
}

std::string RandomJson::Write(const JsonValue& value) {
  switch (value.is.index()) {
    case 0: return "null";
    case 1: return std::get<bool>(value.is) ? "true" : "false";
    case 2: return WriteInteger(std::to_string(std::get<int64_t>(value.is)));
    case 3: return WriteInteger(std::to_string(std::get<uint64_t>(value.is)));
    case 4: {
      // Without a point or an exponent it would be an integer, perhaps one out of range.
      const std::string text = Shortest(std::get<double>(value.is));
      return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
    }
    case 5: return WriteString(std::get<std::string>(value.is));
    case 6: {
      std::string out = "[" + Space();
      for (const JsonValue& element : std::get<JsonElements>(value.is)) {
        if (out.find_first_not_of(" \t\r\n", 1) != std::string::npos) out += "," + Space();
        out += Write(element) + Space();
      }
      return out + "]";
    }
    default: {
      JsonMembers members = std::get<JsonMembers>(value.is);
      std::shuffle(members.begin(), members.end(), random_);
      std::string out = "{" + Space();
      bool first = true;
      for (const auto& [name, member] : members) {
        if (!first) out += "," + Space();
        first = false;
        out += WriteString(name) + Space() + ":" + Space() + Write(member) + Space();
      }
      return out + "}";
    }
  }
}

std::string Canonical(const JsonValue& value) {
  switch (value.is.index()) {
    case 0: return "null";
    case 1: return std::get<bool>(value.is) ? "true" : "false";
    case 5: {
      const auto& text = std::get<std::string>(value.is);
      return "s" + std::to_string(text.size()) + ":" + text;
    }
    case 6: {
      std::string out = "[";
      for (const JsonValue& element : std::get<JsonElements>(value.is)) {
        out += Canonical(element) + ",";
      }
      return out + "]";
    }
    case 7: {
      std::map<std::string, std::string> sorted;
      for (const auto& [name, member] : std::get<JsonMembers>(value.is)) {
        sorted[name] = Canonical(member);
      }
      std::string out = "{";
      for (const auto& [name, member] : sorted) {
        out += std::to_string(name.size()) + ":" + name + "=" + member + ",";
      }
      return out + "}";
    }
    default: {
      const std::string digits = IntegerDigits(value);
      return digits.empty() ? "d" + Shortest(std::get<double>(value.is)) : "i" + digits;
    }
  }
}

uint64_t ReferenceHash(const HashKey& key, const JsonValue& value) {
  return Reference{key}.Hash(value);
}

uint64_t ReferenceContent(const HashKey& key, const JsonMembers& members) {
  const Reference reference{key};
  return reference.Mix(reference.Object(members), reference.Constant("content")) >> 16;
}

}  // namespace oncelog::event
