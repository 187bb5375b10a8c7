#include "net/response_parser.h"

#include <string>
#include <utility>

namespace oncelog::net {
namespace {

namespace beast_http = boost::beast::http;

constexpr uint32_t kHeadBytesMax = uint32_t{64} << 10;
constexpr uint64_t kBodyBytesMax = uint64_t{1} << 30;  // of a body that is kept

}  // namespace

ResponseParser::ResponseParser(bool head_request, Piece piece) : piece_(std::move(piece)) {
  eager(true);
  header_limit(kHeadBytesMax);
  if (piece_) {
    body_limit(boost::none);
  } else {
    body_limit(kBodyBytesMax);
  }
  if (head_request) skip(true);
}

Result<size_t> ResponseParser::Feed(std::string_view bytes) {
  ErrorCode error;
  const size_t used = put({bytes.data(), bytes.size()}, error);
  if (!error || error == beast_http::error::need_more) return used;
  if (error == beast_http::error::body_limit) {
    return Error(Code::kTooLarge, "the answer is too large");
  }
  if (error == beast_http::error::end_of_stream) return Error(Code::kIo, "stopped reading");
  return Error(Code::kIo, "the answer is not HTTP: " + error.message());
}

Status ResponseParser::FeedEnd() {
  ErrorCode error = beast_http::error::partial_message;
  if (got_some()) put_eof(error);
  if (error) return Error(Code::kIo, "the connection was closed before the answer was whole");
  return OkStatus();
}

void ResponseParser::on_response_impl(int status, View, int, ErrorCode& ec) {
  ec = {};
  response_.status = status;
}

void ResponseParser::on_field_impl(beast_http::field, View name, View value, ErrorCode& ec) {
  ec = {};
  response_.fields.push_back({std::string(name), std::string(value)});
}

size_t ResponseParser::Append(View bytes, ErrorCode& ec) {
  if (!piece_) {
    response_.body.append(bytes.data(), bytes.size());
  } else if (!piece_({bytes.data(), bytes.size()})) {
    ec = beast_http::error::end_of_stream;
  }
  return bytes.size();
}

}  // namespace oncelog::net
