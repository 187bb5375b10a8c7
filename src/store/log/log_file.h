// LogFile: one file of the log, shared by the writer and by readers that have pinned it.
//
// Threads: `file` may be used by any thread. all that is not const is guarded by
// DurableState's lock.
// Ownership: shared; the file is closed when the last holder goes.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "store/fs/file_system.h"
#include "store/log/memory_topic_index.h"

namespace oncelog::store {

struct LogFile {
  LogFile(uint64_t id_in, std::unique_ptr<File> file_in, uint64_t capacity)
      : id(id_in), file(std::move(file_in)), capacity_bytes(capacity) {}

  const uint64_t id;
  const std::unique_ptr<File> file;
  const uint64_t capacity_bytes;

  Position first_position;
  uint64_t end_offset = 0;  // behind the last durable frame
  // While the file is being written, and until its topic index file stands, `growing` is the index;
  // it is only ever replaced by the file's (`closed_index`).
  std::shared_ptr<MemoryTopicIndex> growing = std::make_shared<MemoryTopicIndex>();
  std::shared_ptr<const TopicIndex> closed_index;
};

}  // namespace oncelog::store
