// What went wrong in a call of the operating system, as an Error: one place that maps errno.
//
//   if (fd < 0) return PosixError(errno, "opening", path);
//
// Threads: any.
#pragma once

#include <string_view>

#include "base/result.h"

namespace oncelog::store {

// kDiskFull for ENOSPC, EDQUOT and EFBIG, kNotFound for ENOENT, else kIo. The message reads
// "opening /data/STORE: Permission denied".
Error PosixError(int error_number, std::string_view doing, std::string_view path);

}  // namespace oncelog::store
