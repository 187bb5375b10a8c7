// EventReader: takes events one by one out of a file or a pipe, without looking into them: NDJSON
// (one a line), a JSON array, `{"events":[…]}` as GET /events answers, or plain objects one after
// the other, also over several lines.
//
//   EventReader reader(std::cin, InputFormat::kAuto);
//   std::string body;
//   while (*reader.AppendNext(&body)) ...;     // body: one event a line
//
// Bytes are handed on as they are, but for line ends between tokens, which become spaces.
// Whether an event is valid is the server's business; a broken line of NDJSON is handed on.
// Threads: one. Ownership: the stream stays the caller's. Memory: one event and a read buffer.
// Errors: kInvalid for JSON whose outline is broken (so that its events cannot be told apart), and
// for what is compressed;
// kTooLarge for an event no server takes, behind which AppendNext goes on; kIo when reading fails.
#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <string_view>

#include "base/result.h"

namespace oncelog::app {

enum class InputFormat { kAuto, kNdjson, kJson };

class EventReader {
 public:
  EventReader(std::istream& in, InputFormat format);

  // Appends the next event and a newline; false at the end.
  Result<bool> AppendNext(std::string* body);
  // Where the last one stands, for people: "line 17" or "event 17".
  [[nodiscard]] uint64_t place() const { return place_; }
  [[nodiscard]] std::string_view place_word() const;
  // Behind `{"events":[…]}`, at the end: the other members of that object, as an object.
  [[nodiscard]] const std::string& rest() const { return rest_; }
  // Whether AppendNext may have to wait for whoever writes the pipe.
  [[nodiscard]] bool WouldWait();

 private:
  enum class Shape { kUnknown, kLines, kArray, kWrapped, kValues };

  bool Fill();  // more bytes into buffer_; false at the end of the input
  bool SkipSpace();
  bool StartsWithEventsMember();
  Status DetectShape();
  Result<bool> AppendLine(std::string* body);
  Error SkipLongLine();
  [[nodiscard]] Error TooLarge() const;
  Result<bool> AppendElement(std::string* body);
  Result<bool> EndOfArray();
  Status AppendValue(std::string* body);
  Error Broken(std::string_view what) const;

  std::istream& in_;
  InputFormat format_;
  Shape shape_ = Shape::kUnknown;
  std::string buffer_;
  size_t at_ = 0;  // in buffer_
  uint64_t place_ = 0;
  std::string rest_;
  bool first_ = true;  // no element of the array was read yet
};

}  // namespace oncelog::app
