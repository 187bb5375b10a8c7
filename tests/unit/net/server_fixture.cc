#include "tests/unit/net/server_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <thread>

namespace oncelog::net {
namespace {

constexpr int kPatienceMs =
    static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(kPatience).count());

}  // namespace

bool Eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

std::string RawAnswer::Value(std::string_view field) const {
  const size_t begin = head.find("\r\n" + std::string(field) + ": ");
  if (begin == std::string::npos) return {};
  const size_t value = begin + field.size() + 4;
  return head.substr(value, head.find("\r\n", value) - value);
}

RawClient::RawClient(uint16_t port, int receive_buffer_bytes)
    : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
  if (receive_buffer_bytes > 0) {
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) Close();
}

RawClient::~RawClient() { Close(); }

bool RawClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(size));
  }
  return true;
}

size_t RawClient::SendSome(std::string_view bytes) {
  const ssize_t size = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return size > 0 ? static_cast<size_t>(size) : 0;
}

bool RawClient::Fill() {
  pollfd entry{.fd = fd_, .events = POLLIN, .revents = 0};
  if (poll(&entry, 1, kPatienceMs) <= 0) return false;
  std::array<char, 1 << 16> buffer;
  const ssize_t size = recv(fd_, buffer.data(), buffer.size(), 0);
  if (size <= 0) {
    end_ = size == 0 ? End::kClosed : End::kReset;
    return false;
  }
  received_.append(buffer.data(), static_cast<size_t>(size));
  return true;
}

RawAnswer RawClient::Read(bool head_request) {
  RawAnswer answer;
  size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill()) return answer;
  }
  answer.head = received_.substr(0, end + 4);
  received_.erase(0, end + 4);
  if (answer.head.starts_with("HTTP/1.1 ")) answer.status = std::atoi(answer.head.c_str() + 9);

  if (!head_request && answer.Has("Transfer-Encoding: chunked")) {
    while ((end = received_.find("0\r\n\r\n")) == std::string::npos) {
      if (!Fill()) return answer;
    }
    answer.body = received_.substr(0, end + 5);
    received_.erase(0, end + 5);
  } else if (const std::string length = answer.Value("Content-Length");
             !head_request && !length.empty()) {
    answer.body = ReadBytes(std::stoull(length));
    if (answer.body.size() != std::stoull(length)) return answer;
  }
  answer.whole = true;
  return answer;
}

std::string RawClient::ReadBytes(size_t bytes) {
  while (received_.size() < bytes && Fill()) {
  }
  std::string result = received_.substr(0, bytes);
  received_.erase(0, result.size());
  return result;
}

std::string RawClient::ReadAll(End* end) {
  while (Fill()) {
  }
  if (end != nullptr) *end = end_;
  return std::exchange(received_, {});
}

void RawClient::ShutdownSend() { shutdown(fd_, SHUT_WR); }

void RawClient::Close() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

void Echo(Request request, Responder responder) {
  responder.Send({.content_type = "text/plain",
                  .body = request.method + " " + request.target + " " + request.body});
}

ServerOptions TestOptions() { return {.port = 0}; }

TestServer::TestServer(FunctionHandler::Function function, const ServerOptions& options)
    : handler_(std::move(function)) {
  Result<std::unique_ptr<Server>> server = Server::Listen(options, handler_);
  if (!server.ok()) {
    ADD_FAILURE() << server.error().message();
    std::abort();
  }
  server_ = server.Take();
}

}  // namespace oncelog::net
