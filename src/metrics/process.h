// ProcessFigures: what the operating system says of this process.
//
//   ProcessFigures figures = ReadProcessFigures();
//
// Threads: any. Cost: some ten microseconds, and more with thousands of open files.
// Errors: what cannot be read (/proc is not there) is 0. Units: in the names.
#pragma once

#include <cstdint>

namespace oncelog::metrics {

struct ProcessFigures {
  double cpu_seconds = 0;  // user and system, all threads
  uint64_t resident_bytes = 0;
  uint64_t virtual_bytes = 0;
  uint64_t open_files = 0;
  uint64_t open_files_max = 0;
  double start_unix_seconds = 0;
};

ProcessFigures ReadProcessFigures();

}  // namespace oncelog::metrics
