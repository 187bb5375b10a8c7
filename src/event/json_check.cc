#include "event/json_check.h"

#include "event/json_checker.h"

namespace oncelog::event {

bool JsonFault::malformed() const { return reason == "malformed_json"; }

std::optional<JsonFault> FindFault(std::string_view text, size_t depth_max, JsonDocument* scratch) {
  return JsonChecker(text, depth_max, scratch).Run();
}

}  // namespace oncelog::event
