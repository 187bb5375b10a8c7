// kSanitized: whether this is a build with AddressSanitizer or ThreadSanitizer, under which
// everything takes about ten times as long: randomised tests then look at a part of the cases,
// which one is the seed's choice.
//
//   const int lives = kSanitized ? 4 : 12;
#pragma once

namespace oncelog::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
inline constexpr bool kSanitized =
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace oncelog::test
