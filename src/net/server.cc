#include "net/server.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "net/acceptor.h"
#include "net/context.h"
#include "net/listen_socket.h"

namespace oncelog::net {
namespace {

using std::chrono::milliseconds;

// How often deadlines are looked at: each second, or often enough for shorter ones.
milliseconds TickOf(const ServerOptions& options) {
  const milliseconds shortest =
      std::min({options.idle_timeout, options.header_timeout, options.body_timeout});
  return std::clamp(shortest / 4, milliseconds(5), milliseconds(1000));
}

class AsioServer final : public Server {
 public:
  AsioServer(const ServerOptions& options, Handler& handler, ListenSockets sockets)
      : port_(sockets.port),
        server_(std::make_shared<ServerContext>(options, sockets.loopback, handler)) {
    for (Descriptor& socket : sockets.sockets) {
      const int number = static_cast<int>(loops_.size());
      loops_.push_back(std::make_shared<LoopContext>(server_, number, TickOf(options)));
      Acceptor::Start(loops_.back(), std::move(socket), sockets.ipv6);
    }
    for (const auto& context : loops_) context->loop.Start();
  }

  ~AsioServer() override { Stop(milliseconds(0)); }
  AsioServer(const AsioServer&) = delete;
  AsioServer& operator=(const AsioServer&) = delete;

  [[nodiscard]] uint16_t port() const override { return port_; }

  [[nodiscard]] ServerCounters counters() const override {
    ServerCounters counters{
        .connections_open = server_->connections_open.load(std::memory_order_relaxed),
        .body_bytes_held = server_->bodies.held() + server_->answers.held()};
    for (const auto& context : loops_) {
      counters.connections_total += context->connections.get();
      counters.requests_total += context->requests.get();
      counters.refused_total += context->refused.get();
      counters.accept_failures_total += context->accept_failures.get();
    }
    return counters;
  }

  void Post(int loop, std::function<void()> work) override {
    Check(loop >= 0 && static_cast<size_t>(loop) < loops_.size(), "a loop of this server");
    loops_[static_cast<size_t>(loop)]->loop.Post(std::move(work));
  }

  void Stop(milliseconds grace) override {
    if (std::exchange(stopped_, true)) return;
    const auto deadline = Loop::Clock::now() + grace;
    for (const auto& context : loops_) context->loop.BeginStop();
    for (const auto& context : loops_) {
      if (!context->loop.EndsBefore(deadline)) context->loop.Abort();
    }
    for (const auto& context : loops_) context->loop.Join();
  }

 private:
  const uint16_t port_;
  bool stopped_ = false;
  std::shared_ptr<ServerContext> server_;
  std::vector<std::shared_ptr<LoopContext>> loops_;
};

}  // namespace

Status CheckListen(const std::string& host, uint16_t port) {
  const Result<ListenSockets> sockets = OpenListenSockets(host, port, 1);
  return sockets.ok() ? OkStatus() : sockets.error();
}

Result<std::unique_ptr<Server>> Server::Listen(const ServerOptions& options, Handler& handler) {
  Check(options.io_threads >= 1, "a server has an I/O thread");
  Result<ListenSockets> sockets = OpenListenSockets(options.host, options.port, options.io_threads);
  if (!sockets.ok()) return sockets.error();
  return std::unique_ptr<Server>(std::make_unique<AsioServer>(options, handler, sockets.Take()));
}

}  // namespace oncelog::net
