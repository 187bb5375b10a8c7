// Put in front of libc (LD_PRELOAD): no allocation of 12 MiB or more succeeds, as in a process that
// is given too little memory, but each time and in one place. Has nothing of oncelog in it.
#include <cerrno>
#include <cstddef>

extern "C" void* __libc_malloc(size_t bytes);  // NOLINT(bugprone-reserved-identifier)

extern "C" void* malloc(size_t bytes) {
  if (bytes < size_t{12} << 20) return __libc_malloc(bytes);
  errno = ENOMEM;
  return nullptr;
}
