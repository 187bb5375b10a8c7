// FaultFileSystem: another FileSystem, with the n-th call of a kind failing, and all calls counted.
//
//   FaultFileSystem fs(PosixFileSystem());
//   fs.Plan({.call = FsCall::kDataSync, .nth = 3, .code = Code::kIo});
//   fs.Plan({.call = FsCall::kWrite, .code = Code::kDiskFull, .path_part = ".log"});
//   fs.Plan({.call = FsCall::kChange, .nth = n, .for_ever = true});   // the process "dies" there
//   fs.Plan({.call = FsCall::kOpen, .waits = true});                  // it comes back after Heal()
//   EXPECT_EQ(fs.calls(FsCall::kDataSync), 7);
//   for (const FaultKind& kind : FaultKinds()) …each kind of call in turn…
//
// A failing call does nothing below, but for kShortWrite: the first half of the bytes is written.
// For that nothing goes past the page cache here (OpenUncached is Open): writes end inside blocks.
// Threads: any. Ownership: the file system below must live longer. Errors: what is planned, and
// those of the file system below.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/fs/file_system.h"

namespace oncelog::store {

enum class FsCall {
  kOpen,        // all modes
  kRead,        // ReadAt
  kWrite,       // WriteAt
  kShortWrite,  // WriteAt as well, but half of the bytes get there
  kDataSync,
  kDirectorySync,
  kRename,
  kLink,
  kTruncate,
  kRemove,
  kMap,
  kFreeBytes,
  kCreateDirectories,
  kExists,
  kList,
  kSize,
  kLock,
  kChange,  // any of: open with kCreateNew, write, both syncs, rename, link, truncate,
            // remove, create directories
};
inline constexpr size_t kFsCalls = static_cast<size_t>(FsCall::kChange) + 1;

// A kind of call that may fail by itself, for those who let each of them fail.
struct FaultKind {
  const char* name;  // letters only
  FsCall call;
  bool takes_space;  // so a full disk is one way to fail, too
};
const std::vector<FaultKind>& FaultKinds();  // all of them

struct Fault {
  FsCall call = FsCall::kWrite;
  uint64_t nth = 1;  // counted from when it was planned, among calls that match
  Code code = Code::kIo;
  bool for_ever = false;  // this call and every matching one after it
  std::string path_part;  // only paths that contain it (for a rename or link: either path)
  bool waits = false;     // it does not fail: it is made once Heal() was called
};

class FaultFileSystem final : public FileSystem {
 public:
  explicit FaultFileSystem(FileSystem& below) : below_(below) {}

  void Plan(Fault fault);         // in addition to those planned before
  void PlanInstead(Fault fault);  // of those planned before, in one step
  void Heal();                    // no faults any more; the counts go on
  // From now on some calls let other threads go first, for as long as the seed says: threads meet
  // in orders that an undisturbed run does not bring about.
  void Shake(uint64_t seed);
  [[nodiscard]] uint64_t calls(FsCall call) const;
  [[nodiscard]] uint64_t faults() const;   // calls made to fail so far
  [[nodiscard]] uint64_t waiting() const;  // calls that wait now

  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Link(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status SyncDirectory(const std::string& path) override;
  Status CreateDirectories(const std::string& path) override;
  Result<bool> Exists(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& directory) override;
  Result<uint64_t> FreeBytes(const std::string& directory) override;
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override;

  // What a call has to go through: ok, or the planned error. For the files opened here.
  enum class Outcome { kPass, kFail, kHalf };
  struct Verdict {
    Outcome outcome = Outcome::kPass;
    Code code = Code::kIo;
  };
  // May wait, too.
  Verdict Count(FsCall call, std::string_view path, bool changes);
  static Error Failure(const Verdict& verdict, std::string_view path);

 private:
  struct Planned {
    Fault fault;
    uint64_t left;  // matching calls until it strikes
  };
  bool Strikes(Planned& planned, FsCall call, std::string_view path, bool changes);
  void LetOthersGo();

  FileSystem& below_;
  mutable std::mutex mutex_;
  std::vector<Planned> plan_;
  std::array<uint64_t, kFsCalls> calls_{};
  uint64_t faults_ = 0;
  uint64_t waiting_ = 0;
  uint64_t heals_ = 0;
  std::condition_variable healed_;
  std::optional<std::mt19937_64> shake_;
};

}  // namespace oncelog::store
