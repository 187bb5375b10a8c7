#include "store/fs/mapped_read.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include <atomic>
#include <cerrno>
#include <functional>

#include "base/check.h"

namespace oncelog::store {
namespace {

// A signal handler is given nothing but the address: these two are how it finds the rest.
constinit thread_local std::atomic<const MappedRead*> innermost{nullptr};
struct sigaction before;  // what SIGBUS did; written once, before the handler can run

}  // namespace

MappedRead::MappedRead(const Mapping& mapping)
    : mapping_(mapping), outer_(innermost.load(std::memory_order_relaxed)) {
  innermost.store(this, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);  // no look at the mapping moves above this
}

MappedRead::~MappedRead() {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  innermost.store(outer_, std::memory_order_relaxed);
}

bool MappedRead::lost() const {
  // Another thread may have turned the mapping into zeros. It says so first, so that whoever has
  // seen zeros sees this too, if only it looks later: the fence keeps the order of the two looks.
  std::atomic_thread_fence(std::memory_order_acquire);
  return mapping_.lost();
}

uint64_t MappedRead::Waits() {
  rusage used{};
  Check(::getrusage(RUSAGE_THREAD, &used) == 0, "a thread can ask what it has used");
  return static_cast<uint64_t>(used.ru_majflt);
}

Error MappedRead::Failed(const std::string& path) {
  return {Code::kIo, "reading " + path + ": the disk failed, or the file was cut"};
}

void MappedRead::TakeBusErrors() {
  static const bool taken = [] {
    struct sigaction ours {};
    ours.sa_sigaction = OnBusError;
    ours.sa_flags = SA_SIGINFO;
    sigemptyset(&ours.sa_mask);
    return sigaction(SIGBUS, nullptr, &before) == 0 && sigaction(SIGBUS, &ours, nullptr) == 0;
  }();
  Check(taken, "SIGBUS can be handled");
}

// Only what is safe in a handler: atomics, mmap (a bare system call on Linux), sigaction.
void MappedRead::OnBusError(int /*signal*/, siginfo_t* info, void* /*context*/) {
  const int error = errno;
  const bool fault = info->si_code > 0;  // not sent by somebody: it has an address
  for (const MappedRead* read = innermost.load(std::memory_order_relaxed); fault && read != nullptr;
       read = read->outer_) {
    if (!read->Lose(info->si_addr)) continue;
    errno = error;
    return;  // the look is repeated and sees zeros
  }
  // None of ours, such as broken memory. Repeated, it does what it would have done without us.
  sigaction(SIGBUS, &before, nullptr);
  if (!fault) std::raise(SIGBUS);
}

bool MappedRead::Lose(const void* address) const {
  const std::string_view bytes = mapping_.bytes();
  const auto* const at = static_cast<const char*>(address);
  const std::less<> before_in_memory;
  if (before_in_memory(at, bytes.data()) || !before_in_memory(at, bytes.data() + bytes.size())) {
    return false;
  }
  mapping_.lost_.store(true, std::memory_order_seq_cst);
  void* const start = const_cast<char*>(bytes.data());
  return ::mmap(start, bytes.size(), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
         start;
}

}  // namespace oncelog::store
