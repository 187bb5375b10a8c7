// What the tests of recovery share: log files that are written here frame by frame, so that they
// may be as the engine never leaves them.
//
//   class MyTest : public RecoveryTest {};
//   Append("topic"); Roll(); Append(""); Save();
//   Result<std::unique_ptr<Partition>> partition = Open(fs_);
//
// Threads: one.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "event/record.h"
#include "store/log/frame.h"
#include "store/manifest.h"
#include "store/partition.h"
#include "store/store_identity.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::store {

inline constexpr uint64_t kFileBytes = 8 * kBlockBytes;

class RecoveryTest : public ::testing::Test {
 protected:
  RecoveryTest() {
    EXPECT_TRUE(fs_.CreateDirectories("p/log").ok());
    Roll();
  }

  // Goes on in another log file.
  void Roll() {
    if (file_ != nullptr) Save();
    file_id_ = manifest_.next_file_id++;
    manifest_.logs.push_back({.id = file_id_, .capacity_bytes = kFileBytes});
    file_ = fs_.Open(LogPath("p", file_id_), OpenMode::kCreateNew).Take();
    EXPECT_TRUE(file_->WriteAt(0, std::string(kFileBytes, '\0')).ok());
    offset_ = 0;
    Save();
  }

  // A frame with a topic's record, or a mark without a name.
  void Append(const std::string& topic) {
    FrameBuilder frame;
    if (!topic.empty()) AddTopic(topic, &frame);
    Append(&frame, topic.empty());
  }
  // A frame of more than two blocks.
  void AppendLarge() {
    FrameBuilder frame;
    while (frame.size() < 2 * kBlockBytes)
      AddTopic(std::string(200, 'a') + std::to_string(topics_), &frame);
    Append(&frame, /*mark=*/false);
  }
  void AddTopic(const std::string& topic, FrameBuilder* to) {
    event::AppendTopicRecord(to->payload(), TopicId{topics_++}, topic, seed());
    to->CountRecord();
  }
  void Append(FrameBuilder* built, bool mark) {
    FrameBuilder& frame = *built;
    FrameHeader header{.file_id = file_id_, .first_position = end_, .durable_position = end_};
    header.link = link_;
    header.mark = mark;
    frame.Finish(header, seed());
    ASSERT_TRUE(file_->WriteAt(offset_, frame.bytes()).ok());
    offset_ += frame.bytes().size();
    end_ = frame.header().end_position();
    link_ = frame.header().checksum;
  }
  void Save() {
    EXPECT_TRUE(file_->DataSync().ok() && fs_.SyncDirectory("p/log").ok());
    EXPECT_TRUE(ReplaceFile(fs_, ManifestPath("p"), EncodeManifest(manifest_, seed())).ok());
  }

  // The file that is written, as MANIFEST lists it once the log goes on in another.
  void Close() {
    LogFileInfo& info = manifest_.logs.back();
    info.closed = true;
    info.first_position = closed_end_;
    info.end_position = closed_end_ = end_;
    info.end_offset = offset_;
  }
  void CoverAllSoFar() {
    manifest_.cover = manifest_.known_durable = {end_, file_id_, offset_, link_};
  }

  Result<std::unique_ptr<Partition>> Open(FileSystem& fs) const {
    PartitionOptions options;
    options.log_file_bytes_min = options.log_file_bytes_max = kFileBytes;
    options.index.table_entries_max = 1000;
    return Partition::Open(fs, "p", identity_, options);
  }
  // As the engine would: one more topic, durable and published.
  static void Publish(Partition& partition, uint32_t number, const std::string& topic) {
    FrameBuilder frame;
    event::AppendTopicRecord(frame.payload(), TopicId{number}, topic, partition.store_seed());
    frame.CountRecord();
    ASSERT_TRUE(partition.writer().Reserve(frame.size()).ok());
    const Placement place = partition.writer().Place(&frame, UnixMs{1}, /*mark=*/false);
    ASSERT_TRUE(partition.Write(place, frame).ok());
    partition.Publish(frame, place, std::nullopt);
  }
  [[nodiscard]] uint64_t seed() const { return identity_.checksum_seed(); }

  test::UnsyncedFileSystem fs_;
  const StoreIdentity identity_;
  Manifest manifest_;
  std::unique_ptr<File> file_;
  uint64_t file_id_ = 0;
  uint64_t offset_ = 0;
  Position end_;
  Position closed_end_;
  uint64_t link_ = 0;
  uint32_t topics_ = 0;
};

}  // namespace oncelog::store
