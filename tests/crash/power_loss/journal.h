// Journal: what a process did to the files under one directory, written down in the order in which
// it was done, so that another program (../disk_model.py) can say what a disk may hold when the
// power goes.
//
//   {
//     Journal::Turn turn(journal);                   // one change at a time
//     const ssize_t put = real_pwrite(fd, bytes, size, offset);
//     if (put > 0) turn.Write(inode, offset, bytes, put);
//   }
//
// The kill lies within: a Turn holds the lock from the change until it is written down, and the
// process is killed by whoever holds the lock. So the journal and the files never differ, and no
// kill falls between them. The journal is only in the page cache: a SIGKILL does not touch that.
//
// A record: Header, then `text_bytes` of paths (two of a rename, with a 0 between), then
// `data_bytes`. Native byte order: it never leaves the machine.
// Settings come from the environment, once: POWER_LOSS_ROOT (the directory), POWER_LOSS_JOURNAL
// (appended to), POWER_LOSS_COMMANDS (a FIFO), POWER_LOSS_FORGET (see Turn::Forgets).
// Commands, one a line, the first of which is awaited before main() begins:
//   go        nothing
//   kill N    SIGKILL after N more records; 0: at once
//   fail N    the N-th sync of a log file with frames from now on answers EIO
// Who wrote them is gone when the FIFO ends: then the process ends as well.
// Threads: any. Errors: without its settings, or when it cannot write, it ends the process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace power_loss {

enum class Kind : uint32_t {
  kCreate = 1,     // text: path
  kMakeDirectory,  // text: path
  kWrite,          // a: offset; data
  kZeros,          // a: offset, b: how many: a write of nothing but zeros
  kResize,         // a: size
  kRename,         // text: from, to
  kLink,           // text: from, to
  kRemove,         // text: path
  kSyncBegin,      // a: number of the sync
  kSyncDone,       // a: number of the sync
  kSyncFailed,     // a: number of the sync
  kUnknown,        // text: a call that the model does not know
};

struct Header {
  Kind kind;
  uint32_t text_bytes;
  uint64_t inode;
  uint64_t a;
  uint64_t b;
  uint64_t data_bytes;
};

class Journal {
 public:
  static Journal& Get();  // the shim has no main() that could own it

  // The absolute path of `path`, seen from the directory `at`, if it lies under the root, else "".
  [[nodiscard]] std::string PathUnderRoot(int at, const char* path) const;
  class Turn {
   public:
    explicit Turn(Journal& journal) : journal_(journal), lock_(journal.mutex_) {}

    void Note(Kind kind, uint64_t inode, uint64_t a = 0, std::string_view text = {});
    void Write(uint64_t inode, uint64_t offset, const void* bytes, ssize_t size);
    uint64_t BeginSync(uint64_t inode);
    // Whether this sync of a log file is the one that is to fail. Those of files that hold nothing
    // but zeros do not count: no frame waits for them.
    bool TakeFailure(uint64_t inode);
    // The test of the test: whether this sync is to answer "done" and do nothing. "frame" forgets
    // those of log files that hold more than zeros, "file" those of other files, "directory" those
    // of directories.
    [[nodiscard]] bool Forgets(std::string_view path, uint64_t inode, bool is_directory) const;

   private:
    void Append(const Header& header, std::string_view text, std::string_view data);

    Journal& journal_;
    const std::lock_guard<std::mutex> lock_;
  };

 private:
  Journal();
  void ReadCommands();
  bool ReadCommand();
  [[noreturn]] static void Die();

  std::mutex mutex_;
  std::string root_, forget_;
  int fd_ = -1;
  int commands_ = -1;
  uint64_t syncs_ = 0;
  std::set<uint64_t> with_data_;     // inodes that were given more than zeros
  int64_t records_left_ = -1;        // until the kill; -1: none is asked for
  int64_t syncs_until_failure_ = 0;  // 0: none is asked for
};

}  // namespace power_loss
