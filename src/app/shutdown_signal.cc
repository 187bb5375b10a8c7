#include "app/shutdown_signal.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "base/check.h"
#include "base/thread_name.h"

namespace oncelog::app {
namespace {

constexpr std::chrono::seconds kSameSignal{1};

sigset_t Ours() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

ShutdownSignal::ShutdownSignal() {
  const sigset_t set = Ours();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = signalfd(-1, &set, SFD_CLOEXEC);
  ended_ = eventfd(0, EFD_CLOEXEC);
  Check(signals_ >= 0 && ended_ >= 0, "a starting process has file descriptors left");
  thread_ = std::thread([this] { Run(); });
}

ShutdownSignal::~ShutdownSignal() {
  eventfd_write(ended_, 1);
  thread_.join();
  close(signals_);
  close(ended_);
}

int ShutdownSignal::Wait() {
  std::unique_lock lock(mutex_);
  waiting_ = true;
  came_.wait(lock, [this] { return signal_ != 0; });
  return signal_;
}

void ShutdownSignal::Run() {
  NameThread("signals");
  std::array<pollfd, 2> wanted = {{{signals_, POLLIN, 0}, {ended_, POLLIN, 0}}};
  for (;;) {
    if (poll(wanted.data(), wanted.size(), -1) < 0) continue;
    if (wanted[1].revents != 0) return;
    signalfd_siginfo info;
    if (read(signals_, &info, sizeof info) == sizeof info) Take(static_cast<int>(info.ssi_signo));
  }
}

void ShutdownSignal::Take(int signal) {
  const std::lock_guard lock(mutex_);
  // Nothing was promised yet, so there is nothing to drain; what is on disk survives any end.
  if (!waiting_) _exit(0);
  const auto now = std::chrono::steady_clock::now();
  if (signal_ != 0) {
    if (now - came_at_ >= kSameSignal) _exit(1);
    return;
  }
  came_at_ = now;
  signal_ = signal;
  came_.notify_all();
}

}  // namespace oncelog::app
