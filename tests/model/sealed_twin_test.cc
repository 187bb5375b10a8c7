// What a reader is told does not depend on how much of the store is sealed: two twins, one with
// log files only and one with segments, give the same answer to every query, page by page, and
// where a page of the one ended the other goes on.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/check.h"
#include "event/decoder.h"
#include "event/timestamp.h"
#include "store/segment/segment_file.h"
#include "tests/model/tiny_store.h"
#include "tests/support/disk_image.h"
#include "tests/support/test_seed.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::test {
namespace {

using ingest::Engine;
using store::ScanOptions;

constexpr size_t kEvents = 600;
constexpr int kTopics = 4;
constexpr int64_t kFirstTimestamp = 1'761'091'200;  // 2025-10-22T00:00:00Z

ingest::EngineOptions Options(bool sealed) {
  ingest::EngineOptions options = TinySealingOptions();
  options.log_file_bytes_min = options.log_file_bytes_max = uint64_t{512} << 10;
  options.frame_bytes = size_t{64} << 10;
  options.sealing.group_bytes_max = uint64_t{1} << 20;  // so that segments have many blocks
  if (!sealed) options.sealing.bytes_per_second = 0;
  return options;
}

std::string Name(const char* word, size_t number) { return word + std::to_string(number); }

// In topic2 early and late events take turns, and the first of them fill a block each.
size_t SecondOf(size_t id) {
  if (id % kTopics == 2) return id / kTopics % 2 == 0 ? 10 : 500;
  return (id * 37) % kEvents;
}

size_t PaddingOf(size_t id) {
  if (id % kTopics == 2 && id < 60) return store::kBlockRawBytes;
  return 1000 + id * 131 % 6000;
}

// Event by event with times of its own; some are sent again, some as conflicts.
void Fill(Engine& engine, std::mt19937_64& random) {
  event::Decoder decoder(engine.hash_key());
  for (size_t sent = 0; sent < kEvents;) {
    std::string body = "[";
    for (size_t i = 1 + random() % 12; i > 0; --i) {
      const bool again = sent > 0 && random() % 6 == 0;
      const size_t id = again ? random() % sent : sent++;
      const size_t second = SecondOf(id);
      char time[32];
      std::snprintf(time, sizeof time, "2025-10-22T00:%02zu:%02zuZ", second / 60, second % 60);
      body += (body.size() > 1 ? "," : "") + (R"({"topic":")" + Name("topic", id % kTopics)) +
              R"(","event_id":")" + Name("id", id) + R"(","timestamp":")" + time +
              R"(","source":")" + Name("source", id % 3) + R"(","payload":{"n":)" +
              std::to_string(random() % 50 == 0 ? 1 : 0) + R"(,"p":")" +
              std::string(PaddingOf(id), static_cast<char>('a' + id % 26)) + "\"}}";
    }
    body += ']';
    Result<event::Batch> batch = decoder.Decode(body, event::BodyFormat::kJson);
    Check(batch.ok() && batch->invalid.empty(), "the events of this test are valid");
    Check(engine.Apply(batch.Take()).status.ok(), "the events of this test are taken");
  }
}

// A page as text, and where to go on.
struct Page {
  std::string text;
  uint64_t next = 0;
  bool has_more = false;
};

// `topic` empty: all topics.
Page Read(Engine& engine, const std::string& topic, const ScanOptions& options) {
  Page page;
  const auto visit = [&](const store::EventView& event) {
    page.text += std::to_string(event.sequence.value) + " " + std::to_string(event.position.value) +
                 " " + std::to_string(event.received_at.value) + " " + std::string(event.source) +
                 " " + std::to_string(event.timestamp.seconds) + " " + std::string(event.json) +
                 "\n";
  };
  const auto end = topic.empty() ? engine.reader().ScanAll(options, visit)
                                 : engine.reader().ScanTopic(topic, options, visit);
  EXPECT_TRUE(end.ok()) << (end.ok() ? "" : end.error().message());
  if (end.ok()) page = {page.text, end->next, end->has_more};
  return page;
}

std::vector<ScanOptions> Filters() {
  std::vector<ScanOptions> all(8);
  all[1].source = "source1";
  all[2].from = Instant{kFirstTimestamp + 100};
  all[2].to = Instant{kFirstTimestamp + 160};
  all[3].received_from = UnixMs{1'000'030};
  all[3].received_to = UnixMs{1'000'060};
  all[4].received_from = UnixMs{1'000'060};
  all[4].source = "source2";
  all[5].from = Instant{kFirstTimestamp + 100'000};  // nothing
  all[6].received_to = UnixMs{0};                    // nothing
  all[7].bytes_max = 20'000;
  return all;
}

class SealedTwin : public ::testing::Test {
 protected:
  void SetUp() override {
    UnsyncedFileSystem fs;
    {
      auto engine = Engine::Open(fs, "data", Options(false)).Take();
      Fill(*engine, random_);
      ASSERT_TRUE(engine->Stop().ok());
    }
    const DiskImage image = TakeImage(fs, "data");
    unsealed_fs_ = PutImage(image);
    sealed_fs_ = PutImage(image);
    unsealed_ = Engine::Open(*unsealed_fs_, "data", Options(false)).Take();
    sealed_ = Engine::Open(*sealed_fs_, "data", Options(true)).Take();
    ASSERT_TRUE(Becomes([&] {  // in this order: what waits may not be known yet
      return sealed_->figures().segments >= 2 && sealed_->figures().seal_backlog_bytes == 0;
    }));
    ASSERT_EQ(unsealed_->figures().segments, 0U);
  }

  void ExpectSamePages(const std::string& topic, ScanOptions options, size_t pages_max) {
    size_t pages = 0;
    for (bool more = true; more && pages < pages_max; ++pages) {
      const Page one = Read(*unsealed_, topic, options);
      const Page other = Read(*sealed_, topic, options);
      ASSERT_EQ(one.text, other.text) << "ONCELOG_TEST_SEED=" << seed_;
      ASSERT_EQ(one.next, other.next) << "ONCELOG_TEST_SEED=" << seed_;
      ASSERT_EQ(one.has_more, other.has_more) << "ONCELOG_TEST_SEED=" << seed_;
      options.after = one.next;  // which is the other's as well
      more = one.has_more;
    }
  }

  const uint64_t seed_ = TestSeed();
  std::mt19937_64 random_{seed_};
  std::unique_ptr<UnsyncedFileSystem> unsealed_fs_, sealed_fs_;
  std::unique_ptr<Engine> unsealed_, sealed_;
};

TEST_F(SealedTwin, EveryPageIsTheSameAndTheOtherGoesOnFromIt) {
  const uint64_t end = unsealed_->figures().log_past_cover_records + 2 * kEvents;
  for (const std::string& topic : {std::string(), Name("topic", 1)}) {
    for (const ScanOptions& filter : Filters()) {
      for (const bool descending : {false, true}) {
        for (const size_t limit : {size_t{1}, size_t{9}, size_t{1000}}) {
          ScanOptions options = filter;
          options.descending = descending;
          options.limit = limit;
          if (random_() % 2 == 0) options.after = random_() % end;
          ASSERT_NO_FATAL_FAILURE(ExpectSamePages(topic, options, 40));
        }
      }
    }
  }
}

// The next wanted event is some blocks away: the page ends before it, not behind.
TEST_F(SealedTwin, APageThatIsFullWhereBlocksArePassedOver) {
  ScanOptions options;
  options.to = Instant{kFirstTimestamp + 160};
  options.limit = 1;
  for (const bool descending : {false, true}) {
    options.descending = descending;
    ExpectSamePages(Name("topic", 2), options, kEvents);
  }
}

TEST_F(SealedTwin, EveryEventIsFoundByItsId) {
  for (size_t id = 0; id < kEvents + 20; ++id) {
    std::vector<std::string> found;
    for (Engine* engine : {unsealed_.get(), sealed_.get()}) {
      std::string json = "none";
      const Status s = engine->reader().Find(
          Name("topic", id % kTopics), Name("id", id),
          [&](const store::EventView& event) { json = std::string(event.json); });
      EXPECT_TRUE(s.ok() || id >= kEvents) << id;
      found.push_back(json);
    }
    EXPECT_EQ(found[0], found[1]);
  }
}

// Blocks without an event of that time are not even read.
TEST_F(SealedTwin, ATimeFilterPassesOverBlocks) {
  const auto misses = [&] { return sealed_->figures().cache.misses; };
  const uint64_t before = misses();
  ScanOptions none;
  none.received_to = UnixMs{0};
  EXPECT_EQ(Read(*sealed_, Name("topic", 0), none).text, "");
  const uint64_t with_filter = misses() - before;
  EXPECT_NE(Read(*sealed_, Name("topic", 0), {}).text, "");
  EXPECT_GT(misses() - before - with_filter, with_filter) << "what it would have had to read";
}

}  // namespace
}  // namespace oncelog::test
