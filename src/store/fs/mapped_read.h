// MappedRead: looking at a mapped file while its disk may fail. A page that cannot be read (an I/O
// error, or somebody has cut the file) raises SIGBUS, which would end the process. Within a
// MappedRead it turns the whole mapping into zeros instead, for good, and lost() says so.
//
//   const MappedRead read(*mapping);
//   const bool found = Search(mapping->bytes(), key);
//   if (read.lost()) return MappedRead::Failed(file.path());   // whatever was seen means nothing
//
// docs/adr/0006-read-errors-under-mappings.md says why.
// Threads: any number may look at one mapping; each MappedRead stays on the thread and in the scope
// where it was made. They nest. Ownership: none; the mapping must outlive it.
// Cost: two writes to memory of the thread.
#pragma once

#include <csignal>
#include <string>

#include "store/fs/file_system.h"

namespace oncelog::store {

class MappedRead {
 public:
  explicit MappedRead(const Mapping& mapping);
  ~MappedRead();
  MappedRead(const MappedRead&) = delete;
  MappedRead& operator=(const MappedRead&) = delete;

  // To be asked behind all that was looked at, and before any of it is believed.
  [[nodiscard]] bool lost() const;

  // How often the calling thread has waited for the disk at some mapping, as what it looked at was
  // not in the page cache. Only differences mean something.
  static uint64_t Waits();

  // kIo, for callers that have no other way to read the file.
  static Error Failed(const std::string& path);
  // From now on SIGBUS is taken as said above; anywhere else it does what it did before. Whoever
  // maps files calls this first.
  static void TakeBusErrors();

 private:
  static void OnBusError(int signal, siginfo_t* info, void* context);
  // Called in a signal handler. False if the address is none of the mapping's.
  [[nodiscard]] bool Lose(const void* address) const;

  const Mapping& mapping_;
  const MappedRead* const outer_;
};

}  // namespace oncelog::store
