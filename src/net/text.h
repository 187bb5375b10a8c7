// Small questions about HTTP text, all in ASCII and without regard to the locale.
//
//   if (EqualsIgnoringCase(value, "chunked")) ...
//
// Threads: any. Nothing is owned.
#pragma once

#include <string_view>
#include <vector>

#include "net/http.h"

namespace oncelog::net {

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }
constexpr char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
constexpr bool IsLetter(char c) { return Lower(c) >= 'a' && Lower(c) <= 'z'; }
constexpr bool IsHexDigit(char c) { return IsDigit(c) || (Lower(c) >= 'a' && Lower(c) <= 'f'); }
constexpr bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool EqualsIgnoringCase(std::string_view a, std::string_view b);

// The value of the first field of that name, or empty.
std::string_view FindField(const std::vector<Field>& fields, std::string_view name);

// What a client may choose as X-Request-Id: 1 to 128 of [A-Za-z0-9._-].
bool IsSaneRequestId(std::string_view id);

}  // namespace oncelog::net
