// Strict percent-decoding, and the check that what came out is UTF-8.
//
//   std::optional<std::string> text = PercentDecode("caf%C3%A9", PlusIs::kPlus);
//
// Threads: pure functions. Errors: nullopt for a % without two hex digits, and for bytes that are
// not UTF-8.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace oncelog::api {

enum class PlusIs { kPlus, kSpace };  // paths, queries

std::optional<std::string> PercentDecode(std::string_view text, PlusIs plus);

}  // namespace oncelog::api
