// Output: bytes on their way out, in at most three parts that leave in one gathered write.
//
//   out.head = ...; out.body = ...; out.tail = kChunkEnd;
//   while (!out.done()) out.Advance(socket.write_some(out.buffers()));
//   out.Clear();
//
// Threads: a value. Ownership: owns head and body; the tail is a literal.
#pragma once

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <string>
#include <string_view>

namespace oncelog::net {

struct Output {
  std::string head;
  std::string body;
  std::string_view tail;
  size_t written = 0;

  [[nodiscard]] bool done() const { return written == head.size() + body.size() + tail.size(); }
  [[nodiscard]] bool head_only() const { return body.empty() && tail.empty(); }
  void Advance(size_t bytes) { written += bytes; }

  [[nodiscard]] boost::asio::const_buffer head_buffer() const {
    return boost::asio::buffer(head) + written;
  }
  [[nodiscard]] std::array<boost::asio::const_buffer, 3> buffers() const {
    std::array<boost::asio::const_buffer, 3> parts{
        boost::asio::buffer(head), boost::asio::buffer(body), boost::asio::buffer(tail)};
    size_t skip = written;
    for (boost::asio::const_buffer& part : parts) {
      const size_t here = std::min(skip, part.size());
      part += here;
      skip -= here;
    }
    return parts;
  }

  // Keeps a head's worth of memory for the next answer, but not a body's.
  void Clear() {
    if (head.capacity() > kHeadBytesKept) std::string().swap(head);
    head.clear();
    std::string().swap(body);
    tail = {};
    written = 0;
  }

  static constexpr size_t kHeadBytesKept = 2048;
};

}  // namespace oncelog::net
