#include "app/bench/process_figures.h"

#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>

namespace oncelog::app::bench {

namespace {

struct Stat {
  int parent = 0;
  double user_ticks = 0;
  double system_ticks = 0;
};

// With those of ended children, which are counted once they have been waited for.
std::optional<Stat> ReadStat(const std::string& folder) {
  std::ifstream file(folder + "/stat");
  std::string text;
  std::getline(file, text);
  const size_t name_end = text.rfind(')');  // the name may hold anything
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  Stat stat;
  std::string skipped;
  fields >> skipped >> stat.parent;
  for (int field = 5; field < 14; ++field) fields >> skipped;
  double user = 0, system = 0, children_user = 0, children_system = 0;
  fields >> user >> system >> children_user >> children_system;
  stat.user_ticks = user + children_user;
  stat.system_ticks = system + children_system;
  return stat;
}

// The number behind `name` in a file such as /proc/1/status, in bytes; 0 if there is none.
uint64_t ReadKibibytes(const std::string& path, std::string_view name) {
  std::ifstream file(path);
  for (std::string word; file >> word;) {
    uint64_t kibibytes = 0;
    if (word == name && file >> kibibytes) return kibibytes << 10;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return 0;
}

uint64_t FirstOf(uint64_t wanted, uint64_t otherwise) { return wanted > 0 ? wanted : otherwise; }

std::string Folder(int pid) { return "/proc/" + std::to_string(pid); }

// `root` and its descendants. One that begins or ends meanwhile may be missed.
std::map<int, Stat> ReadTree(int root) {
  std::map<int, Stat> all;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename();
    int pid = 0;
    std::from_chars(name.data(), name.data() + name.size(), pid);
    if (pid <= 0) continue;
    if (const std::optional<Stat> stat = ReadStat(Folder(pid))) all[pid] = *stat;
  }
  std::map<int, Stat> tree;
  for (const auto& [pid, stat] : all) {
    int at = pid;
    while (at != root && all.contains(at)) at = all[at].parent;
    if (at == root && all.contains(root)) tree[pid] = stat;
  }
  return tree;
}

}  // namespace

std::optional<ProcessFigures> ReadProcess(int pid) {
  const std::map<int, Stat> tree = ReadTree(pid);
  if (tree.empty()) return std::nullopt;
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  ProcessFigures figures;
  for (const auto& [member, stat] : tree) {
    figures.cpu_seconds += (stat.user_ticks + stat.system_ticks) / ticks;
    figures.system_seconds += stat.system_ticks / ticks;
    const std::string rollup = Folder(member) + "/smaps_rollup";
    const std::string status = Folder(member) + "/status";
    figures.resident_bytes +=
        FirstOf(ReadKibibytes(rollup, "Pss:"), ReadKibibytes(status, "VmRSS:"));
    figures.anonymous_bytes +=
        FirstOf(ReadKibibytes(rollup, "Pss_Anon:"), ReadKibibytes(status, "RssAnon:"));
  }
  return figures;
}

double OwnCpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace oncelog::app::bench
