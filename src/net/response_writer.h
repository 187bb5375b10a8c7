// The bytes of an answer's head and of chunks: pure, no socket.
//
//   std::string head;
//   AppendHead({.response = response, .body_bytes = 6, .date = date, .request_id = "a"}, &head);
//
// Threads: any. Ownership: everything is borrowed for the call. What a handler put into a field
// cannot break out of it: control characters become spaces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "net/http.h"

namespace oncelog::net {

enum class Framing { kSized, kChunked, kUntilClose };

struct HeadParts {
  const Response& response;
  std::string_view date;
  std::string_view request_id;
  Framing framing = Framing::kSized;
  bool http10 = false;
  bool close = false;
};

// Status line, fields, empty line. 204 and 304 get neither a length nor a coding.
void AppendHead(const HeadParts& parts, std::string* out);

bool StatusHasBody(int status);
std::string_view StatusText(int status);

// "1f\r\n": what stands before a chunk's bytes; behind them stands kChunkEnd.
void AppendChunkStart(size_t bytes, std::string* out);
inline constexpr std::string_view kChunkEnd = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";
inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// "Sun, 06 Nov 1994 08:49:37 GMT"; `seconds` since 1970.
std::string FormatHttpDate(std::time_t seconds);

}  // namespace oncelog::net
