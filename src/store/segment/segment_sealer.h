// SegmentSealer: makes a segment of closed log files: reads them into memory and goes through them
// once in order and once by topic.
//
//   SegmentSealer sealer(fs, "data/p0000/seg",
//                        {.id = 9, .first_position = from, .end_position = to, .store_seed = seed},
//                        memory, pace);
//   Result<SegmentInfo> segment = sealer.Seal(inputs);     // written, synced; not yet in use
//
// The inputs are log files that follow each other; all their records from first to end position
// become the segment, and each of them is verified on the way: the frames' checksums, their links
// and positions, the records' own checksums the second time, and that each
// topic's sequences are dense. An event of which `gone` says that its payload is gone becomes a
// stub, and a conflict with it loses its JSON; asked once for each, the first time.
//
// Memory: the log's size, at most 20 bytes an event and about 28 a topic, besides the blocks being
// built: some 25 MB beside a log file of 256 MiB with 1.2 M events.
// Threads: one. Ownership: borrows file system, files and memory. Used once.
// Errors: kDamaged names the log file and offset; kDiskFull, kIo, kTooNew; kBusy if `pace` gave up;
// kTooLarge if the inputs are beyond 2 GiB together. After an error no file is left.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/fs/file_system.h"
#include "store/log/log_scanner.h"
#include "store/segment/event_block_builder.h"
#include "store/segment/gone.h"
#include "store/segment/log_memory.h"
#include "store/segment/order_block.h"
#include "store/segment/record_block.h"
#include "store/segment/segment_writer.h"
#include "store/segment/topic_block.h"

namespace oncelog::store {

// A closed log file.
struct SealInput {
  File* file = nullptr;
  uint64_t file_id = 0;
  uint64_t end_offset = 0;  // behind its last frame
};

class SegmentSealer {
 public:
  SegmentSealer(FileSystem& fs, std::string directory, const SegmentTarget& target,
                LogMemory& memory, SegmentPace pace, GonePredicate gone = nullptr);

  Result<SegmentInfo> Seal(std::span<const SealInput> inputs);

 private:
  // Where an event is; its offset counts on over all inputs.
  struct LogEvent {
    uint32_t offset;
    uint32_t frame_and_gone;  // the top bit: its payload is gone
  };

  Result<SegmentInfo> WriteAll(std::span<const SealInput> inputs);
  Status ReadLog(const SealInput& input, std::span<char> to, uint64_t base);
  Status TakeFrame(const LogScanner& scan, const SealInput& input, uint64_t base);
  Status TakeRecord(const event::RecordView& record, uint64_t offset, const FrameHeader& frame);
  void SortByTopic();
  Status WriteEvents(std::span<const SealInput> inputs);
  Result<event::RecordView> EventAt(const LogEvent& place, uint32_t number,
                                    SegmentTopic* topic) const;
  Status AddEvent(const LogEvent& place, const event::RecordView& record);
  Status CloseRecords();
  Status CloseEvents();
  Status WriteOrder();
  Status WriteTopics();
  Status Pace(size_t bytes);

  FileSystem& fs_;
  const std::string directory_;
  const SegmentTarget target_;
  LogMemory& memory_;
  const SegmentPace pace_;
  const GonePredicate gone_;

  std::unique_ptr<SegmentWriter> writer_;
  Compressor compressor_;
  std::string stored_;  // reused
  RecordBlockBuilder records_block_;
  EventBlockBuilder events_block_;

  Position position_;  // of the next record
  uint64_t first_link_ = 0, link_ = 0;
  bool any_frame_ = false;
  std::string_view log_;                    // all inputs, one behind the other
  std::vector<uint32_t> event_topics_;      // in the order of the log
  std::vector<LogEvent> events_;            // likewise; later by topic, then sequence
  std::vector<uint32_t> record_positions_;  // of those that are no events, from first_position
  std::vector<UnixMs> frames_;              // their received_at
  std::vector<BlockEntry> order_times_;     // by order block; only their times are used
  size_t unpaced_bytes_ = 0;
  std::string blank_;  // reused
  uint32_t stubs_ = 0;

  std::vector<uint32_t> topic_events_;  // by topic id: how many; later other figures
  std::vector<SegmentTopic> topics_;
};

}  // namespace oncelog::store
