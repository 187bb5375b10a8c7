#include "base/result.h"

namespace oncelog {

std::string_view CodeName(Code code) {
  switch (code) {
    case Code::kInvalid: return "invalid";
    case Code::kNotFound: return "not_found";
    case Code::kGone: return "gone";
    case Code::kTooLarge: return "too_large";
    case Code::kBusy: return "busy";
    case Code::kDiskFull: return "disk_full";
    case Code::kTooManyTopics: return "too_many_topics";
    case Code::kTooManyErased: return "too_many_erased";
    case Code::kReadOnly: return "read_only";
    case Code::kDamaged: return "damaged";
    case Code::kLocked: return "locked";
    case Code::kTooNew: return "too_new";
    case Code::kIo: return "io";
  }
  return "unknown";
}

}  // namespace oncelog
