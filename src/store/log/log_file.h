// LogFile: one file of the log, shared by the writer and by readers that have pinned it.
//
// Threads: `file` may be used by any thread. all that is not const is guarded by
// DurableState's lock.
// Ownership: shared; the file is closed, and removed if that was said, when the last holder goes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "store/fs/file_system.h"
#include "store/log/memory_topic_index.h"

namespace oncelog::store {

struct LogFile {
  LogFile(uint64_t id_in, std::unique_ptr<File> file_in, uint64_t capacity)
      : id(id_in), file(std::move(file_in)), capacity_bytes(capacity) {}
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;
  ~LogFile() {
    if (remove_with == nullptr) return;
    // Best effort: MANIFEST knows that it is to go, and the next start removes what is left.
    [[maybe_unused]] Status removed = remove_with->Remove(topic_index_path);
    removed = remove_with->Remove(file->path());
  }

  const uint64_t id;
  const std::unique_ptr<File> file;
  const uint64_t capacity_bytes;

  Position first_position;
  uint64_t end_offset = 0;  // behind the last durable frame
  // While the file is being written, and until its topic index file stands, `growing` is the index;
  // it is only ever replaced by the file's (`closed_index`).
  std::shared_ptr<MemoryTopicIndex> growing = std::make_shared<MemoryTopicIndex>();
  std::shared_ptr<const TopicIndex> closed_index;

  // Set once MANIFEST has dropped the file, by the one who took it from the list for readers.
  FileSystem* remove_with = nullptr;
  std::string topic_index_path;
};

}  // namespace oncelog::store
