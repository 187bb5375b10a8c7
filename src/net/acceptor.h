// Acceptor: takes connections in on one loop, up to the server's cap.
//
// Over the cap a connection is told 503 and closed; far over it (kSurplusMax) it is closed unheard.
// When the process has no descriptors left, it tries again at the loop's next tick, counts that and
// tells ServerOptions::alarm once a minute at most.
// Threads: its loop's. Ownership: the loop holds it until it stops.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <memory>
#include <optional>

#include "net/connection.h"
#include "net/context.h"
#include "net/listen_socket.h"
#include "net/loop.h"

namespace oncelog::net {

class Acceptor final : public Loop::Member, public std::enable_shared_from_this<Acceptor> {
 public:
  // Before the loop starts. `socket` listens.
  static void Start(const std::shared_ptr<LoopContext>& context, Descriptor socket, bool ipv6);

  Acceptor(std::shared_ptr<LoopContext> context, Descriptor socket, bool ipv6);

  void OnTick(Loop::Clock::time_point now) override;
  void OnStopping() override;
  void OnAbort() override { OnStopping(); }

 private:
  void Accept();
  void TakeIn(Socket socket);
  void Pause(const boost::system::error_code& error);

  const std::shared_ptr<LoopContext> context_;
  boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, boost::asio::io_context::executor_type>
      acceptor_;
  Loop::Place place_;
  bool paused_ = false;
  std::optional<Loop::Clock::time_point> told_;  // the alarm, the last time
};

}  // namespace oncelog::net
