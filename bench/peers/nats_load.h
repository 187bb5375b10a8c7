// NatsLoad: submissions to NATS JetStream: each event is a message with its id as Nats-Msg-Id, and
// each is acknowledged by itself, with `"duplicate":true` where the server knew the id.
//
//   Driver driver(NatsLoad::To({"127.0.0.1", 4222}, options), options);
//
// The client speaks the text protocol itself: Debian's libnats 3.4 does not tell whether an
// asynchronously published message was a duplicate, and needs a thread for each connection.
// Threads, errors: as LoadConnection's.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "app/bench/driver.h"
#include "app/bench/load_stream.h"
#include "app/config/host_port.h"

namespace oncelog::app::bench {

class NatsLoad : public LoadStream {
 public:
  // `number`: tells this connection's acknowledgements from those of others.
  NatsLoad(net::Descriptor socket, int number);
  static Connector To(const HostPort& server);

  // The events are sent together and acknowledged one by one; the last acknowledgement ends it.
  void AddRequest(EventMaker& maker, uint64_t events, uint64_t now_us) override;

 private:
  size_t Parse(std::string_view bytes, uint64_t now_us, const Done& done) override;
  // Yields the size of the message at the beginning of `bytes`; 0: it is not complete.
  size_t ParseMessage(std::string_view bytes, uint64_t now_us, const Done& done);
  void Acknowledged(std::string_view inbox, std::string_view json, uint64_t now_us,
                    const Done& done);

  struct Open {
    uint64_t left = 0;  // acknowledgements to come
    LoadAnswer answer;
  };

  std::string inbox_;
  uint64_t first_ = 0;  // the number of open_.front()
  std::deque<Open> open_;
};

}  // namespace oncelog::app::bench
