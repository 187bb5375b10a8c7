// What Linux knows about a process and all that descend from it: CPU seconds and memory.
//
//   std::optional<ProcessFigures> before = ReadProcess(pid);   // nullopt: there is no such process
//
// Threads: any. Units: seconds (in steps of 10 ms), bytes.
#pragma once

#include <cstdint>
#include <optional>

namespace oncelog::app::bench {

struct ProcessFigures {
  double cpu_seconds = 0;        // user and system, ended threads and processes included
  double system_seconds = 0;     // the system's part of it
  uint64_t resident_bytes = 0;   // what several processes share counts once, where we may know it
  uint64_t anonymous_bytes = 0;  // likewise; without mapped files and page cache
};

std::optional<ProcessFigures> ReadProcess(int pid);

// User and system, of this process.
double OwnCpuSeconds();

}  // namespace oncelog::app::bench
