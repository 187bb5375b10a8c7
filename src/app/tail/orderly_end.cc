#include "app/tail/orderly_end.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "base/check.h"

namespace oncelog::app {
namespace {

int OpenSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return signalfd(-1, &set, SFD_CLOEXEC);
}

// Only those tell that their reader has gone; below 0 is left out by poll.
int ReaderToWatch() {
  struct stat about {};
  if (fstat(STDOUT_FILENO, &about) != 0) return -1;
  return S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode) ? STDOUT_FILENO : -1;
}

}  // namespace

OrderlyEnd::OrderlyEnd() : signals_(OpenSignals()), ended_(eventfd(0, EFD_CLOEXEC)) {
  Check(signals_.get() >= 0 && ended_.get() >= 0, "a starting process has file descriptors left");
  thread_ = std::thread([this] { Watch(); });
}

OrderlyEnd::~OrderlyEnd() {
  eventfd_write(ended_.get(), 1);
  thread_.join();
}

void OrderlyEnd::Now() { _exit(0); }

void OrderlyEnd::Watch() {
  std::array<pollfd, 3> wanted = {
      {{signals_.get(), POLLIN, 0}, {ReaderToWatch(), 0, 0}, {ended_.get(), POLLIN, 0}}};
  while (poll(wanted.data(), wanted.size(), -1) < 0) continue;
  if (wanted[2].revents != 0) return;
  const bool whole = held_.try_lock_for(kPatience);
  (void)whole;  // the process ends either way
  Now();
}

}  // namespace oncelog::app
