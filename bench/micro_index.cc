// micro_index: what the dedup index costs an event, by itself: groups are looked up, the new ones
// inserted, full tables written as runs and runs merged, on real files.
//
//   micro_index [entries=10000000] [group=1000] [duplicates_percent=20] [background=0] [dir=/tmp]
//
// All times are CPU time of the thread that does it, divided by the number of events (new ones and
// duplicates), so that other work on the machine counts little; wall times are given beside.
// background=1 flushes and merges on a second thread, as the server does.

#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/check.h"
#include "store/index/dedup_index.h"

namespace oncelog::store {
namespace {

using event::ContentHash;
using event::Fingerprint;
using event::IndexEntry;

uint64_t Mix(uint64_t x) {  // splitmix64, Sebastiano Vigna
  x += 0x9e3779b97f4a7c15;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

Fingerprint IdOf(uint64_t number) { return {Mix(number), Mix(~number) >> 24}; }

double Seconds(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Adds to `sum` what passes on `clock` while it lives.
class Stopwatch {
 public:
  Stopwatch(clockid_t clock, double& sum) : clock_(clock), sum_(sum), begin_(Seconds(clock)) {}
  ~Stopwatch() { sum_ += Seconds(clock_) - begin_; }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  clockid_t clock_;
  double& sum_;
  double begin_;
};

struct Times {
  double find = 0, insert = 0, flush = 0, merge = 0, flush_wall = 0, merge_wall = 0, wait = 0;
  double find_wall_max = 0, find_wall_max_cpu = 0;  // of the group that took longest
};

class Bench {
 public:
  explicit Bench(const std::string& directory) {
    index_ = Must(DedupIndex::Open(PosixFileSystem(), directory, {}, {}));
  }

  void Run(uint64_t entries, size_t group, uint64_t duplicates_percent, bool background) {
    std::thread worker;
    if (background) worker = std::thread([this] { Work(); });
    std::vector<Fingerprint> ids(group);
    std::vector<IndexEntry> found(group), fresh;
    for (uint64_t next = 0; next < entries;) {
      const uint64_t past = next;
      uint64_t expected = 0;
      fresh.clear();
      for (size_t i = 0; i < group; ++i) {
        const uint64_t dice = Mix(events_++);
        const bool old = past > 0 && dice % 100 < duplicates_percent;
        expected += old ? 1 : 0;
        ids[i] = IdOf(old ? dice / 100 % past : next++);
      }
      double find = 0, find_wall = 0;
      {
        const Stopwatch cpu(CLOCK_THREAD_CPUTIME_ID, find);
        const Stopwatch wall(CLOCK_MONOTONIC, find_wall);
        Must(index_->Find(ids, found));
      }
      times_.find += find;
      if (find_wall > times_.find_wall_max) {
        times_.find_wall_max = find_wall;
        times_.find_wall_max_cpu = find;
      }
      for (size_t i = 0; i < group; ++i) {
        if (found[i].sequence().value != 0) {
          --expected;
        } else {
          fresh.push_back(IndexEntry::Make(ids[i], Sequence{past + 1 + i}, ContentHash{i}));
        }
      }
      Must(expected == 0, "finding just what is there");
      {
        const Stopwatch cpu(CLOCK_THREAD_CPUTIME_ID, times_.insert);
        index_->Insert(fresh);
      }
      if (index_->active_entries() >= IndexOptions{}.table_entries_max) FreezeOne(background);
    }
    stop_ = true;
    if (background) worker.join();
  }

  void Report() const {
    const auto per_event = [this](double seconds) {
      return seconds * 1e9 / static_cast<double>(events_);
    };
    const IndexFigures figures = index_->figures();
    std::printf("events %llu  entries %llu  runs %llu  run bytes %llu  filters and fences %llu\n",
                static_cast<unsigned long long>(events_),
                static_cast<unsigned long long>(figures.entries),
                static_cast<unsigned long long>(figures.runs),
                static_cast<unsigned long long>(figures.run_bytes),
                static_cast<unsigned long long>(figures.filter_bytes));
    std::printf(
        "ns an event: find %.1f  insert %.1f  flush CPU %.1f (wall %.1f)  "
        "merge CPU %.1f (wall %.1f)  writer waiting %.1f\n",
        per_event(times_.find), per_event(times_.insert), per_event(times_.flush),
        per_event(times_.flush_wall), per_event(times_.merge), per_event(times_.merge_wall),
        per_event(times_.wait));
    std::printf(
        "find+insert %.1f  flush+merge CPU %.1f  longest find of a group %.0f us, %.0f of CPU\n",
        per_event(times_.find + times_.insert), per_event(times_.flush + times_.merge),
        times_.find_wall_max * 1e6, times_.find_wall_max_cpu * 1e6);
  }

 private:
  static void Must(bool ok, const char* what) { Check(ok, what); }
  static void Must(const Status& status) {
    if (status.ok()) return;
    std::fprintf(stderr, "micro_index: %s\n", status.error().message().c_str());
    std::exit(1);
  }
  template <typename T>
  static T Must(Result<T> result) {
    if (!result.ok()) Must(Status(result.error()));
    return result.Take();
  }

  void FreezeOne(bool background) {
    const Stopwatch watch(CLOCK_MONOTONIC, times_.wait);
    while (index_->has_frozen()) std::this_thread::yield();
    index_->Freeze();
    if (!background) Maintain();
  }

  void Work() {
    while (!stop_) {
      Maintain();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  void Maintain() {
    if (index_->has_frozen()) {
      const Stopwatch cpu(CLOCK_THREAD_CPUTIME_ID, times_.flush);
      const Stopwatch wall(CLOCK_MONOTONIC, times_.flush_wall);
      Must(index_->InstallFrozen(Must(index_->WriteFrozen(++run_id_))));
    }
    while (std::optional<MergePlan> plan = index_->PickMerge()) {
      const Stopwatch cpu(CLOCK_THREAD_CPUTIME_ID, times_.merge);
      const Stopwatch wall(CLOCK_MONOTONIC, times_.merge_wall);
      const auto pace = [](size_t) { return true; };
      Must(index_->InstallMerge(*plan, Must(index_->WriteMerge(*plan, ++run_id_, pace))));
    }
  }

  std::unique_ptr<DedupIndex> index_;
  Times times_;
  uint64_t events_ = 0;
  uint64_t run_id_ = 0;
  std::atomic<bool> stop_ = false;
};

}  // namespace
}  // namespace oncelog::store

int main(int argc, char** argv) {
  std::map<std::string, std::string> options = {{"entries", "10000000"},
                                                {"group", "1000"},
                                                {"duplicates_percent", "20"},
                                                {"background", "0"},
                                                {"dir", "/tmp"}};
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    const size_t equals = option.find('=');
    if (equals == std::string::npos || !options.contains(option.substr(0, equals))) {
      std::fprintf(stderr, "micro_index: unknown option %s\n", argv[i]);
      return 2;
    }
    options[option.substr(0, equals)] = option.substr(equals + 1);
  }
  const auto number = [&](const char* name) {
    return std::strtoull(options.at(name).c_str(), nullptr, 10);
  };
  const std::string directory =
      options.at("dir") + "/oncelog-micro-index-" + std::to_string(::getpid());
  std::filesystem::create_directories(directory);
  {
    oncelog::store::Bench bench(directory);
    bench.Run(number("entries"), number("group"), number("duplicates_percent"),
              number("background") != 0);
    bench.Report();
  }
  std::filesystem::remove_all(directory);
  return 0;
}
