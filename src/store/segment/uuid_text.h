// UUIDs in an event's JSON: most publishers use one as event_id. Its 36 characters are the larger
// part of what zstd cannot shrink, so blocks keep it as 16 bytes apart from the text.
//
//   std::optional<size_t> at = FindUuid(json, /*hint=*/place_in_the_event_before);
//   PackUuid(json.substr(*at), bytes);          // 16 bytes
//   UnpackUuid(bytes, text);                    // the same 36 characters again
//
// Only the spelling that comes back the same is taken: lower case, dashes after 8, 12, 16 and 20
// digits. It does not matter which member it stands in: what was cut is put back where it was.
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace oncelog::store {

inline constexpr size_t kUuidTextBytes = 36;
inline constexpr size_t kUuidBytes = 16;

bool IsUuid(std::string_view text);  // its first 36 characters

// At `hint`, or as the value of a member event_id near the beginning; else nothing.
std::optional<size_t> FindUuid(std::string_view json, size_t hint);

void PackUuid(std::string_view text, char* to);
void UnpackUuid(const char* from, char* text);

}  // namespace oncelog::store
