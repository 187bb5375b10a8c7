// ResponseParser: one answer out of the bytes a server sent, for Client.
//
//   ResponseParser parser(/*head_request=*/false, piece);
//   while (!parser.done()) {
//     Result<size_t> used = parser.Feed(received);   // keep what was not used; it comes again
//   }
//
// Threads: one at a time. Ownership: copies what it keeps.
// Errors: kIo for what is not HTTP or is stopped by `piece`, kTooLarge for a body without end.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <functional>
#include <string_view>

#include "base/result.h"
#include "net/client.h"

namespace oncelog::net {

class ResponseParser final : private boost::beast::http::basic_parser<false> {
 public:
  using Piece = std::function<bool(std::string_view)>;

  // With `piece`, the body is given to it as it comes in, instead of being kept.
  ResponseParser(bool head_request, Piece piece);

  Result<size_t> Feed(std::string_view bytes);
  // The server closed the connection: the end of some bodies, an error for all others.
  Status FeedEnd();

  [[nodiscard]] bool started() const { return got_some(); }
  [[nodiscard]] bool done() const { return is_done(); }
  [[nodiscard]] bool keep_alive() const { return basic_parser::keep_alive(); }
  [[nodiscard]] ClientResponse& response() { return response_; }

 private:
  using ErrorCode = boost::beast::error_code;
  using View = boost::beast::string_view;

  size_t Append(View bytes, ErrorCode& ec);

  void on_request_impl(boost::beast::http::verb, View, View, int, ErrorCode&) override {}
  void on_response_impl(int status, View, int, ErrorCode& ec) override;
  void on_field_impl(boost::beast::http::field, View name, View value, ErrorCode& ec) override;
  void on_header_impl(ErrorCode& ec) override { ec = {}; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode& ec) override { ec = {}; }
  size_t on_body_impl(View bytes, ErrorCode& ec) override { return Append(bytes, ec); }
  void on_chunk_header_impl(std::uint64_t, View, ErrorCode& ec) override { ec = {}; }
  size_t on_chunk_body_impl(std::uint64_t, View bytes, ErrorCode& ec) override {
    return Append(bytes, ec);
  }
  void on_finish_impl(ErrorCode& ec) override { ec = {}; }

  Piece piece_;
  ClientResponse response_;
};

}  // namespace oncelog::net
