// Whatever bytes a client sends, and in whatever pieces they come in: the parser takes the same
// requests, or refuses them with the same status. The first byte of the input is the piece size.
//
// What is taken must have one reading only: checked are the properties that smuggling needs broken.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "net/host.h"
#include "net/request_parser.h"
#include "net/text.h"

namespace oncelog::net {
namespace {

constexpr RequestLimits kLimits{
    .head = {.bytes_max = 2048, .request_line_bytes_max = 512, .fields_max = 16},
    .body_bytes_max = 4096,
    .chunk_extension_bytes_max = 64,
    .chunk_line_bytes_max = 512};

struct Seen {
  std::vector<Request> requests;
  int refused = 0;  // the status that ended it

  bool operator==(const Seen& other) const {
    if (refused != other.refused || requests.size() != other.requests.size()) return false;
    for (size_t i = 0; i < requests.size(); ++i) {
      if (requests[i].target != other.requests[i].target) return false;
      if (requests[i].body != other.requests[i].body) return false;
    }
    return true;
  }
};

void CheckTaken(RequestParser& parser, const BodyMemory& memory) {
  const Request& request = parser.request();
  Check(!request.method.empty() && request.method != "CONNECT", "a method that is taken");
  Check(request.target.front() == '/' || request.target == "*", "a path or *");
  Check(parser.http10() || IsValidHost(parser.host()), "HTTP/1.1 has a host");
  Check(request.body.size() <= kLimits.body_bytes_max, "a body within its limit");
  Check(request.body.size() <= memory.held() || request.body.empty(), "a body that is paid for");
  int framings = 0;
  for (const Field& field : request.fields) {
    if (EqualsIgnoringCase(field.name, "Content-Length")) ++framings;
    if (EqualsIgnoringCase(field.name, "Transfer-Encoding")) ++framings;
    for (const char c : field.value) Check(!IsControl(c) || c == '\t', "clean values");
  }
  Check(framings <= 1, "one framing");
  Check(framings == 1 || request.body.empty(), "no body without framing");
}

// As a connection does it: what is not used comes again, with more behind it.
Seen Run(std::string_view bytes, size_t piece_bytes) {
  Seen seen;
  BodyMemory memory(size_t{1} << 30);
  std::string rest;
  while (!bytes.empty() || !rest.empty()) {
    BodyLease lease(memory);
    RequestParser parser(kLimits, lease);
    size_t used = parser.Feed(rest);
    rest.erase(0, used);
    while (parser.state() < RequestParser::State::kDone) {
      if (used == 0 || rest.empty()) {
        if (bytes.empty()) return seen;
        const std::string_view piece = bytes.substr(0, piece_bytes);
        bytes.remove_prefix(piece.size());
        rest.append(piece);
      }
      used = parser.Feed(rest);
      Check(used <= rest.size(), "no more is used than there is");
      rest.erase(0, used);
    }
    if (parser.state() == RequestParser::State::kRefused) {
      seen.refused = parser.refusal().status;
      Check(seen.refused >= 400 && seen.refused <= 505, "a status for a refusal");
      return seen;
    }
    CheckTaken(parser, memory);
    seen.requests.push_back(std::move(parser.request()));
  }
  return seen;
}

}  // namespace
}  // namespace oncelog::net

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using oncelog::net::Run;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = Run(bytes, bytes.size());
  const auto pieces = Run(bytes, size_t{data[0]} + 1);
  oncelog::Check(whole == pieces, "pieces do not change what is read");
  return 0;
}
