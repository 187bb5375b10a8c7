// GroupEncoder: from verdicts to records: appends what a group of works adds to the log to a frame.
// Accepted events become event records (with a topic record before the first of a new topic),
// conflicting newcomers are kept while there is room for them, and all that was not stored is
// counted per topic and source in duplicates records when the frame closes.
//
//   encoder.Encode(group, works, topics, &frame);
//   index.Insert(encoder.entries());
//   encoder.FlushCounts(&frame);              // once, before the frame is placed
//
// Threads: the committer only.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ingest/plan.h"
#include "ingest/work.h"
#include "store/log/frame.h"
#include "store/state/topic_directory.h"

namespace oncelog::ingest {

class GroupEncoder {
 public:
  GroupEncoder(store::TopicDirectory& topics, uint64_t store_seed)
      : topics_(topics), store_seed_(store_seed) {}

  // At most so many bytes are added for one submission besides its record, topic and source.
  static constexpr size_t kExtraBytesMax = 64;

  void AddTopic(TopicId topic, std::string_view name, store::FrameBuilder* frame);
  // `topic_ids`: of each submission. Sets the outcomes' verdicts too.
  void Encode(const PlanGroup& group, const std::vector<TopicId>& topic_ids,
              std::span<const std::unique_ptr<Work>> works, store::FrameBuilder* frame);
  void FlushCounts(store::FrameBuilder* frame);
  // What FlushCounts will append.
  [[nodiscard]] size_t count_bytes() const { return count_bytes_; }

  // What Encode accepted, for the index.
  [[nodiscard]] std::span<const event::IndexEntry> entries() const { return entries_; }

 private:
  struct Count {
    uint32_t all = 0;
    uint32_t conflicts = 0;
  };

  void Accept(const event::Batch& batch, const event::Submission& submission, TopicId topic,
              Sequence sequence, store::FrameBuilder* frame);
  void Drop(const event::Batch& batch, const event::Submission& submission, TopicId topic,
            const EventVerdict& verdict, store::FrameBuilder* frame);
  void KeepConflict(const event::Batch& batch, const event::Submission& submission, TopicId topic,
                    Sequence original, store::FrameBuilder* frame);

  store::TopicDirectory& topics_;
  const uint64_t store_seed_;
  std::vector<event::IndexEntry> entries_;
  // Of the open frame, by topic id (4 bytes) and source.
  std::unordered_map<std::string, Count> counts_;
  std::vector<const std::pair<const std::string, Count>*> in_order_;  // of arrival
  size_t count_bytes_ = 0;
  std::string key_;  // reused
};

}  // namespace oncelog::ingest
