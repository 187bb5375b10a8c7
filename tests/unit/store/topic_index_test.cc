#include <gtest/gtest.h>

#include <random>

#include "store/log/memory_topic_index.h"
#include "store/log/topic_index_file.h"
#include "tests/support/test_seed.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::store {
namespace {

constexpr uint64_t kSeed = 3;

struct Model {
  std::vector<std::vector<uint32_t>> offsets;  // by topic
  std::vector<uint64_t> first;
  MemoryTopicIndex index;
};

Model Fill(uint64_t seed) {
  std::mt19937_64 random(seed);
  Model model;
  model.offsets.resize(40);
  for (size_t topic = 0; topic < 40; ++topic) model.first.push_back(1 + random() % 1000);
  for (uint32_t offset = 64; offset < 64 + 3000 * 16; offset += 16) {
    if (offset % 256 == 64) model.index.AddFrame({{offset}, {offset / 10}, offset, 4});
    const auto topic = static_cast<uint32_t>(random() % 40 * (random() % 2));
    model.index.Add({topic}, {model.first[topic] + model.offsets[topic].size()}, offset);
    model.offsets[topic].push_back(offset);
  }
  return model;
}

void ExpectSame(const Model& model, const TopicIndex& index) {
  for (uint32_t topic = 0; topic < 45; ++topic) {
    const bool known = topic < 40 && !model.offsets[topic].empty();
    const Result<TopicRange> range = index.Range({topic});
    ASSERT_TRUE(range.ok());
    ASSERT_EQ(range->count, known ? model.offsets[topic].size() : 0);
    if (!known) continue;
    EXPECT_EQ(range->first.value, model.first[topic]);
    for (const size_t skip : {size_t{0}, size_t{1}, size_t{15}, size_t{16}, size_t{37}}) {
      if (skip >= model.offsets[topic].size()) continue;
      std::vector<uint32_t> got;
      ASSERT_TRUE(index.Offsets({topic}, {model.first[topic] + skip}, 20, &got).ok());
      const auto from = model.offsets[topic].begin() + static_cast<ptrdiff_t>(skip);
      const auto rest = model.offsets[topic].end() - from;
      EXPECT_EQ(got, std::vector<uint32_t>(from, from + std::min<ptrdiff_t>(20, rest)));
    }
  }
  ASSERT_EQ(*index.FrameCount(), *model.index.FrameCount());
  const auto frame = LastFrame(index, [](const FrameRef& ref) { return ref.offset <= 1000; });
  ASSERT_TRUE(frame.ok() && frame->has_value());
  EXPECT_EQ(index.Frame(**frame)->offset, 832U);
  EXPECT_EQ(index.Frame(**frame)->received_at, UnixMs{83});
  const auto none = LastFrame(index, [](const FrameRef& ref) { return ref.offset < 64; });
  EXPECT_FALSE(none->has_value());
}

TEST(TopicIndex, InMemoryAndInItsFileSayTheSame) {
  const Model model = Fill(test::TestSeed());
  ExpectSame(model, model.index);
  test::UnsyncedFileSystem fs;
  ASSERT_TRUE(WriteTopicIndexFile(fs, "1.topics", model.index, 1, kSeed).ok());
  const auto file = TopicIndexFile::Open(fs, "1.topics", 1, kSeed);
  ASSERT_TRUE(file.ok());
  ExpectSame(model, **file);
}

TEST(TopicIndex, EveryFlippedByteOfTheFileIsSeen) {
  const Model model = Fill(1);
  test::UnsyncedFileSystem fs;
  ASSERT_TRUE(WriteTopicIndexFile(fs, "1.topics", model.index, 1, kSeed).ok());
  const std::string whole = *ReadWholeFile(fs, "1.topics");
  for (size_t at = 0; at < whole.size(); at += at < 100 ? 1 : 97) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 8);
    ASSERT_TRUE(ReplaceFile(fs, "2.topics", flipped).ok());
    const auto file = TopicIndexFile::Open(fs, "2.topics", 1, kSeed);
    EXPECT_FALSE(file.ok() && (*file)->Range({1}).ok()) << "byte " << at;
  }
  EXPECT_FALSE(TopicIndexFile::Open(fs, "1.topics", 2, kSeed).ok()) << "of another log file";
}

}  // namespace
}  // namespace oncelog::store
