// RequestParser: one request out of the bytes of a connection. Boost Beast's parser does the work;
// around it stand the checks it lacks (see docs/http.md), so that what passes here has exactly one
// reading. No socket, no clock: the tests and the fuzzer drive it with plain bytes.
//
//   RequestParser parser(limits, lease);
//   size_t used = parser.Feed(received);          // keep what was not used; it comes again
//   if (parser.state() == RequestParser::State::kDone) Handle(std::move(parser.request()));
//
// Feed stops behind the head, so that the caller can send 100 Continue before it goes on.
// Threads: one at a time. Ownership: copies what it keeps; `limits` and `lease` must outlive it.
// Errors: State::kRefused and refusal(). Memory: the body grows with the bytes that really came,
// never by a claimed Content-Length, and only as far as `lease` allows.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "net/body_memory.h"
#include "net/head_scan.h"
#include "net/http.h"
#include "net/refusal.h"

namespace oncelog::net {

struct RequestLimits {
  HeadLimits head;
  size_t body_bytes_max = size_t{32} << 20;
  size_t chunk_extension_bytes_max = 256;
  size_t chunk_line_bytes_max = size_t{8} << 10;  // the last one's with the trailer behind it
};

class RequestParser final : private boost::beast::http::basic_parser<true> {
 public:
  enum class State { kHead, kBody, kDone, kRefused };

  RequestParser(const RequestLimits& limits, BodyLease& lease);

  // Uses up what it can of `bytes` and says how many. While the head is incomplete that is nothing:
  // come again with the same bytes and more.
  size_t Feed(std::string_view bytes);

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }
  [[nodiscard]] Request& request() { return request_; }

  // Once the head is read. The host is that of an absolute target, else the Host field's.
  [[nodiscard]] bool http10() const { return http10_; }
  [[nodiscard]] bool keep_alive() const { return keep_alive_; }
  [[nodiscard]] bool expects_continue() const { return expects_continue_; }
  [[nodiscard]] std::string_view host() const { return host_; }

 private:
  using ErrorCode = boost::beast::error_code;
  using View = boost::beast::string_view;

  size_t FeedHead(std::string_view bytes);
  size_t FeedBody(std::string_view bytes);
  void Refuse(Refusal refusal);
  void RefuseFor(ErrorCode error, std::string_view head);
  Refusal CheckTarget();
  Refusal CheckField(boost::beast::http::field name, std::string_view value);
  Refusal CheckHead();
  size_t Append(View bytes, ErrorCode& ec);
  bool MakeRoom(size_t bytes);

  void on_request_impl(boost::beast::http::verb, View method, View target, int version,
                       ErrorCode& ec) override;
  void on_response_impl(int, View, int, ErrorCode&) override {}
  void on_field_impl(boost::beast::http::field name, View text, View value, ErrorCode& ec) override;
  void on_header_impl(ErrorCode& ec) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode& ec) override { ec = {}; }
  size_t on_body_impl(View bytes, ErrorCode& ec) override { return Append(bytes, ec); }
  void on_chunk_header_impl(std::uint64_t size, View extensions, ErrorCode& ec) override;
  size_t on_chunk_body_impl(std::uint64_t, View bytes, ErrorCode& ec) override {
    return Append(bytes, ec);
  }
  void on_finish_impl(ErrorCode& ec) override { ec = {}; }

  const RequestLimits& limits_;
  BodyLease& lease_;
  HeadScan scan_;
  State state_ = State::kHead;
  Refusal refusal_;
  Request request_;
  std::string host_;
  size_t body_bytes_expected_max_ = 0;  // Content-Length, or the limit if the body is chunked
  bool http10_ = false;
  bool keep_alive_ = false;
  bool expects_continue_ = false;
  bool body_begun_ = false;
  bool has_length_ = false;
  bool has_coding_ = false;
  bool host_from_target_ = false;
  int hosts_ = 0;
};

}  // namespace oncelog::net
