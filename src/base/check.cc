#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace oncelog {

void CheckFailed(const char* what, const Place& where) {
  std::fprintf(stderr, "oncelog: internal error: %s (%s:%u in %s)\n", what, where.file, where.line,
               where.function);
  std::abort();
}

}  // namespace oncelog
