#include "event/record.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace oncelog::event {
namespace {

constexpr uint64_t kSeed = 0x5eed;
const Fingerprint kId{0x1122334455667788, 0xaabb'ccdd'ee};
const ContentHash kContent{0x6655'4433'2211};
const Instant kTime{-2, 999'999'999};
constexpr std::string_view kJson = R"({"topic":"t"})";

std::string HexOf(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    hex += kDigits[static_cast<uint8_t>(c) >> 4];
    hex += kDigits[static_cast<uint8_t>(c) & 15];
  }
  return hex;
}

std::string EventRecord(std::string_view source = "src", std::string_view json = kJson) {
  std::string out;
  AppendEventRecord(&out, kId, kContent, kTime, source, json);
  SealEventRecord(out.data(), out.size(), TopicId{7}, Sequence{0x12'3456'789a}, kSeed);
  return out;
}

std::string TopicRecord() {
  std::string out;
  AppendTopicRecord(&out, TopicId{258}, "sensor.temp", kSeed);
  return out;
}

std::string DuplicatesRecord() {
  std::string out;
  AppendDuplicatesRecord(&out, TopicId{7}, 5, 2, "src", kSeed);
  return out;
}

std::string ConflictRecord() {
  std::string out;
  AppendConflictRecord(&out, TopicId{7}, IndexEntry::Make(kId, Sequence{3}, kContent), "src", kJson,
                       kSeed);
  return out;
}

std::string SettingsRecord() {
  std::string out;
  AppendSettingsRecord(&out, TopicId{7}, {.retention_age_seconds = 86400, .retention_bytes = 258},
                       kSeed);
  return out;
}

std::string EraseRecord() {
  std::string out;
  AppendEraseRecord(&out, TopicId{7}, IndexEntry::Make(kId, Sequence{3}, kContent), 513, kSeed);
  return out;
}

std::string RetainRecord() {
  std::string out;
  AppendRetainRecord(&out, TopicId{7}, Sequence{0x12'3456'789a}, 513, kSeed);
  return out;
}

std::vector<std::string> OneOfEachKind() {
  return {EventRecord(),    TopicRecord(), DuplicatesRecord(), ConflictRecord(),
          SettingsRecord(), EraseRecord(), RetainRecord()};
}

// The bytes that docs/storage-format.md draws. The checksum is taken out: it stands in the second
// place and is checked below.
std::string GoldenForm(const std::string& record) {
  return HexOf(record.substr(0, 4)) + " " + HexOf(record.substr(8));
}

TEST(Record, GoldenBytesOfAnEvent) {
  EXPECT_EQ(GoldenForm(EventRecord()),
            "48000000 81000000"  // length, kind, flags, reserved
            "07000000"           // topic id
            "8877665544332211"
            "563412eeddccbbaa"
            "1122334455669a78"  // index entry
            "feffffffffffffff"
            "ffc99a3b"  // timestamp
            "03000000"
            "737263"                        // source
            "7b22746f706963223a2274227d");  // JSON
}

TEST(Record, GoldenBytesOfATopic) {
  EXPECT_EQ(GoldenForm(TopicRecord()),
            "1b000000 82000000"
            "02010000"
            "73656e736f722e74656d70");
}

TEST(Record, GoldenBytesOfDuplicates) {
  EXPECT_EQ(GoldenForm(DuplicatesRecord()),
            "1b000000 83000000"
            "07000000"
            "05000000"
            "02000000"
            "737263");
}

TEST(Record, GoldenBytesOfAConflict) {
  EXPECT_EQ(GoldenForm(ConflictRecord()),
            "3c000000 84000000"
            "07000000"
            "8877665544332211"
            "000000eeddccbbaa"
            "1122334455660300"
            "03000000"
            "737263"
            "7b22746f706963223a2274227d");
}

TEST(Record, GoldenBytesOfSettingsErasingAndRetaining) {
  EXPECT_EQ(GoldenForm(SettingsRecord()),
            "20000000 85000000"
            "07000000"
            "8051010000000000"
            "0201000000000000");
  EXPECT_EQ(GoldenForm(EraseRecord()),
            "30000000 86000000"
            "07000000"
            "8877665544332211"
            "000000eeddccbbaa"
            "1122334455660300"
            "0102000000000000");
  EXPECT_EQ(GoldenForm(RetainRecord()),
            "20000000 87000000"
            "07000000"
            "9a78563412000000"
            "0102000000000000");
}

TEST(Record, GoldenChecksums) {
  EXPECT_EQ(HexOf(EventRecord().substr(4, 4)), "aaa1f5a7");
  EXPECT_EQ(HexOf(TopicRecord().substr(4, 4)), "53aeb53a");
}

TEST(Record, AnEventIsUnsealedUntilItsVerdict) {
  std::string out;
  AppendEventRecord(&out, kId, kContent, kTime, "src", kJson);
  EXPECT_EQ(LoadLe<uint32_t>(out.data() + 4), 0U);
  EXPECT_FALSE(ParseRecord(out, kSeed, true).ok());
  const Result<RecordView> record = ParseRecord(out, kSeed, false);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->topic, TopicId{0});
  EXPECT_EQ(record->entry, IndexEntry::Make(kId, Sequence{0}, kContent));
}

TEST(Record, SealingAgainReplacesTheSequence) {
  std::string out = EventRecord();
  SealEventRecord(out.data(), out.size(), TopicId{8}, Sequence{4}, kSeed);
  const Result<RecordView> record = ParseRecord(out, kSeed, true);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->topic, TopicId{8});
  EXPECT_EQ(record->entry, IndexEntry::Make(kId, Sequence{4}, kContent));
}

TEST(Record, ReadsBackWhatWasWritten) {
  const std::string event_bytes = EventRecord();
  const Result<RecordView> event = ParseRecord(event_bytes + "more", kSeed, true);
  ASSERT_TRUE(event.ok());
  EXPECT_EQ(event->kind, RecordKind::kEvent);
  EXPECT_EQ(event->bytes.size(), event_bytes.size());
  EXPECT_EQ(event->topic, TopicId{7});
  EXPECT_EQ(event->entry.fingerprint(), kId);
  EXPECT_EQ(event->entry.sequence(), Sequence{0x12'3456'789a});
  EXPECT_EQ(event->entry.content(), kContent);
  EXPECT_EQ(event->timestamp, kTime);

  const std::string topic_bytes = TopicRecord();
  const Result<RecordView> topic = ParseRecord(topic_bytes, kSeed, true);
  ASSERT_TRUE(topic.ok());
  EXPECT_EQ(topic->kind, RecordKind::kTopic);
  EXPECT_EQ(topic->topic, TopicId{258});
  EXPECT_EQ(topic->name, "sensor.temp");

  const std::string duplicates_bytes = DuplicatesRecord();
  const Result<RecordView> duplicates = ParseRecord(duplicates_bytes, kSeed, true);
  ASSERT_TRUE(duplicates.ok());
  EXPECT_EQ(duplicates->kind, RecordKind::kDuplicates);
  EXPECT_EQ(duplicates->count, 5U);
  EXPECT_EQ(duplicates->conflicts, 2U);
  EXPECT_EQ(duplicates->source, "src");

  const std::string conflict_bytes = ConflictRecord();
  const Result<RecordView> conflict = ParseRecord(conflict_bytes, kSeed, true);
  ASSERT_TRUE(conflict.ok());
  EXPECT_EQ(conflict->kind, RecordKind::kConflict);
  EXPECT_EQ(conflict->entry, IndexEntry::Make(kId, Sequence{3}, kContent));
  EXPECT_EQ(conflict->source, "src");
  EXPECT_EQ(conflict->json, kJson);
}

TEST(Record, ReadsBackWhatHasPayloadsGo) {
  const std::string settings_bytes = SettingsRecord();
  const Result<RecordView> settings = ParseRecord(settings_bytes, kSeed, true);
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(settings->topic, TopicId{7});
  EXPECT_EQ(SettingsOf(*settings), (TopicSettings{86400, 258}));

  const std::string erase_bytes = EraseRecord();
  const Result<RecordView> erase = ParseRecord(erase_bytes, kSeed, true);
  ASSERT_TRUE(erase.ok());
  EXPECT_EQ(erase->entry, IndexEntry::Make(kId, Sequence{3}, kContent));
  EXPECT_EQ(ErasedBytesOf(*erase), 513U);

  const std::string retain_bytes = RetainRecord();
  const Result<RecordView> retain = ParseRecord(retain_bytes, kSeed, true);
  ASSERT_TRUE(retain.ok());
  EXPECT_EQ(CutOf(*retain).first_kept, Sequence{0x12'3456'789a});
  EXPECT_EQ(CutOf(*retain).json_bytes, 513U);
}

TEST(Record, KeepsSourcesOfOneAndOf255Bytes) {
  for (const size_t bytes : {1, 255}) {
    const std::string source(bytes, 's');
    const std::string record_bytes = EventRecord(source);
    const Result<RecordView> record = ParseRecord(record_bytes, kSeed, true);
    ASSERT_TRUE(record.ok());
    EXPECT_EQ(record->source, source);
    EXPECT_EQ(record->json, kJson);
  }
}

TEST(Record, RefusesEveryFlippedBit) {
  for (const std::string& whole : OneOfEachKind()) {
    for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
      std::string bytes = whole;
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
      const Result<RecordView> record = ParseRecord(bytes + std::string(64, '\0'), kSeed, true);
      ASSERT_FALSE(record.ok()) << "bit " << bit;
      EXPECT_EQ(record.error().code(), Code::kDamaged);
    }
  }
}

TEST(Record, RefusesEveryTruncation) {
  for (const std::string& whole : OneOfEachKind()) {
    for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
      for (const bool verify : {false, true}) {
        const Result<RecordView> record = ParseRecord(whole.substr(0, bytes), kSeed, verify);
        ASSERT_FALSE(record.ok()) << bytes;
        EXPECT_EQ(record.error().code(), Code::kDamaged);
      }
    }
  }
}

TEST(Record, RefusesTheWrongSeed) {
  EXPECT_EQ(ParseRecord(TopicRecord(), kSeed + 1, true).error().code(), Code::kDamaged);
}

// Whole by its checksum, but not what any oncelog writes.
TEST(Record, RefusesFieldsThatCannotBe) {
  const auto refused = [](std::string bytes, size_t at, uint32_t value) {
    StoreLe(bytes.data() + at, value);
    StoreLe(bytes.data() + 4, static_cast<uint32_t>(Checksum64(bytes.substr(8), kSeed)));
    const Result<RecordView> record = ParseRecord(bytes, kSeed, true);
    return !record.ok() && record.error().code() == Code::kDamaged;
  };
  EXPECT_FALSE(refused(EventRecord(), 8, 0x81));
  EXPECT_TRUE(refused(EventRecord(), 8, 0x0181));         // flags
  EXPECT_TRUE(refused(EventRecord(), 8, 0x01'0081));      // reserved
  EXPECT_FALSE(refused(EventRecord(), 48, 999'999'999));  // nanoseconds
  EXPECT_TRUE(refused(EventRecord(), 48, 1'000'000'000));
  EXPECT_TRUE(refused(EventRecord(), 52, 0x0103));  // behind the source's length
  EXPECT_TRUE(refused(EventRecord(), 52, 17));      // a source longer than the record
  EXPECT_TRUE(refused(ConflictRecord(), 40, 255));
  EXPECT_FALSE(refused(DuplicatesRecord(), 20, 5));
  EXPECT_TRUE(refused(DuplicatesRecord(), 20, 6));  // more conflicts than duplicates
}

// A record that says it is shorter than its own fields, in a frame that nobody verified.
TEST(Record, NeverReadsPastItsOwnLength) {
  for (const std::string& whole : {EventRecord(), ConflictRecord(), DuplicatesRecord()}) {
    for (uint32_t length = 0; length < 64; ++length) {
      std::string bytes = whole;
      StoreLe(bytes.data(), length);
      const Result<RecordView> record = ParseRecord(bytes, kSeed, false);
      if (!record.ok()) continue;
      EXPECT_EQ(record->bytes.size(), length);
      EXPECT_LE(record->source.size() + record->json.size(), length);
    }
  }
}

TEST(Record, SurvivesGarbage) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 100'000; ++round) {
    std::string bytes(random() % 80, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    if (bytes.size() >= 12) {
      StoreLe(bytes.data(), static_cast<uint32_t>(random() % 90));
      bytes[8] = static_cast<char>(0x80 + random() % 6);
    }
    const Result<RecordView> record = ParseRecord(bytes, kSeed, false);
    if (record.ok()) {
      EXPECT_LE(record->bytes.size(), bytes.size());
    }
  }
}

std::string OfKind(uint8_t kind) {
  std::string bytes(12, '\0');
  bytes[0] = 12;
  bytes[8] = static_cast<char>(kind);
  StoreLe(bytes.data() + 4, static_cast<uint32_t>(Checksum64(bytes.substr(8), kSeed)));
  return bytes;
}

TEST(Record, SkipsAnUnknownKindOnlyIfItMay) {
  const std::string harmless = OfKind(0x05);
  const Result<RecordView> skipped = ParseRecord(harmless, kSeed, true);
  ASSERT_TRUE(skipped.ok());
  EXPECT_EQ(static_cast<uint8_t>(skipped->kind), 0x05);
  EXPECT_EQ(skipped->bytes.size(), 12U);
  EXPECT_EQ(ParseRecord(OfKind(0x88), kSeed, true).error().code(), Code::kTooNew);
}

}  // namespace
}  // namespace oncelog::event
