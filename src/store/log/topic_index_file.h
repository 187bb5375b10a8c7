// TopicIndexFile: the topic index of a closed log file, in a file beside it (log/<id>.topics). It
// is derived: lost or damaged, it is made again from the log file at the next start.
//
// Layout (little endian): header of 48 bytes: magic "OLTOPICS", u32 version (1), u32 topics,
// u64 postings, u64 frames, u64 checksum of all that follows the header, u64 checksum of header
// bytes 0-39; both seeded with store and log file. Then
//   topics:   u32 topic id, u32 count, u64 first sequence, u64 number of its first posting; by id
//   postings: u32 offset of an event record in the log file; by topic, then sequence
//   frames:   u64 first position, i64 received_at, u32 offset, u32 records; by position
//
// Threads: WriteTopicIndexFile once; reading from any number. The whole file is verified when it is
// first used, not when the store starts.
// Errors: kDamaged names the file. kIo; once the disk has failed under the mapping, always, until
// the next start or until the log file is sealed.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "store/fs/file_system.h"
#include "store/log/memory_topic_index.h"
#include "store/log/topic_index.h"

namespace oncelog::store {

std::string EncodeTopicIndexFile(const MemoryTopicIndex& index, uint64_t log_id,
                                 uint64_t store_seed);
// Written, synced and renamed into place (the directory is synced too).
Status WriteTopicIndexFile(FileSystem& fs, const std::string& path, const MemoryTopicIndex& index,
                           uint64_t log_id, uint64_t store_seed);

class TopicIndexFile : public TopicIndex {
 public:
  // Only looks whether the header is whole; kNotFound if there is no such file.
  static Result<std::unique_ptr<TopicIndexFile>> Open(FileSystem& fs, const std::string& path,
                                                      uint64_t log_id, uint64_t store_seed);

  Result<TopicRange> Range(TopicId topic) const override;
  Status Offsets(TopicId topic, Sequence from, size_t count,
                 std::vector<uint32_t>* out) const override;
  Result<size_t> FrameCount() const override;
  Result<FrameRef> Frame(size_t number) const override;

 private:
  struct Entry {
    uint32_t topic;
    uint32_t count;
    uint64_t first_sequence;
    uint64_t first_posting;
  };

  TopicIndexFile(std::unique_ptr<File> file, uint64_t seed) : file_(std::move(file)), seed_(seed) {}
  // Maps and verifies the file, once.
  Status Use() const;
  [[nodiscard]] Error Damaged(const std::string& what) const;
  [[nodiscard]] Entry EntryAt(size_t number) const;
  [[nodiscard]] bool FindTopic(TopicId topic, Entry* entry) const;

  std::unique_ptr<File> file_;
  const uint64_t seed_;
  uint32_t topics_ = 0;
  uint64_t postings_ = 0;
  uint64_t frames_ = 0;
  uint64_t body_checksum_ = 0;

  mutable std::mutex mutex_;  // guards the first use
  mutable std::atomic<const char*> body_{nullptr};
  mutable std::unique_ptr<Mapping> mapping_;
};

}  // namespace oncelog::store
