#include "app/simulate/plan.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "app/client/json.h"
#include "app/simulate/workload.h"
#include "event/timestamp.h"

namespace oncelog::app::simulate {
namespace {

Options Mixed() {
  return {.seed = 7,
          .run = "t",
          .events = 1000,
          .duplicates = 0.2,
          .conflicts = 0.05,
          .invalid = 0.03,
          .topics = 3,
          .publishers = 3,
          .batch = 20};
}

std::vector<std::vector<Submission>> BatchesOf(const Options& options, uint64_t publisher) {
  const Workload workload(options);
  Plan plan(workload, options, publisher);
  std::vector<std::vector<Submission>> batches;
  for (std::vector<Submission> batch; plan.Next(&batch);) batches.push_back(batch);
  return batches;
}

TEST(PlanTest, TheSeedDecidesIt) {
  Options options = Mixed();
  const auto once = BatchesOf(options, 1);
  EXPECT_EQ(once, BatchesOf(options, 1));
  EXPECT_NE(once, BatchesOf(options, 2));
  options.seed = 8;
  EXPECT_NE(once, BatchesOf(options, 1));
}

TEST(PlanTest, HoldsExactlyWhatWasAskedFor) {
  const Options options = Mixed();
  std::map<Kind, uint64_t> kinds;
  std::set<uint64_t> fresh;
  size_t largest = 0;
  for (uint64_t publisher = 0; publisher < options.publishers; ++publisher) {
    for (const auto& batch : BatchesOf(options, publisher)) {
      largest = std::max(largest, batch.size());
      for (const Submission& submission : batch) {
        ++kinds[submission.kind];
        if (submission.kind == Kind::kFresh) {
          EXPECT_TRUE(fresh.insert(submission.event).second) << submission.event;
          EXPECT_EQ(submission.event % options.publishers, publisher);
        }
      }
    }
  }
  EXPECT_EQ(kinds[Kind::kFresh], 720U);
  EXPECT_EQ(kinds[Kind::kCopy], 200U);
  EXPECT_EQ(kinds[Kind::kConflict], 50U);
  EXPECT_EQ(kinds[Kind::kInvalid], 30U);
  EXPECT_EQ(*fresh.rbegin(), 719U);
  EXPECT_LT(largest, 2 * options.batch);
}

TEST(PlanTest, CopiesFollowTheirOriginalsUnlessShared) {
  const Options options = Mixed();
  const Workload workload(options);
  uint64_t of_others = 0;
  bool out_of_order = false;
  for (uint64_t publisher = 0; publisher < options.publishers; ++publisher) {
    std::set<uint64_t> sent;
    for (const auto& batch : BatchesOf(options, publisher)) {
      for (const Submission& submission : batch) {
        const bool own = submission.event % options.publishers == publisher;
        if (submission.kind == Kind::kFresh) {
          out_of_order = out_of_order || (!sent.empty() && submission.event < *sent.rbegin());
          sent.insert(submission.event);
        } else if (submission.kind == Kind::kConflict || (submission.kind == Kind::kCopy && own)) {
          EXPECT_TRUE(sent.contains(submission.event)) << submission.event;
        } else if (submission.kind == Kind::kCopy) {
          ++of_others;
          EXPECT_TRUE(workload.IsShared(submission.event)) << submission.event;
        }
      }
    }
  }
  EXPECT_GT(of_others, 0U);
  EXPECT_TRUE(out_of_order);
}

TEST(PlanTest, GoesDownToOneEvent) {
  Options options = Mixed();
  options.events = 10;
  options.duplicates = 0.9;
  options.conflicts = options.invalid = 0;
  options.publishers = 1;
  options.batch = 1;
  const auto batches = BatchesOf(options, 0);
  ASSERT_EQ(batches.size(), 10U);
  EXPECT_EQ(batches[0][0].kind, Kind::kFresh);
}

std::string Written(const Workload& workload, const Submission& submission) {
  std::string text;
  workload.Append(submission, &text);
  return text;
}

TEST(WorkloadTest, CopiesDifferInTheirTimeOnly) {
  const Workload workload(Mixed());
  std::string first = Written(workload, {.event = 17});
  std::string copy = Written(workload, {.event = 17, .stamp = 42, .kind = Kind::kCopy});
  EXPECT_NE(first, copy);
  const Result<Json> a = Json::Parse(first);
  const Result<Json> b = Json::Parse(copy);
  ASSERT_TRUE(a.ok() && b.ok()) << first;
  EXPECT_EQ((*a)["timestamp"].text(), "2025-10-22T10:00:00.017000Z");
  EXPECT_EQ((*b)["timestamp"].text(), "2025-10-22T10:00:00.017042Z");
  EXPECT_TRUE(Workload::IsTimeOf(17, *event::ParseTimestamp((*b)["timestamp"].text())));
  EXPECT_FALSE(Workload::IsTimeOf(18, *event::ParseTimestamp((*b)["timestamp"].text())));
  copy.replace(copy.find("017042"), 6, "017000");
  EXPECT_EQ(first, copy);
}

TEST(WorkloadTest, ConflictsHaveTheIdentityAndOtherContent) {
  const Workload workload(Mixed());
  const Result<Json> a = Json::Parse(Written(workload, {.event = 17}));
  const Result<Json> b =
      Json::Parse(Written(workload, {.event = 17, .stamp = 1, .kind = Kind::kConflict}));
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_EQ((*a)["event_id"].text(), (*b)["event_id"].text());
  EXPECT_EQ((*a)["topic"].text(), (*b)["topic"].text());
  EXPECT_NE((*a)["payload"]["reading"].number(), (*b)["payload"]["reading"].number());
}

TEST(WorkloadTest, NamesLeadBackToNumbers) {
  const Workload workload(Mixed());
  EXPECT_EQ(workload.FindEvent(Workload::EventId(719)), 719U);
  EXPECT_EQ(workload.FindTopic(workload.TopicName(2)), 2U);
  for (const char* none : {"", "e", "x1", "e720", "e01", "e-1", "e99999999999999999999"}) {
    EXPECT_FALSE(workload.FindEvent(none)) << none;
  }
  for (const char* none : {"sim.t.3", "sim.t.", "sim.t.00", "sim.u.1", ""}) {
    EXPECT_FALSE(workload.FindTopic(none)) << none;
  }
}

}  // namespace
}  // namespace oncelog::app::simulate
