// EventBlockBuilder: gathers events, in order of (topic, sequence), and stores them as a block of
// the form that event_block.h describes.
//
//   EventBlockBuilder block;
//   if (!block.HasRoomFor(record)) ...store it and begin the next one...
//   block.Add(record, received_at);
//   std::string stored;
//   BlockEntry entry = block.Finish(compressor, &stored);   // empty again
//
// Threads: one. Ownership: copies what it is given. Units: bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "event/record.h"
#include "store/segment/segment_file.h"
#include "store/segment/zstd_codec.h"

namespace oncelog::store {

// What stays of an event whose payload is gone.
inline event::RecordView StubOf(const event::RecordView& record) {
  event::RecordView stub;
  stub.kind = event::RecordKind::kEvent;
  stub.topic = record.topic;
  stub.entry = record.entry;
  stub.timestamp = kNoTimestamp;
  return stub;
}

class EventBlockBuilder {
 public:
  // An event that is larger than a block gets one of its own.
  [[nodiscard]] bool HasRoomFor(const event::RecordView& record) const;
  [[nodiscard]] bool empty() const { return entry_.items == 0; }

  // The event after the one before, of the same topic, or of one with a larger id. An event
  // without JSON is a stub.
  void Add(const event::RecordView& record, UnixMs received_at);

  // Replaces `stored`. Offset, checksum and `first` of the entry are the file writer's.
  BlockEntry Finish(Compressor& compressor, std::string* stored);

 private:
  struct Run {
    TopicId topic;
    Sequence first;
    uint32_t events;
  };
  struct HashText {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  uint32_t SourceNumber(std::string_view source);
  void PutText(std::string_view json);
  void PutIdentity(const event::IndexEntry& identity);
  void PutFractions(std::string* raw) const;
  void Clear();

  BlockEntry entry_;
  std::vector<Run> runs_;
  std::unordered_map<std::string, uint32_t, HashText, std::equal_to<>> source_numbers_;
  std::string sources_;  // as they are stored
  uint32_t last_source_ = 0;
  std::string_view last_source_text_;
  int64_t last_received_ = 0, last_seconds_ = 0;
  uint32_t last_nanos_ = 0;
  size_t last_cut_ = 0;
  std::vector<uint32_t> nanos_;
  uint32_t unit_ = 1'000'000'000;  // divides all of them
  std::string received_, seconds_, source_column_, lengths_, cuts_, text_;
  std::string identities_, uuids_;
  std::string raw_;
};

}  // namespace oncelog::store
