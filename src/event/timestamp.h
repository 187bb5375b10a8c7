// RFC 3339 timestamps as oncelog takes them: `T` or a space between date and time, `Z` or ±hh:mm,
// nothing at the end means UTC, a fraction up to nanoseconds, a real calendar date.
//
//   std::optional<Instant> at = ParseTimestamp("2025-10-22 10:00:00+02:00");
//
// Threads: pure function. Errors: nullopt for anything else; `why` says what people get wrong most.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"

namespace oncelog::event {

// `why`: set to a literal, which stays empty where only the form is not the wanted one.
std::optional<Instant> ParseTimestamp(std::string_view text, std::string_view* why = nullptr);

}  // namespace oncelog::event
