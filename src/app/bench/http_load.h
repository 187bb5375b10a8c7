// HttpLoad: publish requests, or lookups, to oncelog over HTTP/1.1. As little as will do, because
// client and server share the cores.
//
//   Driver driver(HttpLoad::To({"127.0.0.1", 8080}, options), options);
//
// Threads, errors: as LoadConnection's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "app/bench/driver.h"
#include "app/bench/load_stream.h"
#include "app/config/host_port.h"

namespace oncelog::app::bench {

class HttpLoad : public LoadStream {
 public:
  HttpLoad(net::Descriptor socket, const std::string& host, const LoadOptions& options);
  static Connector To(const HostPort& server, const LoadOptions& options);

  void AddRequest(EventMaker& maker, uint64_t events, uint64_t now_us) override;

 private:
  void AddLookup(EventMaker& maker);
  size_t Parse(std::string_view bytes, uint64_t now_us, const Done& done) override;
  size_t ParseHead(std::string_view head);  // yields the body's length
  void ParseBody(std::string_view text);
  [[nodiscard]] uint64_t Count(std::string_view member) const;

  std::string head_;  // of each request, up to its length
  std::string lookup_tail_;
  bool bare_;  // a request is one event and no array
  bool lookups_;
  size_t skip_ = 0;
  LoadAnswer answer_;
  std::string kept_;
};

}  // namespace oncelog::app::bench
