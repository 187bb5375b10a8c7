#include "net/acceptor.h"

#include <boost/asio/error.hpp>
#include <utility>

namespace oncelog::net {
namespace {

// Connections over the cap that are kept for long enough to tell them so.
constexpr size_t kSurplusMax = 256;

constexpr std::chrono::minutes kBetweenAlarms{1};

}  // namespace

void Acceptor::Start(const std::shared_ptr<LoopContext>& context, Descriptor socket, bool ipv6) {
  const auto acceptor = std::make_shared<Acceptor>(context, std::move(socket), ipv6);
  acceptor->place_ = context->loop.Add(acceptor);
  acceptor->Accept();
}

Acceptor::Acceptor(std::shared_ptr<LoopContext> context, Descriptor socket, bool ipv6)
    : context_(std::move(context)),
      acceptor_(context_->loop.io(), ipv6 ? boost::asio::ip::tcp::v6() : boost::asio::ip::tcp::v4(),
                socket.Release()) {}

void Acceptor::Accept() {
  acceptor_.async_accept(
      context_->loop.io().get_executor(),
      [self = shared_from_this()](const boost::system::error_code& error, Socket socket) {
        if (!self->acceptor_.is_open()) return;
        if (!error) self->TakeIn(std::move(socket));
        if (!error || error == boost::asio::error::connection_aborted) {
          self->Accept();
        } else {
          self->Pause(error);
        }
      });
}

void Acceptor::TakeIn(Socket socket) {
  ServerContext& server = *context_->server;
  boost::system::error_code error;
  socket.non_blocking(true, error);
  if (error) return;
  // Answers are written whole, so there is nothing to wait and gather for.
  socket.set_option(boost::asio::ip::tcp::no_delay(true), error);
  context_->connections.Add();
  const size_t before = server.connections_open.fetch_add(1, std::memory_order_relaxed);
  if (before >= server.options.connections_max + kSurplusMax) {
    server.connections_open.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  Connection::Start(context_, std::move(socket), before >= server.options.connections_max);
}

// Most likely the process has no file descriptor left.
void Acceptor::Pause(const boost::system::error_code& error) {
  paused_ = true;
  context_->accept_failures.Add();
  const auto now = context_->loop.now();
  if (told_ && now - *told_ < kBetweenAlarms) return;
  told_ = now;
  const auto& alarm = context_->server->options.alarm;
  if (alarm) {
    alarm("cannot take new connections: " + error.message() +
          "; they wait until open ones end, see `ulimit -n` and connections-max");
  }
}

void Acceptor::OnTick(Loop::Clock::time_point) {
  if (std::exchange(paused_, false)) Accept();
}

void Acceptor::OnStopping() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  context_->loop.Remove(place_);
}

}  // namespace oncelog::net
