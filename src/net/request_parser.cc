#include "net/request_parser.h"

#include <algorithm>
#include <new>
#include <utility>

#include "net/host.h"
#include "net/text.h"

namespace oncelog::net {
namespace {

namespace beast_http = boost::beast::http;

// What is reserved once the first bytes of a body came: most bodies fit and never move.
constexpr size_t kBodyBytesFirst = size_t{64} << 10;

// "0\r\n\r\n". Beast 1.81 asserts (wrongly) that the first chunk's line is never seen before that
// many bytes are there; so they are waited for.
constexpr size_t kChunkedBytesMin = 5;

std::string_view ToView(boost::beast::string_view text) { return {text.data(), text.size()}; }

// "HTTP/d.d" at the end of the request line, but not a version spoken here.
bool IsOtherVersion(std::string_view head) {
  const std::string_view line = head.substr(0, head.find('\r'));
  const std::string_view version = line.substr(line.rfind(' ') + 1);
  return version.size() == 8 && version.starts_with("HTTP/") && IsDigit(version[5]) &&
         version[6] == '.' && IsDigit(version[7]) && version != "HTTP/1.0" && version != "HTTP/1.1";
}

// Whether a chunk's line may begin so: a hexadecimal size, then white space, an extension or CRLF.
bool CanBeginChunk(std::string_view bytes) {
  const auto digits_end = std::find_if_not(bytes.begin(), bytes.end(), IsHexDigit);
  if (digits_end == bytes.end()) return true;
  return digits_end != bytes.begin() &&
         std::string_view(" \t;\r").find(*digits_end) != std::string_view::npos;
}

// Beast 1.81 looks for the end of a quoted value behind the end of its line, and counts the chunk
// again each time it does. Nobody sends such values, so none is taken.
bool HasQuoteInChunkLine(std::string_view bytes) {
  if (bytes.starts_with("\r\n")) bytes.remove_prefix(2);  // of the chunk before
  const size_t end = bytes.find("\r\n");
  return end != std::string_view::npos && bytes.substr(0, end).find('"') != std::string_view::npos;
}

Refusal RefusalOf(boost::beast::error_code error) {
  using Why = beast_http::error;
  if (error == Why::bad_method) return BadRequest("bad method");
  if (error == Why::bad_target) return BadRequest("bad target");
  if (error == Why::bad_version) return BadRequest("bad HTTP version or request line");
  if (error == Why::bad_field) return BadRequest("bad name of a header field");
  if (error == Why::bad_value) return BadRequest("bad value of a header field");
  if (error == Why::bad_chunk) return BadRequest("bad chunk");
  if (error == Why::bad_chunk_extension) return BadRequest("bad chunk size or extension");
  if (error == Why::bad_content_length || error == Why::multiple_content_length ||
      error == Why::bad_transfer_encoding) {
    return BadRequest("bad Content-Length or Transfer-Encoding");
  }
  return BadRequest("not HTTP");
}

}  // namespace

RequestParser::RequestParser(const RequestLimits& limits, BodyLease& lease)
    : limits_(limits), lease_(lease), scan_(limits.head) {
  header_limit(static_cast<uint32_t>(limits.head.bytes_max + 1));
  body_limit(limits.body_bytes_max);
}

size_t RequestParser::Feed(std::string_view bytes) {
  if (bytes.empty()) return 0;
  if (state_ == State::kHead) return FeedHead(bytes);
  if (state_ == State::kBody) return FeedBody(bytes);
  return 0;
}

size_t RequestParser::FeedHead(std::string_view bytes) {
  const HeadScan::Progress progress = scan_.Scan(bytes);
  if (progress == HeadScan::kMore) return 0;
  if (progress == HeadScan::kRefused) {
    Refuse(scan_.refusal());
    return 0;
  }
  const std::string_view head = bytes.substr(scan_.begin(), scan_.size());
  ErrorCode error;
  const size_t used = put({head.data(), head.size()}, error);
  if (error) {
    RefuseFor(error, head);
  } else if (used != head.size()) {
    Refuse(BadRequest("not HTTP"));
  } else {
    state_ = is_done() ? State::kDone : State::kBody;
    eager(true);
  }
  return scan_.begin() + head.size();
}

size_t RequestParser::FeedBody(std::string_view bytes) {
  if (chunked()) {
    // Beast is never shown more at once than what it may wait for, so that the limit does not
    // depend on how the bytes came.
    bytes = bytes.substr(0, limits_.chunk_line_bytes_max);
    // It is looked at until Beast has taken it: Beast itself would wait for the end of the line,
    // and whether a request is refused would depend on how its bytes came.
    if (!body_begun_ && !CanBeginChunk(bytes)) {
      Refuse(BadRequest("bad chunk"));
      return 0;
    }
    if (!body_begun_ && bytes.size() < kChunkedBytesMin) return 0;
  }
  ErrorCode error;
  const size_t used = put({bytes.data(), bytes.size()}, error);
  body_begun_ = body_begun_ || used > 0;
  if (error == beast_http::error::need_more) {
    const std::string_view rest = bytes.substr(used);
    if (rest.size() == limits_.chunk_line_bytes_max) {
      Refuse(BadRequest("a chunk's first line or the trailer is over " +
                        std::to_string(limits_.chunk_line_bytes_max) + " bytes"));
    } else if (HasQuoteInChunkLine(rest)) {
      Refuse(RefusalOf(beast_http::error::bad_chunk_extension));
    }
  } else if (error) {
    RefuseFor(error, {});
  } else if (is_done()) {
    state_ = State::kDone;
  }
  return used;
}

void RequestParser::Refuse(Refusal refusal) {
  state_ = State::kRefused;
  if (!refusal_) refusal_ = std::move(refusal);
}

void RequestParser::RefuseFor(ErrorCode error, std::string_view head) {
  if (error == beast_http::error::bad_version && IsOtherVersion(head)) {
    Refuse({505, "version_not_supported", "this server speaks HTTP/1.1 and HTTP/1.0"});
  } else if (error == beast_http::error::body_limit) {
    Refuse({413, "body_too_large",
            "the body is over " + std::to_string(limits_.body_bytes_max) + " bytes"});
  } else {
    Refuse(RefusalOf(error));
  }
}

void RequestParser::on_request_impl(beast_http::verb, View method, View target, int version,
                                    ErrorCode& ec) {
  request_.method = ToView(method);
  request_.target = ToView(target);
  request_.fields.reserve(8);
  http10_ = version == 10;
  refusal_ = CheckTarget();
  if (refusal_) ec = beast_http::error::bad_target;
}

// Afterwards the target is a path, or "*" for OPTIONS.
Refusal RequestParser::CheckTarget() {
  std::string& target = request_.target;
  if (request_.method == "CONNECT") return BadRequest("CONNECT is for proxies");
  if (target.find('#') != std::string::npos) return BadRequest("a fragment in the target");
  if (target.front() == '/') return {};
  if (target == "*") {
    return request_.method == "OPTIONS" ? Refusal() : BadRequest("the target * is for OPTIONS");
  }
  constexpr std::string_view kScheme = "http://";
  if (!EqualsIgnoringCase(std::string_view(target).substr(0, kScheme.size()), kScheme)) {
    return BadRequest("the target is neither a path nor an http:// address");
  }
  const size_t end = std::min(target.find_first_of("/?", kScheme.size()), target.size());
  host_ = target.substr(kScheme.size(), end - kScheme.size());
  host_from_target_ = true;
  if (!IsValidHost(host_)) return BadRequest("bad host in the target");
  target.erase(0, end);
  if (target.empty() || target.front() == '?') target.insert(0, "/");
  return {};
}

void RequestParser::on_field_impl(beast_http::field name, View text, View value, ErrorCode& ec) {
  if (state_ != State::kHead) return;  // a trailer: checked by Beast, then forgotten
  refusal_ = CheckField(name, ToView(value));
  if (refusal_) {
    ec = beast_http::error::bad_value;
    return;
  }
  if (name == beast_http::field::unknown && EqualsIgnoringCase(ToView(text), "X-Request-Id") &&
      IsSaneRequestId(ToView(value))) {
    request_.id = ToView(value);
  }
  request_.fields.push_back({std::string(ToView(text)), std::string(ToView(value))});
}

Refusal RequestParser::CheckField(beast_http::field name, std::string_view value) {
  switch (name) {
    case beast_http::field::host:
      if (++hosts_ > 1) return BadRequest("two Host fields");
      if (!IsValidHost(value)) return BadRequest("bad Host");
      if (!host_from_target_) host_ = value;
      return {};
    case beast_http::field::content_length:
      if (has_length_) return BadRequest("two Content-Length fields");
      has_length_ = true;
      if (value.empty() || !std::all_of(value.begin(), value.end(), IsDigit)) {
        return BadRequest("bad Content-Length");
      }
      return {};
    case beast_http::field::transfer_encoding:
      if (has_coding_) return BadRequest("two Transfer-Encoding fields");
      has_coding_ = true;
      if (!EqualsIgnoringCase(value, "chunked")) {
        return BadRequest("the only Transfer-Encoding taken is chunked");
      }
      return http10_ ? BadRequest("Transfer-Encoding in HTTP/1.0") : Refusal();
    case beast_http::field::expect:
      if (!EqualsIgnoringCase(value, "100-continue")) {
        return {417, "expectation_failed", "the only Expect taken is 100-continue"};
      }
      expects_continue_ = !http10_;
      return {};
    default: return {};
  }
}

void RequestParser::on_header_impl(ErrorCode& ec) {
  keep_alive_ = basic_parser::keep_alive();
  body_bytes_expected_max_ = static_cast<size_t>(content_length().value_or(limits_.body_bytes_max));
  refusal_ = CheckHead();
  if (refusal_) ec = beast_http::error::bad_value;
}

Refusal RequestParser::CheckHead() {
  if (has_length_ && has_coding_) return BadRequest("both Content-Length and Transfer-Encoding");
  if (hosts_ == 0 && !http10_) return BadRequest("no Host field");
  return {};
}

void RequestParser::on_chunk_header_impl(std::uint64_t, View extensions, ErrorCode& ec) {
  if (extensions.size() > limits_.chunk_extension_bytes_max ||
      std::any_of(extensions.begin(), extensions.end(),
                  [](char c) { return IsControl(c) || c == '"'; })) {
    ec = beast_http::error::bad_chunk_extension;
  }
}

size_t RequestParser::Append(View bytes, ErrorCode& ec) {
  if (!MakeRoom(bytes.size())) {
    ec = beast_http::error::body_limit;
    return 0;
  }
  request_.body.append(bytes.data(), bytes.size());
  return bytes.size();
}

// Else says in refusal_ why not.
bool RequestParser::MakeRoom(size_t bytes) {
  std::string& body = request_.body;
  const size_t needed = body.size() + bytes;
  if (body.capacity() >= needed && !body.empty()) return true;
  const size_t wanted = std::max({needed, 2 * body.size(), kBodyBytesFirst});
  const size_t capacity = std::max(needed, std::min(wanted, body_bytes_expected_max_));
  if (!lease_.Grow(capacity)) {
    refusal_ = {503, "overloaded",
                "request bodies take all of their " + std::to_string(lease_.bytes_max()) +
                    " bytes of memory (body-memory-bytes); try again soon"};
    return false;
  }
  try {
    body.reserve(capacity);
  } catch (const std::bad_alloc&) {
    refusal_ = {503, "busy", "there is no memory for the request's body; try again soon"};
    return false;
  }
  return true;
}

}  // namespace oncelog::net
