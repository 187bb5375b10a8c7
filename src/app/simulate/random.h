// Numbers that a seed decides, the same on every machine and standard library.
//
//   Random random(Mix(seed, publisher));
//   if (random.Unit() < 0.01) Drop(random.Below(10));
//
// Threads: one at a time. Source: SplitMix64, Steele, Lea and Flood, OOPSLA 2014.
#pragma once

#include <cstdint>
#include <random>

namespace oncelog::app::simulate {

constexpr uint64_t Mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}
constexpr uint64_t Mix(uint64_t a, uint64_t b) { return Mix(Mix(a + 0x9e3779b97f4a7c15) ^ b); }

// For a run that was not given one. Short, because people type it again.
inline uint64_t RandomSeed() { return std::random_device{}() % 1'000'000'000; }

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() { return Mix(state_ += 0x9e3779b97f4a7c15); }
  // 0 ≤ x < bound; the bias of a modulo does not matter for such small bounds.
  uint64_t Below(uint64_t bound) { return Next() % bound; }
  // 0 ≤ x < 1
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1p-53; }

 private:
  uint64_t state_;
};

}  // namespace oncelog::app::simulate
