// TempDirectory: an empty directory of a test's own; removed, with all in it, when dropped.
//
//   TempDirectory directory;
//   store.Open(directory.path() + "/data");
//
// Threads: none shared; tests may run in parallel processes.
#pragma once

#include <string>

namespace oncelog::test {

class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace oncelog::test
