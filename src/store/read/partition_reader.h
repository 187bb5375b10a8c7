// PartitionReader: the Reader of one partition: pins the durable state, finds places through topic
// indexes and the dedup index, and reads records from the log.
//
// Threads: any number at once. Ownership: borrows; the partition outlives its readers.
#pragma once

#include <string_view>
#include <vector>

#include "base/hash.h"
#include "store/index/dedup_index.h"
#include "store/read/reader.h"
#include "store/state/durable_state.h"

namespace oncelog::store {

class PartitionReader : public Reader {
 public:
  PartitionReader(DurableState& state, DedupIndex& index, const HashKey& key, uint64_t store_seed)
      : state_(state), index_(index), key_(key), store_seed_(store_seed) {}

  Result<ScanEnd> ScanTopic(std::string_view topic, const ScanOptions& options,
                            const Visitor& visit) override;
  Result<ScanEnd> ScanAll(const ScanOptions& options, const Visitor& visit) override;
  Status Find(std::string_view topic, std::string_view event_id, const Visitor& visit) override;
  Result<uint64_t> FindInTopics(std::string_view event_id, uint64_t from,
                                const TopicVisitor& visit) override;

  std::optional<TopicInfo> Topic(std::string_view name) override { return state_.Topic(name); }
  std::vector<TopicInfo> Topics(std::string_view prefix, std::string_view after,
                                size_t limit) override {
    return state_.Topics(prefix, after, limit);
  }
  std::vector<TopicInfo> LargestTopics(size_t limit) override {
    return state_.LargestTopics(limit);
  }
  StoreTotals Totals() override { return state_.Totals(); }

 private:
  Status VisitOne(const DurableState::TopicHead& topic, Sequence sequence, const Visitor& visit);

  DurableState& state_;
  DedupIndex& index_;
  const HashKey& key_;
  const uint64_t store_seed_;
};

}  // namespace oncelog::store
