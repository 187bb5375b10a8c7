#include "store/fs/posix_error.h"

#include <cerrno>
#include <string>
#include <system_error>

namespace oncelog::store {

Error PosixError(int error_number, std::string_view doing, std::string_view path) {
  std::string message(doing);
  message.append(" ").append(path).append(": ");
  message += std::generic_category().message(error_number);  // strerror, but safe for threads
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return {Code::kDiskFull, std::move(message)};
    case ENOENT: return {Code::kNotFound, std::move(message)};
    default: return {Code::kIo, std::move(message)};
  }
}

}  // namespace oncelog::store
