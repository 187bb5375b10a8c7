// A checkpoint whose checksums are right and which is wrong all the same: verify counts the log
// again and says what differs, and rebuild makes one that does not.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "store/rebuild/rebuild.h"
#include "store/state/checkpoint.h"
#include "tests/model/verify_fixture.h"

namespace oncelog::test {
namespace {

using store::Checkpoint;

struct Wrong {
  std::string words;  // of the finding
  std::function<void(Checkpoint&)> make;
};

std::vector<Wrong> AllWrongs() {
  const auto of_last = [](std::string words, void (*change)(store::TopicState&)) {
    return Wrong{std::move(words),
                 [change](Checkpoint& checkpoint) { change(checkpoint.topics.back().state); }};
  };
  return {
      {"belongs to position", [](Checkpoint& c) { --c.cover.value; }},
      {"the log names topic number", [](Checkpoint& c) { c.topics.back().name += "x"; }},
      {" topics, the log up to there ",
       [](Checkpoint& c) {
         c.topics.pop_back();
         c.retention = {};
       }},
      {" bytes of conflicts, the log holds ", [](Checkpoint& c) { ++c.conflict_bytes_kept; }},
      {"which payloads are gone, or what the topics' settings are",
       [](Checkpoint& c) { c.retention.Set({0}, {.retention_age_seconds = 7}); }},
      {"the checkpoint counts them", [](Checkpoint& c) { ++c.topics.back().state.events; }},
      of_last("events: ", [](store::TopicState& topic) { --topic.events; }),
      of_last("duplicates: ", [](store::TopicState& topic) { ++topic.duplicates; }),
      of_last("conflicts: ", [](store::TopicState& topic) { ++topic.conflicts; }),
      of_last("bytes: ", [](store::TopicState& topic) { ++topic.bytes; }),
      of_last("conflicts kept: ", [](store::TopicState& topic) { ++topic.conflicts_kept; }),
      of_last("first received_at: ",
              [](store::TopicState& topic) { --topic.first_received_at.value; }),
      of_last("last received_at: ",
              [](store::TopicState& topic) { --topic.last_received_at.value; }),
  };
}

void WriteAnew(store::FileSystem& fs, const Wrong& wrong) {
  const Parts parts = PartsOf(fs);
  const uint64_t seed = parts.identity.checksum_seed();
  const std::string path = store::CheckpointPath(kPartition, parts.manifest.checkpoint_id);
  Checkpoint checkpoint = store::ReadCheckpoint(fs, path, seed).Take();
  wrong.make(checkpoint);
  store::CheckpointInput input{
      checkpoint.cover, {}, checkpoint.conflict_bytes_kept, checkpoint.retention};
  for (const store::CheckpointTopic& topic : checkpoint.topics) {
    store::TopicState state = topic.state;
    state.name = &topic.name;
    input.topics.Append(state);
  }
  ASSERT_TRUE(store::WriteCheckpoint(fs, path, input, seed).ok());
}

TEST_F(VerifyTest, ACheckpointThatDoesNotAgreeWithTheLogIsNamed) {
  const std::string right = DerivedOf(*PutImage(store_.stopped)).checkpoint;
  for (const Wrong& wrong : AllWrongs()) {
    const auto fs = PutImage(store_.stopped);
    WriteAnew(*fs, wrong);
    const std::string findings = AllOf(Verify(*fs));
    EXPECT_NE(findings.find(wrong.words), std::string::npos)
        << wrong.words << ":\n"
        << findings << "ONCELOG_TEST_SEED=" << seed_;
    ASSERT_TRUE(store::RebuildStore(*fs, "data", {}, nullptr).ok()) << wrong.words;
    EXPECT_TRUE(Verify(*fs).clean()) << wrong.words;
    EXPECT_EQ(DerivedOf(*fs).checkpoint, right) << wrong.words;
  }
}

}  // namespace
}  // namespace oncelog::test
