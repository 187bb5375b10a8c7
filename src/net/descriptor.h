// Descriptor: owns one open file descriptor.
//
//   Descriptor fd(socket(AF_INET, SOCK_STREAM, 0));
//   if (fd.get() < 0) ...   // errno
//
// Threads: a value. Closing keeps errno.
#pragma once

#include <utility>

namespace oncelog::net {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : fd_(other.Release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  [[nodiscard]] int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;  // below 0: none
};

}  // namespace oncelog::net
