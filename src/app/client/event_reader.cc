#include "app/client/event_reader.h"

#include <algorithm>
#include <array>

#include "app/client/json_outline.h"
#include "event/limits.h"

namespace oncelog::app {
namespace {

// What is longer is refused by every server, whatever it holds; the reader's memory ends here. So
// much less than a whole body may have that a batch which is closed behind one is still taken.
constexpr size_t kEventBytesMax = event::kBodyBytesMax / 2;
static_assert(kEventBytesMax > event::kEventBytesMax);

// The program that unpacks what begins like this; empty if it is not compressed.
constexpr size_t kMagicBytes = 4;
bool MayBeCompressed(std::string_view input) {
  return input.empty() || input.front() == '\x1f' || input.front() == '\x28';
}
std::string_view ToolFor(std::string_view input) {
  if (input.starts_with("\x1f\x8b")) return "zcat";
  if (input.starts_with("\x28\xb5\x2f\xfd")) return "zstdcat";
  return {};
}

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

EventReader::EventReader(std::istream& in, InputFormat format) : in_(in), format_(format) {}

std::string_view EventReader::place_word() const {
  return shape_ == Shape::kLines ? "line" : "event";
}

bool EventReader::WouldWait() {
  const bool has_next =
      shape_ == Shape::kLines ? buffer_.find('\n', at_) != std::string::npos : at_ < buffer_.size();
  return !has_next && in_.good() && in_.rdbuf()->in_avail() == 0;
}

bool EventReader::Fill() {
  if (at_ > 0) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
  // By the stream's own functions, not its buffer's: those throw when reading fails.
  if (!in_.good() || in_.peek() == std::istream::traits_type::eof()) return false;
  // What is there already, rather than a full buffer: a pipe may be slow.
  std::array<char, 64 << 10> piece;
  const std::streamsize got = in_.readsome(piece.data(), piece.size());
  buffer_.append(piece.data(), static_cast<size_t>(got));
  return got > 0;
}

Error EventReader::TooLarge() const {
  return {Code::kTooLarge, std::string(place_word()) + " " + std::to_string(place_) +
                               " is invalid: it is longer than any event may be (2 MiB)"};
}

Error EventReader::Broken(std::string_view what) const {
  const std::string where =
      place_ == 0 ? "at or before the first event" : "behind event " + std::to_string(place_);
  return {Code::kInvalid, "the JSON is broken " + where + ": " + std::string(what)};
}

bool EventReader::SkipSpace() {
  for (;;) {
    while (at_ < buffer_.size() && IsSpace(buffer_[at_])) ++at_;
    if (at_ < buffer_.size()) return true;
    if (!Fill()) return false;
  }
}

// Whether the input goes on with `{"events":[`, however spaced.
bool EventReader::StartsWithEventsMember() {
  constexpr std::string_view kWanted = "{\"events\":[";
  constexpr size_t kSpaceMax = 4096;
  size_t matched = 0;
  for (size_t i = at_; i < at_ + kSpaceMax; ++i) {
    while (i >= buffer_.size()) {
      i -= at_;
      if (!Fill()) return false;
    }
    if (IsSpace(buffer_[i])) continue;
    if (buffer_[i] != kWanted[matched]) return false;
    if (++matched == kWanted.size()) {
      at_ = i + 1;
      return true;
    }
  }
  return false;
}

Status EventReader::DetectShape() {
  shape_ = Shape::kLines;
  // Only what may be compressed is worth a wait for more.
  while (buffer_.size() < kMagicBytes && MayBeCompressed(buffer_) && Fill()) {
  }
  if (const std::string_view unpack = ToolFor(buffer_); !unpack.empty()) {
    return Error(Code::kInvalid, "the input is compressed; unpack it first: " +
                                     std::string(unpack) + " FILE | oncelog publish");
  }
  if (format_ == InputFormat::kNdjson || !SkipSpace()) return OkStatus();
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (std::string_view(buffer_).substr(at_).starts_with(kByteOrderMark)) {
    at_ += kByteOrderMark.size();
    if (!SkipSpace()) return OkStatus();
  }
  if (buffer_[at_] == '[') {
    ++at_;
    shape_ = Shape::kArray;
    return OkStatus();
  }
  if (StartsWithEventsMember()) {
    shape_ = Shape::kWrapped;
    return OkStatus();
  }
  if (format_ == InputFormat::kJson) {
    shape_ = Shape::kValues;
    return OkStatus();
  }
  // An object that is still open at the end of its line is spread over several.
  JsonOutline outline;
  for (size_t i = at_;; ++i) {
    while (i >= buffer_.size()) {
      i -= at_;
      if (!Fill()) return OkStatus();
      if (buffer_.size() > kEventBytesMax) return OkStatus();
    }
    if (buffer_[i] == '\n') break;
    outline.Take(buffer_[i]);
  }
  if (outline.depth() > 0 && !outline.in_string()) shape_ = Shape::kValues;
  return OkStatus();
}

Result<bool> EventReader::AppendNext(std::string* body) {
  if (shape_ == Shape::kUnknown) {
    if (Status s = DetectShape(); !s.ok()) return s.error();
  }
  Result<bool> more = shape_ == Shape::kLines ? AppendLine(body) : AppendElement(body);
  if (in_.bad()) return Error(Code::kIo, "reading the input failed");
  return more;
}

Result<bool> EventReader::AppendLine(std::string* body) {
  for (;;) {
    size_t end = buffer_.find('\n', at_);
    for (size_t searched = buffer_.size() - at_; end == std::string::npos;) {
      if (searched > kEventBytesMax) return SkipLongLine();
      if (!Fill()) {
        end = buffer_.size();
        break;
      }
      end = buffer_.find('\n', searched);
      searched = buffer_.size();
    }
    const std::string_view line = std::string_view(buffer_).substr(at_, end - at_);
    if (line.empty() && end == buffer_.size()) return false;
    ++place_;
    const bool blank = std::all_of(line.begin(), line.end(), IsSpace);
    if (!blank) body->append(line).push_back('\n');
    at_ = std::min(end + 1, buffer_.size());
    if (!blank) return true;
  }
}

// All of it, piece by piece.
Error EventReader::SkipLongLine() {
  size_t end = buffer_.find('\n', at_);
  while (end == std::string::npos) {
    at_ = buffer_.size();
    if (!Fill()) break;
    end = buffer_.find('\n');
  }
  at_ = end == std::string::npos ? buffer_.size() : end + 1;
  ++place_;
  return TooLarge();
}

Result<bool> EventReader::EndOfArray() {
  ++at_;
  const bool wrapped = shape_ == Shape::kWrapped;
  shape_ = Shape::kValues;
  if (!SkipSpace()) {
    if (wrapped) return Broken("the object around the events is not closed");
    return false;
  }
  if (!wrapped) return Broken("there is more behind the array");
  if (buffer_[at_] == ',') ++at_;
  constexpr size_t kRestBytesMax = size_t{1} << 20;
  for (rest_ = "{"; at_ < buffer_.size() || Fill(); at_ = buffer_.size()) {
    rest_.append(buffer_, at_);
    if (rest_.size() > kRestBytesMax)
      return Broken("the object around the events goes on for long");
  }
  return false;
}

Result<bool> EventReader::AppendElement(std::string* body) {
  const bool in_array = shape_ != Shape::kValues;
  if (!SkipSpace()) {
    if (in_array) return Broken("the array is not closed");
    return false;
  }
  if (in_array && buffer_[at_] == ']') return EndOfArray();
  if (in_array && !first_) {
    if (buffer_[at_] != ',') return Broken("a comma is missing");
    ++at_;
    if (!SkipSpace()) return Broken("the array is not closed");
    if (buffer_[at_] == ']') return Broken("a comma stands before the end of the array");
  }
  first_ = false;
  const size_t start = body->size();
  if (Status s = AppendValue(body); !s.ok()) return s.error();
  ++place_;
  if (body->size() - start > kEventBytesMax) return TooLarge();
  return true;
}

Status EventReader::AppendValue(std::string* body) {
  const size_t start = body->size();
  JsonOutline outline;
  for (;;) {
    if (at_ == buffer_.size() && !Fill()) {
      if (outline.depth() > 0 || outline.in_string()) {
        return Broken("the input ends inside an event");
      }
      break;
    }
    const char c = buffer_[at_];
    const bool between = outline.depth() == 0 && !outline.in_string();
    if (between && body->size() > start && (c == ',' || c == ']' || IsSpace(c))) break;
    if (between && body->size() == start && (c == ',' || c == ']' || c == '}')) {
      return Broken(std::string("'") + c + "' stands where an event should");
    }
    outline.Take(c);
    // What is too large is read to its end, so that the next one can be told from it.
    if (body->size() - start <= kEventBytesMax) body->push_back(c == '\n' || c == '\r' ? ' ' : c);
    ++at_;
    if (outline.closed()) break;
  }
  body->push_back('\n');
  return OkStatus();
}

}  // namespace oncelog::app
