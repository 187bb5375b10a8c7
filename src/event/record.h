// Records: what a log frame holds. Every state of a partition is a fold over its records in order.
//
// Every record starts with a 12-byte header (little endian):
//   0  u32 length      of the whole record, header included
//   4  u32 checksum    of the bytes from 8 to the end (low half of Checksum64, the store's seed)
//   8  u8  kind        RecordKind; the top bit set means: refuse the store if you do not know it
//   9  u8  flags       0
//  10  u16 reserved    0
// An event record goes on:
//  12  u32 topic id
//  16  24 bytes        IndexEntry: fingerprint, sequence, content hash
//  40  i64 timestamp, seconds since 1970   48  u32 timestamp, nanoseconds
//  52  u8  source length   53  3 bytes 0
//  56  source (unescaped), then the event's JSON as it was sent, without newlines and without the
//      members `sequence` and `received_at`
// A topic record: 12 u32 topic id, 16 name. It comes before the first event of its topic.
// A duplicates record: 12 u32 topic id, 16 u32 count, 20 u32 conflicts among them, 24 source.
//   (submissions of one frame that were not stored, by topic and source)
// A conflict record: 12 u32 topic id, 16 24 bytes IndexEntry of the newcomer with the sequence of
//   the original, 40 u8 source length, 41 3 bytes 0, 44 source, newcomer's JSON as sent. It only
//   keeps the newcomer for people to look at; the counting is in the duplicates record.
// A settings record: 12 u32 topic id, 16 u64 retention age in seconds, 24 u64 retention bytes
//   (0: none). All settings of the topic from here on.
// An erase record: 12 u32 topic id, 16 24 bytes IndexEntry of the erased event, 40 u64 bytes of its
//   JSON.
// A retain record: 12 u32 topic id, 16 u64 first sequence whose payload is kept, 24 u64 bytes of
//   JSON that go with it (those of erased events had gone before).
// A note is a header and no more, of kind 0x01, which whoever does not know it may skip. It says
// nothing and takes a position.
//
// The publisher-facing thread encodes event records with topic id, sequence and checksum zero;
// the committer fills them in (SealEventRecord) once the verdict is known.
//
// Threads: pure functions. Errors: ParseRecord answers kDamaged for anything that is not whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/numbers.h"
#include "base/result.h"
#include "base/time.h"
#include "event/identity.h"

namespace oncelog::event {

enum class RecordKind : uint8_t {
  kEvent = 0x81,
  kTopic = 0x82,
  kDuplicates = 0x83,
  kConflict = 0x84,
  kSettings = 0x85,
  kErase = 0x86,
  kRetain = 0x87,
};
inline constexpr uint8_t kMustUnderstand = 0x80;

inline constexpr size_t kRecordHeaderBytes = 12;
inline constexpr size_t kEventRecordHeaderBytes = 56;

// Appends an event record with topic id, sequence and checksum left zero.
void AppendEventRecord(std::string* out, const Fingerprint& id, ContentHash content,
                       const Instant& timestamp, std::string_view source, std::string_view json);

// Fills in what only the committer knows, in place. `record` is the whole record.
void SealEventRecord(char* record, size_t bytes, TopicId topic, Sequence sequence, uint64_t seed);

void AppendTopicRecord(std::string* out, TopicId topic, std::string_view name, uint64_t seed);
void AppendDuplicatesRecord(std::string* out, TopicId topic, uint32_t count, uint32_t conflicts,
                            std::string_view source, uint64_t seed);
void AppendConflictRecord(std::string* out, TopicId topic, const IndexEntry& newcomer,
                          std::string_view source, std::string_view json, uint64_t seed);

// What a topic's owner wants to be kept of it; 0: for ever, or without bound.
struct TopicSettings {
  uint64_t retention_age_seconds = 0;
  uint64_t retention_bytes = 0;  // of event JSON
  bool operator==(const TopicSettings&) const = default;
};
void AppendSettingsRecord(std::string* out, TopicId topic, const TopicSettings& settings,
                          uint64_t seed);
void AppendEraseRecord(std::string* out, TopicId topic, const IndexEntry& erased,
                       uint64_t json_bytes, uint64_t seed);
void AppendRetainRecord(std::string* out, TopicId topic, Sequence first_kept, uint64_t json_bytes,
                        uint64_t seed);

void AppendNoteRecord(std::string* out, uint64_t seed);

// One parsed record; the views point into the bytes it was parsed from.
struct RecordView {
  RecordKind kind{};       // an unknown kind without kMustUnderstand is to be skipped
  std::string_view bytes;  // the whole record
  TopicId topic;
  IndexEntry entry;         // event, conflict, erase
  Instant timestamp;        // event
  std::string_view source;  // event, duplicates, conflict
  std::string_view json;    // event, conflict
  std::string_view name;    // topic
  uint32_t count = 0;       // duplicates
  uint32_t conflicts = 0;   // duplicates
};

// What only the rare kinds hold is read on demand: events need not pay for it.
TopicSettings SettingsOf(const RecordView& settings_record);
uint64_t ErasedBytesOf(const RecordView& erase_record);
struct Cut {
  Sequence first_kept;
  uint64_t json_bytes = 0;  // that go
};
Cut CutOf(const RecordView& retain_record);

// Parses the record at the start of `bytes` (which may go on after it). The checksum is verified
// only if `verify`: a frame whose own checksum has just been verified need not pay twice.
Result<RecordView> ParseRecord(std::string_view bytes, uint64_t seed, bool verify);

}  // namespace oncelog::event
