#include "net/descriptor.h"

#include <unistd.h>

#include <cerrno>

namespace oncelog::net {

Descriptor::~Descriptor() {
  if (fd_ < 0) return;
  const int error = errno;
  close(fd_);
  errno = error;
}

}  // namespace oncelog::net
