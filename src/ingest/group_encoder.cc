#include "ingest/group_encoder.h"

#include <string_view>

#include "base/bytes.h"
#include "event/record.h"

namespace oncelog::ingest {
namespace {

constexpr size_t kCountRecordBytes = 24;  // of a duplicates record, besides the source
constexpr size_t kConflictJsonBytesMax = size_t{16} << 10;
constexpr uint32_t kConflictsPerTopicMax = 1000;
constexpr uint64_t kConflictBytesMax = uint64_t{64} << 20;

}  // namespace

void GroupEncoder::AddTopic(TopicId topic, std::string_view name, store::FrameBuilder* frame) {
  event::AppendTopicRecord(frame->payload(), topic, name, store_seed_);
  frame->CountRecord();
}

void GroupEncoder::Encode(const PlanGroup& group, const std::vector<TopicId>& topic_ids,
                          std::span<const std::unique_ptr<Work>> works,
                          store::FrameBuilder* frame) {
  entries_.clear();
  size_t number = 0;
  for (const std::unique_ptr<Work>& work : works) {
    const event::Batch& batch = work->batch;
    const auto first = group.verdicts.begin() + static_cast<ptrdiff_t>(number);
    work->outcome.verdicts.assign(first, first + static_cast<ptrdiff_t>(batch.submissions.size()));
    for (const event::Submission& submission : batch.submissions) {
      const EventVerdict& verdict = group.verdicts[number];
      const TopicId topic = topic_ids[number++];
      if (verdict.verdict == Verdict::kAccepted) {
        Accept(batch, submission, topic, verdict.sequence, frame);
      } else {
        Drop(batch, submission, topic, verdict, frame);
      }
    }
  }
}

void GroupEncoder::Accept(const event::Batch& batch, const event::Submission& submission,
                          TopicId topic, Sequence sequence, store::FrameBuilder* frame) {
  std::string* payload = frame->payload();
  const size_t at = payload->size();
  payload->append(batch.View(submission.record));
  event::SealEventRecord(payload->data() + at, submission.record.bytes, topic, sequence,
                         store_seed_);
  frame->CountRecord();
  entries_.push_back(event::IndexEntry::Make(submission.id, sequence, submission.content));
}

void GroupEncoder::Drop(const event::Batch& batch, const event::Submission& submission,
                        TopicId topic, const EventVerdict& verdict, store::FrameBuilder* frame) {
  key_.clear();
  ByteWriter(&key_).Put(topic.value);
  key_.append(batch.View(submission.source));
  const auto [place, fresh] = counts_.try_emplace(key_);
  if (fresh) {
    in_order_.push_back(&*place);
    count_bytes_ += kCountRecordBytes + submission.source.bytes;
  }
  Count& count = place->second;
  ++count.all;
  if (verdict.verdict != Verdict::kConflict) return;
  ++count.conflicts;
  KeepConflict(batch, submission, topic, verdict.sequence, frame);
}

void GroupEncoder::KeepConflict(const event::Batch& batch, const event::Submission& submission,
                                TopicId topic, Sequence original, store::FrameBuilder* frame) {
  const auto record = event::ParseRecord(batch.View(submission.record), store_seed_, false);
  Check(record.ok(), "the decoder's records are whole");
  const std::string_view json = record->json;
  // What was erased must not come back as a conflict with itself.
  if (topics_.retention().IsGone(topic, original) || json.size() > kConflictJsonBytesMax ||
      topics_.conflicts_kept(topic) >= kConflictsPerTopicMax ||
      topics_.conflict_bytes_kept() + json.size() > kConflictBytesMax) {
    return;
  }
  topics_.CountKeptConflict(topic, json.size());
  event::AppendConflictRecord(frame->payload(), topic,
                              event::IndexEntry::Make(submission.id, original, submission.content),
                              batch.View(submission.source), json, store_seed_);
  frame->CountRecord();
}

void GroupEncoder::FlushCounts(store::FrameBuilder* frame) {
  // In order of arrival, so that the same submissions give the same bytes.
  for (const auto* entry : in_order_) {
    const TopicId topic{LoadLe<uint32_t>(entry->first.data())};
    event::AppendDuplicatesRecord(
        frame->payload(), topic, entry->second.all, entry->second.conflicts,
        std::string_view(entry->first).substr(sizeof topic.value), store_seed_);
    frame->CountRecord();
  }
  in_order_.clear();
  counts_.clear();
  count_bytes_ = 0;
}

}  // namespace oncelog::ingest
