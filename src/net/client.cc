#include "net/client.h"

#include <optional>
#include <utility>
#include <vector>

#include "net/client_socket.h"
#include "net/response_parser.h"
#include "net/text.h"

namespace oncelog::net {
namespace {

bool HasControl(std::string_view text) {
  for (const char c : text) {
    if (IsControl(c)) return true;
  }
  return false;
}

}  // namespace

std::string_view ClientResponse::Find(std::string_view name) const {
  return FindField(fields, name);
}

class Client::Impl {
 public:
  Impl(std::string host, uint16_t port, std::chrono::milliseconds timeout)
      : host_(std::move(host)), port_(port), timeout_(timeout), buffer_(size_t{64} << 10) {}

  Result<ClientResponse> Perform(std::string_view method, std::string_view target,
                                 const std::vector<Field>& fields, std::string_view body,
                                 const ResponseParser::Piece& piece) {
    Result<std::string> head = MakeHead(method, target, fields, body);
    if (!head.ok()) return head.error();
    Result<ClientResponse> response = Talk(*head, body, method == "HEAD", piece);
    if (response.ok()) return response;
    socket_.reset();
    return response.error().Annotate(Authority());
  }

 private:
  [[nodiscard]] std::string Authority() const {
    const bool ipv6 = host_.find(':') != std::string::npos && host_.front() != '[';
    return (ipv6 ? "[" + host_ + "]" : host_) + ":" + std::to_string(port_);
  }

  [[nodiscard]] Result<std::string> MakeHead(std::string_view method, std::string_view target,
                                             const std::vector<Field>& fields,
                                             std::string_view body) const {
    std::string head;
    head.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
    if (FindField(fields, "Host").empty()) head.append("Host: " + Authority() + "\r\n");
    if (!body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
      head.append("Content-Length: " + std::to_string(body.size()) + "\r\n");
    }
    bool clean =
        !HasControl(method) && !HasControl(target) && target.find(' ') == std::string_view::npos;
    for (const Field& field : fields) {
      clean = clean && !HasControl(field.name) && !HasControl(field.value);
      head.append(field.name + ": " + field.value + "\r\n");
    }
    if (!clean) return Error(Code::kInvalid, "white space or control characters in a request");
    head.append("\r\n");
    return head;
  }

  Result<ClientResponse> Talk(std::string_view head, std::string_view body, bool head_request,
                              const ResponseParser::Piece& piece) {
    if (socket_ && !socket_->IsFresh()) socket_.reset();
    if (!socket_) {
      std::string name = host_;
      if (name.size() > 2 && name.front() == '[') name = name.substr(1, name.size() - 2);
      Result<ClientSocket> connected = ClientSocket::Connect(name, port_, timeout_);
      if (!connected.ok()) return connected.error();
      socket_ = connected.Take();
    }
    Status sent = socket_->Send(head);
    if (sent.ok()) sent = socket_->Send(body);
    // A server that refuses a request may stop reading it: its answer tells more than our error.
    Result<ClientResponse> response = Receive(head_request, piece);
    if (!response.ok() && !sent.ok()) return sent.error();
    return response;
  }

  Result<ClientResponse> Receive(bool head_request, const ResponseParser::Piece& piece) {
    std::string rest;
    for (;;) {
      ResponseParser parser(head_request, piece);
      if (Status read = ReadOne(parser, rest); !read.ok()) return read.error();
      if (parser.response().status < 200) continue;  // 100 Continue and the like
      if (!parser.keep_alive() || !rest.empty()) socket_.reset();
      return std::move(parser.response());
    }
  }

  // `rest`: bytes received and not yet used, before and after.
  Status ReadOne(ResponseParser& parser, std::string& rest) {
    while (!parser.done()) {
      if (!rest.empty()) {
        Result<size_t> used = parser.Feed(rest);
        if (!used.ok()) return used.error();
        rest.erase(0, *used);
        if (parser.done()) break;
      }
      Result<size_t> size = socket_->Receive(buffer_.data(), buffer_.size());
      if (!size.ok()) return size.error();
      if (*size == 0) return parser.FeedEnd();
      rest.append(buffer_.data(), *size);
    }
    return OkStatus();
  }

  const std::string host_;
  const uint16_t port_;
  const std::chrono::milliseconds timeout_;
  std::vector<char> buffer_;
  std::optional<ClientSocket> socket_;
};

Client::Client(std::string host, uint16_t port, std::chrono::milliseconds timeout)
    : impl_(std::make_unique<Impl>(std::move(host), port, timeout)) {}

Client::~Client() = default;

Result<ClientResponse> Client::Send(std::string_view method, std::string_view target,
                                    const std::vector<Field>& fields, std::string_view body) {
  return impl_->Perform(method, target, fields, body, nullptr);
}

Result<ClientResponse> Client::Stream(std::string_view method, std::string_view target,
                                      const std::vector<Field>& fields,
                                      const std::function<bool(std::string_view)>& piece) {
  return impl_->Perform(method, target, fields, {}, piece);
}

}  // namespace oncelog::net
