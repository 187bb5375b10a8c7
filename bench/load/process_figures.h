// What Linux knows about a process: CPU seconds of all its threads and its memory.
//
//   ProcessFigures before = ReadProcess(pid);   // all zero if there is no such process
//
// Threads: any. Units: seconds (in steps of 10 ms), bytes.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

namespace oncelog::load {

struct ProcessFigures {
  double cpu_seconds = 0;        // user and system, ended threads included
  double system_seconds = 0;     // the system's part of it
  uint64_t resident_bytes = 0;   // VmRSS
  uint64_t anonymous_bytes = 0;  // RssAnon: without mapped files and page cache
};

inline ProcessFigures ReadProcess(int pid) {
  ProcessFigures figures;
  const std::string folder = "/proc/" + std::to_string(pid);
  std::ifstream stat(folder + "/stat");
  std::string text;
  std::getline(stat, text);
  const size_t name_end = text.rfind(')');  // the name may hold anything
  if (name_end == std::string::npos) return figures;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  figures.cpu_seconds = (user + system) / ticks;
  figures.system_seconds = system / ticks;

  std::ifstream status(folder + "/status");
  for (std::string name; status >> name;) {
    uint64_t kibibytes = 0;
    if (name == "VmRSS:" && status >> kibibytes) figures.resident_bytes = kibibytes << 10;
    if (name == "RssAnon:" && status >> kibibytes) figures.anonymous_bytes = kibibytes << 10;
    status.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return figures;
}

inline double OwnCpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace oncelog::load
