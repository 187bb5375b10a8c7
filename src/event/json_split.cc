#include "event/json_split.h"

namespace oncelog::event {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

std::string_view TrimSpace(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

bool JsonSplitter::Take(char mark) {
  SkipSpace();
  if (at_ == text_.size() || text_[at_] != mark) return false;
  ++at_;
  return true;
}

std::string_view JsonSplitter::TakeValue() {
  SkipSpace();
  const size_t from = at_;
  size_t open = 0;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    const bool opens = c == '{' || c == '[';
    const bool closes = c == '}' || c == ']';
    if (open == 0 && (closes || c == ',' || c == ':' || IsSpace(c))) break;
    if (c == '"') {
      SkipString();
    } else {
      ++at_;
    }
    if (opens) ++open;
    if (closes) --open;
    if (open == 0 && (closes || c == '"')) break;
  }
  return text_.substr(from, at_ - from);
}

bool JsonSplitter::AtEnd() {
  SkipSpace();
  return at_ == text_.size();
}

void JsonSplitter::SkipSpace() {
  while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
}

void JsonSplitter::SkipString() {
  ++at_;
  while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
  at_ = at_ < text_.size() ? at_ + 1 : text_.size();
}

std::optional<std::string_view> FindMemberArray(std::string_view object, std::string_view name) {
  JsonSplitter in(object);
  if (!in.Take('{')) return std::nullopt;
  do {
    const std::string_view found = in.TakeValue();
    if (!in.Take(':')) return std::nullopt;
    const std::string_view value = in.TakeValue();
    if (found == name && value.starts_with('[')) return value;
  } while (in.Take(','));
  return std::nullopt;
}

}  // namespace oncelog::event
