// The bounds of what is kept of conflicting newcomers; the verdicts themselves are the planner's.

#include "ingest/group_encoder.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/publishing.h"

namespace oncelog::ingest {
namespace {

constexpr size_t kJsonBytesMax = size_t{16} << 10;
constexpr uint32_t kPerTopicMax = 1000;
constexpr uint64_t kBytesMax = uint64_t{64} << 20;

class KeptConflictsTest : public testing::Test {
 protected:
  // Whether a newcomer with so large a JSON is kept; it is counted in any case.
  bool IsKept(TopicId topic, size_t json_bytes) {
    test::TestEvent event{"t", "a", 1};
    event.padding = json_bytes - event.Json().size();
    std::vector<std::unique_ptr<Work>> works;
    works.push_back(std::make_unique<Work>());
    works.front()->batch = test::BatchOf(key_, {event});
    PlanGroup group;
    group.verdicts = {{Verdict::kConflict, {1}}};
    store::FrameBuilder frame;
    const uint64_t bytes = topics_.conflict_bytes_kept();
    encoder_.Encode(group, {topic}, works, &frame);
    const bool kept = frame.records() == 1;
    EXPECT_EQ(frame.payload()->find(event.Json()) != std::string::npos, kept);
    EXPECT_EQ(topics_.conflict_bytes_kept() - bytes, kept ? json_bytes : 0);
    const uint32_t records = frame.records();
    encoder_.FlushCounts(&frame);
    EXPECT_EQ(frame.records(), records + 1) << "it is counted";
    return kept;
  }

  const HashKey key_{std::string(kHashSecretBytes, 'k')};
  store::TopicDirectory topics_;
  const TopicId topic_ = topics_.Add(1, "t");
  const TopicId other_ = topics_.Add(2, "u");
  GroupEncoder encoder_{topics_, 7};
};

TEST_F(KeptConflictsTest, OfSoManyBytesEach) {
  EXPECT_TRUE(IsKept(topic_, kJsonBytesMax));
  EXPECT_FALSE(IsKept(topic_, kJsonBytesMax + 1));
  EXPECT_TRUE(IsKept(topic_, kJsonBytesMax)) << "smaller ones are kept as before";
}

TEST_F(KeptConflictsTest, SoManyOfATopic) {
  for (uint32_t i = 0; i < kPerTopicMax; ++i) ASSERT_TRUE(IsKept(topic_, 200)) << i;
  EXPECT_FALSE(IsKept(topic_, 200));
  EXPECT_TRUE(IsKept(other_, 200)) << "another topic has its own";
}

TEST_F(KeptConflictsTest, SoManyBytesInAll) {
  topics_.RestoreConflictBytes(kBytesMax - 300);
  EXPECT_FALSE(IsKept(topic_, 301));
  EXPECT_TRUE(IsKept(topic_, 300));
  EXPECT_FALSE(IsKept(topic_, 200));
  EXPECT_FALSE(IsKept(other_, 200));
}

}  // namespace
}  // namespace oncelog::ingest
