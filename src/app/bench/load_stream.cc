#include "app/bench/load_stream.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace oncelog::app::bench {
namespace {

constexpr size_t kReadBytes = size_t{128} << 10;

}  // namespace

LoadStream::LoadStream(net::Descriptor socket)
    : socket_(std::move(socket)), in_(kReadBytes, '\0') {}

std::string& LoadStream::out() {
  if (!wants_write()) {
    out_.clear();
    out_at_ = 0;
  }
  return out_;
}

void LoadStream::Flush() {
  while (wants_write()) {
    const ssize_t sent = send(descriptor(), out_.data() + out_at_, out_.size() - out_at_,
                              MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EAGAIN || errno == EINTR) return;
      return Fail(std::string("send: ") + std::strerror(errno));
    }
    out_at_ += static_cast<size_t>(sent);
  }
}

void LoadStream::Read(uint64_t now_us, const Done& done) {
  while (failure().empty()) {
    const ssize_t got =
        recv(descriptor(), in_.data() + in_end_, in_.size() - in_end_, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return Fail(got == 0 ? "closed by the server" : std::strerror(errno));
    in_end_ += static_cast<size_t>(got);
    const bool full = in_end_ == in_.size();
    const size_t done_with = Parse({in_.data(), in_end_}, now_us, done);
    std::memmove(in_.data(), in_.data() + done_with, in_end_ - done_with);
    in_end_ -= done_with;
    if (in_end_ == in_.size()) return Fail("an answer, or its head, is too large");
    if (!full) return;  // level-triggered: more would wake us again
  }
}

}  // namespace oncelog::app::bench
