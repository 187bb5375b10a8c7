// UTF-8: single sequences, and short safe excerpts of what a publisher sent for messages.
//
//   size_t bytes = Utf8SequenceBytes(text, at);            // 0: no valid sequence starts there
//   std::string found = Excerpt("yester\nday");            // "yester?day", quotes included
//
// Threads: pure functions. Units: bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace oncelog::event {

// The length of the valid UTF-8 sequence (RFC 3629: shortest form, no surrogates, at most U+10FFFF)
// that starts at text[at], or 0.
size_t Utf8SequenceBytes(std::string_view text, size_t at);

// Does valid UTF-8 hold a control character: U+0000 to U+001F, U+007F to U+009F?
bool HasControlCharacter(std::string_view text);

inline constexpr size_t kExcerptBytesMax = 64;

// `text` between double quotes, cut to kExcerptBytesMax with an ellipsis; control characters and
// invalid bytes become question marks.
std::string Excerpt(std::string_view text);
// The same without the quotes.
std::string PlainExcerpt(std::string_view text, size_t bytes_max = kExcerptBytesMax);

}  // namespace oncelog::event
