// Report: how a torture went, for people and as JSON.
//
//   PrintReport(report, console);
//   console.out << JsonReport(report);
//
// Threads: pure but for the stream.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "app/output/console.h"
#include "app/torture/options.h"

namespace oncelog::app::torture {

struct Report {
  static constexpr size_t kFailuresMax = 20;  // in words

  const Options& options;
  uint64_t rounds = 0;
  uint64_t kills = 0;           // under load
  uint64_t recovery_kills = 0;  // while it started
  uint64_t failed_writes = 0;   // times in which every write to a file failed
  uint64_t no_descriptors = 0;  // times in which no file or connection could be opened
  uint64_t failed_calls = 0;    // stores in which one single call of the file system failed
  uint64_t submissions = 0;     // answered, and each answer judged
  uint64_t events = 0;          // read back, and each held against what was sent
  uint64_t erased = 0;          // events, and each looked for after kills
  uint64_t runs = 0;            // of the index, in the stores at the ends of rounds
  uint64_t segments = 0;        // likewise
  uint64_t damaged = 0;         // copies of a store with one file damaged, of which …
  uint64_t refused = 0;         // … the start was refused, with the file named
  uint64_t named = 0;           // … a request was refused, with the file named
  uint64_t harmless = 0;        // … all events and all ids were still there
  uint64_t broken = 0;          // promises
  std::vector<std::string> failures;
  std::chrono::milliseconds elapsed{};

  [[nodiscard]] bool passed() const { return broken == 0; }
  void Fail(std::string what);
};

void PrintReport(const Report& report, Console& console);
std::string JsonReport(const Report& report);

}  // namespace oncelog::app::torture
