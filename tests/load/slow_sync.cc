// Put in front of libc (LD_PRELOAD): each fdatasync takes SLOW_SYNC_MS longer, as on a slow disk,
// so that what a server can take is bounded by its disk and ten times as much can be offered on
// the same machine. Has nothing of oncelog in it.
#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>

namespace {

unsigned ExtraUs() {
  const char* ms = std::getenv("SLOW_SYNC_MS");
  return ms == nullptr ? 0 : static_cast<unsigned>(std::strtoul(ms, nullptr, 10)) * 1000;
}

}  // namespace

extern "C" int fdatasync(int descriptor) {
  using Sync = int (*)(int);
  static const auto real = reinterpret_cast<Sync>(dlsym(RTLD_NEXT, "fdatasync"));
  static const unsigned extra_us = ExtraUs();
  usleep(extra_us);
  return real(descriptor);
}
