#include "event/record.h"

#include <array>
#include <cstring>
#include <string>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"

namespace oncelog::event {
namespace {

constexpr RecordKind kNote{0x01};

// Places of the fields, as record.h draws them.
constexpr size_t kLengthAt = 0;
constexpr size_t kChecksumAt = 4;
constexpr size_t kCheckedFrom = 8;
constexpr size_t kKindAt = 8;
constexpr size_t kTopicIdAt = 12;
constexpr size_t kEntryAt = 16;
constexpr size_t kFirstWordAt = 16;  // of settings and retain records
constexpr size_t kEntryBytes = 24;
constexpr size_t kTimestampAt = 40;
constexpr size_t kNanosAt = 48;
constexpr size_t kSourceLengthAt = 52;
constexpr size_t kSourceBytesMaxOnDisk = 255;  // one byte tells the length

uint32_t ChecksumOf(std::string_view record, uint64_t seed) {
  return static_cast<uint32_t>(Checksum64(record.substr(kCheckedFrom), seed));
}

void CheckLength(size_t bytes) { Check(bytes <= UINT32_MAX, "a record's length fits its 32 bits"); }

void CheckSource(std::string_view source) {
  Check(source.size() <= kSourceBytesMaxOnDisk, "a source's length fits its 8 bits");
}

void PutHeader(ByteWriter& out, size_t bytes, RecordKind kind) {
  CheckLength(bytes);
  out.Put(static_cast<uint32_t>(bytes));
  out.Put(uint32_t{0});  // the checksum comes last
  out.Put(static_cast<uint8_t>(kind));
  out.Put(uint8_t{0});
  out.Put(uint16_t{0});
}

void PutEntry(ByteWriter& out, const IndexEntry& entry) {
  out.Put(entry.word0);
  out.Put(entry.word1);
  out.Put(entry.word2);
}

void PutSourceLength(ByteWriter& out, std::string_view source) {
  CheckSource(source);
  out.Put(static_cast<uint8_t>(source.size()));
  out.PutBytes(std::string_view("\0\0\0", 3));
}

void SealAt(std::string* out, size_t record_at, uint64_t seed) {
  const std::string_view record = std::string_view(*out).substr(record_at);
  StoreLe(out->data() + record_at + kChecksumAt, ChecksumOf(record, seed));
}

Error Damaged(std::string_view what) { return {Code::kDamaged, "record: " + std::string(what)}; }

IndexEntry GetEntry(ByteReader& in) {
  const auto word0 = in.Get<uint64_t>();
  const auto word1 = in.Get<uint64_t>();
  const auto word2 = in.Get<uint64_t>();
  return {word0, word1, word2};
}

// A length byte and three zeros, as they stand before a source; false if they are not.
bool GetSourceLength(ByteReader& in, size_t* length) {
  const auto word = in.Get<uint32_t>();
  *length = word & 0xff;
  return word >> 8 == 0;
}

// The fields behind the header. False if they are not whole.
bool ParseFields(ByteReader& in, RecordView* record) {
  record->topic = {in.Get<uint32_t>()};
  size_t source_bytes = 0;
  switch (record->kind) {
    case RecordKind::kEvent:
      record->entry = GetEntry(in);
      record->timestamp.seconds = in.Get<int64_t>();
      record->timestamp.nanos = in.Get<uint32_t>();
      if (!GetSourceLength(in, &source_bytes)) return false;
      record->source = in.GetBytes(source_bytes);
      record->json = in.GetBytes(in.remaining());
      return in.ok() && record->timestamp.nanos < 1'000'000'000;
    case RecordKind::kTopic: record->name = in.GetBytes(in.remaining()); return in.ok();
    case RecordKind::kDuplicates:
      record->count = in.Get<uint32_t>();
      record->conflicts = in.Get<uint32_t>();
      record->source = in.GetBytes(in.remaining());
      return in.ok() && record->conflicts <= record->count;
    case RecordKind::kConflict:
      record->entry = GetEntry(in);
      if (!GetSourceLength(in, &source_bytes)) return false;
      record->source = in.GetBytes(source_bytes);
      record->json = in.GetBytes(in.remaining());
      return in.ok();
    case RecordKind::kErase:
      record->entry = GetEntry(in);
      return in.ok() && in.remaining() == sizeof(uint64_t);
    case RecordKind::kSettings:
    case RecordKind::kRetain: return in.ok() && in.remaining() == 2 * sizeof(uint64_t);
  }
  return true;  // an unknown kind that may be skipped
}

bool IsKnown(RecordKind kind) {
  switch (kind) {
    case RecordKind::kEvent:
    case RecordKind::kTopic:
    case RecordKind::kDuplicates:
    case RecordKind::kConflict:
    case RecordKind::kSettings:
    case RecordKind::kErase:
    case RecordKind::kRetain: return true;
  }
  return false;
}

}  // namespace

void AppendEventRecord(std::string* out, const Fingerprint& id, ContentHash content,
                       const Instant& timestamp, std::string_view source, std::string_view json) {
  const size_t bytes = kEventRecordHeaderBytes + source.size() + json.size();
  CheckLength(bytes);
  CheckSource(source);
  // One of these for each event: put together on the stack, appended at once.
  std::array<char, kEventRecordHeaderBytes> header{};
  const IndexEntry entry = IndexEntry::Make(id, Sequence{0}, content);
  StoreLe(header.data() + kLengthAt, static_cast<uint32_t>(bytes));
  StoreLe(header.data() + kKindAt, static_cast<uint8_t>(RecordKind::kEvent));
  std::memcpy(header.data() + kEntryAt, &entry, kEntryBytes);
  StoreLe(header.data() + kTimestampAt, timestamp.seconds);
  StoreLe(header.data() + kNanosAt, timestamp.nanos);
  StoreLe(header.data() + kSourceLengthAt, static_cast<uint8_t>(source.size()));
  out->append(header.data(), header.size());
  out->append(source);
  out->append(json);
}

void SealEventRecord(char* record, size_t bytes, TopicId topic, Sequence sequence, uint64_t seed) {
  Check(sequence.value <= kSequenceMax, "a sequence fits its 40 bits");
  StoreLe(record + kTopicIdAt, topic.value);
  const IndexEntry unsealed{LoadLe<uint64_t>(record + kEntryAt),
                            LoadLe<uint64_t>(record + kEntryAt + 8),
                            LoadLe<uint64_t>(record + kEntryAt + 16)};
  const IndexEntry entry = IndexEntry::Make(unsealed.fingerprint(), sequence, unsealed.content());
  static_assert(sizeof entry == kEntryBytes);
  std::memcpy(record + kEntryAt, &entry, kEntryBytes);
  StoreLe(record + kChecksumAt, ChecksumOf({record, bytes}, seed));
}

void AppendTopicRecord(std::string* out, TopicId topic, std::string_view name, uint64_t seed) {
  const size_t record_at = out->size();
  ByteWriter writer(out);
  PutHeader(writer, kTopicIdAt + sizeof topic.value + name.size(), RecordKind::kTopic);
  writer.Put(topic.value);
  writer.PutBytes(name);
  SealAt(out, record_at, seed);
}

void AppendDuplicatesRecord(std::string* out, TopicId topic, uint32_t count, uint32_t conflicts,
                            std::string_view source, uint64_t seed) {
  const size_t record_at = out->size();
  ByteWriter writer(out);
  const size_t bytes = kTopicIdAt + 3 * sizeof(uint32_t) + source.size();
  PutHeader(writer, bytes, RecordKind::kDuplicates);
  writer.Put(topic.value);
  writer.Put(count);
  writer.Put(conflicts);
  writer.PutBytes(source);
  SealAt(out, record_at, seed);
}

void AppendConflictRecord(std::string* out, TopicId topic, const IndexEntry& newcomer,
                          std::string_view source, std::string_view json, uint64_t seed) {
  const size_t record_at = out->size();
  ByteWriter writer(out);
  const size_t bytes = kEntryAt + kEntryBytes + sizeof(uint32_t) + source.size() + json.size();
  PutHeader(writer, bytes, RecordKind::kConflict);
  writer.Put(topic.value);
  PutEntry(writer, newcomer);
  PutSourceLength(writer, source);
  writer.PutBytes(source);
  writer.PutBytes(json);
  SealAt(out, record_at, seed);
}

void AppendSettingsRecord(std::string* out, TopicId topic, const TopicSettings& settings,
                          uint64_t seed) {
  const size_t record_at = out->size();
  ByteWriter writer(out);
  PutHeader(writer, kTopicIdAt + sizeof topic.value + 2 * sizeof(uint64_t), RecordKind::kSettings);
  writer.Put(topic.value);
  writer.Put(settings.retention_age_seconds);
  writer.Put(settings.retention_bytes);
  SealAt(out, record_at, seed);
}

void AppendEraseRecord(std::string* out, TopicId topic, const IndexEntry& erased,
                       uint64_t json_bytes, uint64_t seed) {
  const size_t record_at = out->size();
  ByteWriter writer(out);
  PutHeader(writer, kEntryAt + kEntryBytes + sizeof json_bytes, RecordKind::kErase);
  writer.Put(topic.value);
  PutEntry(writer, erased);
  writer.Put(json_bytes);
  SealAt(out, record_at, seed);
}

void AppendRetainRecord(std::string* out, TopicId topic, Sequence first_kept, uint64_t json_bytes,
                        uint64_t seed) {
  const size_t record_at = out->size();
  ByteWriter writer(out);
  PutHeader(writer, kTopicIdAt + sizeof topic.value + 2 * sizeof(uint64_t), RecordKind::kRetain);
  writer.Put(topic.value);
  writer.Put(first_kept.value);
  writer.Put(json_bytes);
  SealAt(out, record_at, seed);
}

void AppendNoteRecord(std::string* out, uint64_t seed) {
  const size_t record_at = out->size();
  ByteWriter writer(out);
  PutHeader(writer, kRecordHeaderBytes, kNote);
  SealAt(out, record_at, seed);
}

TopicSettings SettingsOf(const RecordView& settings_record) {
  ByteReader in(settings_record.bytes.substr(kFirstWordAt));
  const auto age_seconds = in.Get<uint64_t>();
  return {age_seconds, in.Get<uint64_t>()};
}

uint64_t ErasedBytesOf(const RecordView& erase_record) {
  return LoadLe<uint64_t>(erase_record.bytes.data() + kEntryAt + kEntryBytes);
}

Cut CutOf(const RecordView& retain_record) {
  ByteReader in(retain_record.bytes.substr(kFirstWordAt));
  const Sequence first_kept{in.Get<uint64_t>()};
  return {first_kept, in.Get<uint64_t>()};
}

Result<RecordView> ParseRecord(std::string_view bytes, uint64_t seed, bool verify) {
  if (bytes.size() < kRecordHeaderBytes) return Damaged("cut off within its header");
  const auto length = LoadLe<uint32_t>(bytes.data() + kLengthAt);
  if (length < kRecordHeaderBytes || length > bytes.size()) {
    return Damaged("its length of " + std::to_string(length) + " bytes does not fit the " +
                   std::to_string(bytes.size()) + " that are there");
  }
  RecordView record;
  record.bytes = bytes.substr(0, length);
  ByteReader in(record.bytes.substr(kChecksumAt));
  const auto checksum = in.Get<uint32_t>();
  if (verify && checksum != ChecksumOf(record.bytes, seed)) {
    return Damaged("its checksum does not match");
  }
  record.kind = static_cast<RecordKind>(in.Get<uint8_t>());
  const auto flags = in.Get<uint8_t>();
  const auto reserved = in.Get<uint16_t>();
  if (!IsKnown(record.kind)) {
    if ((static_cast<uint8_t>(record.kind) & kMustUnderstand) == 0) return record;
    return Error(Code::kTooNew, "record: kind " +
                                    std::to_string(static_cast<unsigned>(record.kind)) +
                                    " was written by a newer version that must be used to read it");
  }
  if (flags != 0 || reserved != 0 || !ParseFields(in, &record)) {
    return Damaged("its fields are not whole");
  }
  return record;
}

}  // namespace oncelog::event
