#include "metrics/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace oncelog::metrics {
namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

uint64_t CountOpenFiles() {
  std::error_code error;
  std::filesystem::directory_iterator entry("/proc/self/fd", error);
  if (error) return 0;
  uint64_t count = 0;
  for (; entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (error) return 0;
    ++count;
  }
  return count == 0 ? 0 : count - 1;  // the directory itself is open too
}

void ReadMemory(ProcessFigures* figures) {
  std::ifstream statm("/proc/self/statm");
  uint64_t total_pages = 0;
  uint64_t resident_pages = 0;
  if (!(statm >> total_pages >> resident_pages)) return;
  const auto page_bytes = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  figures->virtual_bytes = total_pages * page_bytes;
  figures->resident_bytes = resident_pages * page_bytes;
}

// When the machine started, in seconds since 1970.
double BootTime() {
  std::ifstream stat("/proc/stat");
  for (std::string word; stat >> word;) {
    double seconds = 0;
    if (word == "btime" && stat >> seconds) return seconds;
  }
  return 0;
}

double StartTime() {
  std::ifstream file("/proc/self/stat");
  std::string text;
  std::getline(file, text);
  // The second field, the program's name, stands in brackets and may hold anything; the ticks from
  // boot to start are the 20th field behind it.
  constexpr int kFieldsBehindName = 20;
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  size_t at = name_end;
  for (int field = 0; field < kFieldsBehindName && at != std::string::npos; ++field) {
    at = text.find(' ', at + 1);
  }
  const double boot = BootTime();
  if (at == std::string::npos || boot == 0) return 0;
  const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return boot + std::stod(text.substr(at)) / ticks_per_second;
}

}  // namespace

ProcessFigures ReadProcessFigures() {
  ProcessFigures figures;
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    figures.cpu_seconds = Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
  }
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) figures.open_files_max = files.rlim_cur;
  figures.open_files = CountOpenFiles();
  figures.start_unix_seconds = StartTime();
  ReadMemory(&figures);
  return figures;
}

}  // namespace oncelog::metrics
