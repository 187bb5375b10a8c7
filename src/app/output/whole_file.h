// WholeFile: a file that is there only when it is complete: it is written under another name
// (<path>.part), synced, and renamed when all of it is there. "-" is standard output.
//
//   Result<std::unique_ptr<WholeFile>> file = WholeFile::Create("events.ndjson", console);
//   if (Status s = (*file)->Write(lines); !s.ok()) return s;
//   if (Status s = (*file)->Finish(); !s.ok()) return s;
//
// Dropped before Finish, it leaves nothing. A file of that name is replaced by Finish, not before.
// Threads: one. Ownership: borrows the console. Errors: kIo, kDiskFull; kInvalid for a directory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "app/output/console.h"
#include "base/result.h"
#include "store/fs/file_system.h"

namespace oncelog::app {

class WholeFile {
 public:
  static Result<std::unique_ptr<WholeFile>> Create(const std::string& path, Console& console);
  ~WholeFile();
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;

  Status Write(std::string_view bytes);
  Status Finish();
  [[nodiscard]] uint64_t bytes() const { return bytes_; }

 private:
  WholeFile(std::string path, Console& console) : path_(std::move(path)), console_(console) {}
  [[nodiscard]] std::string partial() const { return path_ + ".part"; }

  const std::string path_;
  Console& console_;
  std::unique_ptr<store::File> file_;  // null: standard output
  uint64_t bytes_ = 0;
};

}  // namespace oncelog::app
