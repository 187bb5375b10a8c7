#include "tests/support/slow_content_hash.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>

#include "base/check.h"
#include "event/content_hash.h"

namespace oncelog::test {
namespace {

// Reads JSON and hashes it on the way back: an object as a sorted map of names to hashes.
class Reader {
 public:
  Reader(const HashKey& key, std::string_view text) : hash_(key), rest_(text) {}

  std::map<std::string, uint64_t> Members() {
    std::map<std::string, uint64_t> members;
    Take('{');
    if (TakeIf('}')) return members;
    do {
      std::string name = String();
      Take(':');
      members.emplace(std::move(name), Value());
    } while (TakeIf(','));
    Take('}');
    return members;
  }

  uint64_t Object(const std::map<std::string, uint64_t>& members) const {
    return hash_.Object(Sum(members));
  }
  event::ContentHash Content(const std::map<std::string, uint64_t>& members) const {
    return hash_.Content(Sum(members));
  }

 private:
  event::ObjectHash Sum(const std::map<std::string, uint64_t>& members) const {
    event::ObjectHash sum;
    for (const auto& [name, value] : members) sum.Add(hash_.Member(hash_.Text(name), value));
    return sum;
  }

  uint64_t Value() {
    switch (Peek()) {
      case '{': return Object(Members());
      case '[': return Array();
      case '"': return hash_.String(String());
      case 't': return Word("true", hash_.Boolean(true));
      case 'f': return Word("false", hash_.Boolean(false));
      case 'n': return Word("null", hash_.Null());
      default: return Number();
    }
  }

  uint64_t Array() {
    uint64_t array = hash_.ArrayStart();
    uint64_t count = 0;
    Take('[');
    if (TakeIf(']')) return hash_.ArrayEnd(array, 0);
    do {
      array = hash_.ArrayNext(array, Value());
      ++count;
    } while (TakeIf(','));
    Take(']');
    return hash_.ArrayEnd(array, count);
  }

  uint64_t Word(std::string_view word, uint64_t hash) {
    Check(rest_.starts_with(word), "a word of JSON");
    rest_.remove_prefix(word.size());
    return hash;
  }

  // By strtod and strtoll: another implementation than the parser's.
  uint64_t Number() {
    const size_t end = std::min(rest_.find_first_not_of("+-.0123456789eE"), rest_.size());
    const std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end);
    if (text.find_first_of(".eE") != std::string::npos) {
      return hash_.Double(std::strtod(text.c_str(), nullptr));
    }
    if (text.front() == '-') return hash_.Signed(std::strtoll(text.c_str(), nullptr, 10));
    return hash_.Unsigned(std::strtoull(text.c_str(), nullptr, 10));
  }

  std::string String() {
    std::string text;
    Take('"');
    while (rest_.front() != '"') {
      const char c = Next();
      if (c != '\\') {
        text += c;
        continue;
      }
      const char escaped = Next();
      constexpr std::string_view kLetters = "bfnrt";
      constexpr std::string_view kMeant = "\b\f\n\r\t";
      if (escaped == 'u') {
        AppendUtf8(&text, CodePoint());
      } else {
        const size_t letter = kLetters.find(escaped);
        text += letter == std::string_view::npos ? escaped : kMeant[letter];
      }
    }
    Next();
    return text;
  }

  uint32_t CodePoint() {
    const uint32_t first = Hex4();
    if (first < 0xd800 || first > 0xdbff) return first;
    Check(Next() == '\\' && Next() == 'u', "a pair of surrogates");
    return 0x10000 + ((first - 0xd800) << 10) + (Hex4() - 0xdc00);
  }

  uint32_t Hex4() {
    const std::string digits(rest_.substr(0, 4));
    rest_.remove_prefix(4);
    return static_cast<uint32_t>(std::strtoul(digits.c_str(), nullptr, 16));
  }

  static void AppendUtf8(std::string* text, uint32_t code) {
    const auto put = [text](uint32_t byte) { text->push_back(static_cast<char>(byte)); };
    if (code < 0x80) return put(code);
    const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    constexpr std::array<uint32_t, 4> kHeads = {0, 0xc0, 0xe0, 0xf0};
    put(kHeads[more] | code >> (6 * more));
    for (int i = more - 1; i >= 0; --i) put(0x80 | (code >> (6 * i) & 0x3f));
  }

  char Next() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  char Peek() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
    Check(!rest_.empty(), "JSON that is whole");
    return rest_.front();
  }
  bool TakeIf(char c) {
    if (Peek() != c) return false;
    Next();
    return true;
  }
  void Take(char c) { Check(TakeIf(c), "JSON that is valid"); }

  event::ContentHasher hash_;
  std::string_view rest_;
};

}  // namespace

event::ContentHash SlowContentHash(const HashKey& key, std::string_view event) {
  Reader reader(key, event);
  std::map<std::string, uint64_t> members = reader.Members();
  for (const char* no_content : {"topic", "event_id", "timestamp", "sequence", "received_at"}) {
    members.erase(no_content);
  }
  return reader.Content(members);
}

}  // namespace oncelog::test
