// Scratch: a new folder under $TMPDIR or /tmp, gone with its owner; and what to do about errors in
// a benchmark: end it.
//
//   Scratch scratch;
//   auto engine = Must(Engine::Open(fs, scratch.path(), {}));
//
// Threads: a value of one thread.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/result.h"

namespace oncelog::micro {

inline void Must(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "micro: %s\n", status.error().message().c_str());
  std::exit(1);
}
template <typename T>
T Must(Result<T> result) {
  if (!result.ok()) Must(Status(result.error()));
  return result.Take();
}

class Scratch {
 public:
  Scratch() {
    static std::atomic<int> made = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("oncelog-micro-" + std::to_string(::getpid()) + "-" + std::to_string(++made));
    std::filesystem::create_directories(path_);
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace oncelog::micro
