// What a torture does.
//
// Threads: plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace oncelog::app::torture {

struct Options {
  std::string directory;                   // everything happens in here; made, and empty at first
  std::string program = "/proc/self/exe";  // what is tortured
  uint64_t seed = 0;
  std::chrono::seconds time{600};  // the first round is done whole, whatever it takes
  uint64_t events = 100'000;       // submissions in a round
};

}  // namespace oncelog::app::torture
