// LoadStream: a LoadConnection over a socket of bytes; what they mean is its descendants' business.
//
//   class MyLoad : public LoadStream { size_t Parse(…) override; void AddRequest(…) override; };
//
// Threads, errors: as LoadConnection's. Ownership: owns the socket.
#pragma once

#include <string>
#include <string_view>

#include "app/bench/load_connection.h"
#include "net/descriptor.h"

namespace oncelog::app::bench {

class LoadStream : public LoadConnection {
 public:
  explicit LoadStream(net::Descriptor socket);

  [[nodiscard]] int descriptor() const override { return socket_.get(); }
  [[nodiscard]] bool wants_write() const override { return out_at_ < out_.size(); }
  void Flush() override;
  void Read(uint64_t now_us, const Done& done) override;

 protected:
  // Where requests are appended to.
  std::string& out();
  // What has come and was not taken yet: yields how many bytes of it are done with.
  virtual size_t Parse(std::string_view bytes, uint64_t now_us, const Done& done) = 0;

 private:
  net::Descriptor socket_;
  std::string out_;
  size_t out_at_ = 0;
  std::string in_;
  size_t in_end_ = 0;
};

}  // namespace oncelog::app::bench
