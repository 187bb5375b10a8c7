// kSanitized: whether this is a build with AddressSanitizer or ThreadSanitizer, under which
// everything takes about ten times as long: randomised tests then look at a part of the cases,
// which one is the seed's choice.
//
//   const int lives = kSanitized ? 4 : 12;
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ONCELOG_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ONCELOG_TEST_SANITIZED 1
#endif
#endif
#ifndef ONCELOG_TEST_SANITIZED
#define ONCELOG_TEST_SANITIZED 0
#endif

namespace oncelog::test {

inline constexpr bool kSanitized = ONCELOG_TEST_SANITIZED != 0;

}  // namespace oncelog::test
