#include "event/render.h"

#include <array>
#include <charconv>

#include "base/check.h"
#include "event/utf8.h"

namespace oncelog::event {
namespace {

bool StandsForItself(char c) {
  const auto byte = static_cast<uint8_t>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

void AppendEscaped(std::string* out, char c) {
  switch (c) {
    case '"': *out += "\\\""; return;
    case '\\': *out += "\\\\"; return;
    case '\n': *out += "\\n"; return;
    case '\r': *out += "\\r"; return;
    case '\t': *out += "\\t"; return;
    default: break;
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto byte = static_cast<uint8_t>(c);
  *out += "\\u00";
  *out += kHex[byte >> 4];
  *out += kHex[byte & 15];
}

}  // namespace

void AppendEventJson(std::string* out, std::string_view json, Sequence sequence,
                     UnixMs received_at) {
  Check(json.size() > 2 && json.back() == '}', "a stored event is an object with members");
  out->append(json.substr(0, json.size() - 1));
  constexpr std::string_view kSequence = ",\"sequence\":";
  constexpr std::string_view kReceivedAt = ",\"received_at\":\"";
  std::array<char, kSequence.size() + 20 + kReceivedAt.size()> text;
  char* end = std::copy(kSequence.begin(), kSequence.end(), text.data());
  end = std::to_chars(end, text.data() + text.size(), sequence.value).ptr;
  end = std::copy(kReceivedAt.begin(), kReceivedAt.end(), end);
  out->append(text.data(), end);
  AppendRfc3339(out, received_at);
  out->append("\"}");
}

void AppendJsonString(std::string* out, std::string_view text) {
  *out += '"';
  size_t at = 0;
  while (at < text.size()) {
    size_t end = at;
    while (end < text.size() && StandsForItself(text[end])) ++end;
    out->append(text.substr(at, end - at));
    at = end;
    if (at == text.size()) break;
    const size_t bytes = Utf8SequenceBytes(text, at);
    if (bytes == 0) {
      *out += "\ufffd";
      ++at;
    } else if (bytes == 1) {
      AppendEscaped(out, text[at++]);
    } else {
      out->append(text.substr(at, bytes));
      at += bytes;
    }
  }
  *out += '"';
}

}  // namespace oncelog::event
