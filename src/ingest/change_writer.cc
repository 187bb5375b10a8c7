#include "ingest/change_writer.h"

#include <optional>
#include <variant>

#include "event/identity.h"
#include "event/record.h"
#include "ingest/work.h"

namespace oncelog::ingest {

using store::RetentionState;

Status ChangeWriter::Write(Change* change, store::FrameBuilder* frame) {
  return std::visit([&](const auto& wanted) { return Write(wanted, &change->outcome, frame); },
                    change->what);
}

Status ChangeWriter::Write(const SetSettings& wanted, ChangeOutcome* outcome,
                           store::FrameBuilder* frame) {
  store::TopicDirectory& topics = partition_.topics();
  const uint64_t hash = partition_.key().Hash64(wanted.topic);
  std::optional<TopicId> id = topics.Find(hash, wanted.topic);
  if (!id) {
    if (topics.size() >= topics_max_) return TooManyTopics(topics_max_);
    id = topics.Add(hash, wanted.topic);
    event::AppendTopicRecord(frame->payload(), *id, wanted.topic, partition_.store_seed());
    frame->CountRecord();
    outcome->new_topic = true;
  }
  if (topics.retention().SettingsOf(*id) == wanted.settings) return OkStatus();
  topics.retention().Set(*id, wanted.settings);
  event::AppendSettingsRecord(frame->payload(), *id, wanted.settings, partition_.store_seed());
  frame->CountRecord();
  outcome->changed = true;
  return OkStatus();
}

Status ChangeWriter::Write(const EraseEvent& wanted, ChangeOutcome* outcome,
                           store::FrameBuilder* frame) {
  const Error not_found(Code::kNotFound, "no such event");
  store::TopicDirectory& topics = partition_.topics();
  const std::optional<TopicId> id =
      topics.Find(partition_.key().Hash64(wanted.topic), wanted.topic);
  if (!id) return not_found;
  const event::Fingerprint print =
      event::FingerprintOf(partition_.key(), wanted.topic, wanted.event_id);
  event::IndexEntry found;
  if (Status s = partition_.index().Find({&print, 1}, {&found, 1}); !s.ok()) return s;
  if (found.sequence().value == 0) return not_found;
  outcome->sequence = found.sequence();
  RetentionState& retention = topics.retention();
  if (retention.IsGone(*id, found.sequence())) return OkStatus();
  if (retention.erased_runs() >= erased_runs_max_) {
    return Error(Code::kTooManyErased,
                 "so many events were erased one by one that no more can be remembered (" +
                     std::to_string(erased_runs_max_) +
                     " runs of neighbours); a retention_age or retention_bytes that passes them "
                     "makes room");
  }
  retention.Erase(*id, found.sequence());
  event::AppendEraseRecord(frame->payload(), *id, found, wanted.json_bytes,
                           partition_.store_seed());
  frame->CountRecord();
  outcome->changed = true;
  return OkStatus();
}

Status ChangeWriter::Write(const RetainFrom& wanted, ChangeOutcome* outcome,
                           store::FrameBuilder* frame) {
  RetentionState& retention = partition_.topics().retention();
  const RetentionState::Topic* const topic = retention.Find(wanted.topic);
  const uint64_t gone = topic == nullptr ? 0 : topic->gone();
  if (gone != wanted.gone_before) {
    return Error(Code::kBusy, "events of the topic went while its cut was measured");
  }
  if (topic != nullptr && wanted.first_kept <= topic->first_kept) return OkStatus();
  retention.Retain(wanted.topic, wanted.first_kept);
  event::AppendRetainRecord(frame->payload(), wanted.topic, wanted.first_kept, wanted.json_bytes,
                            partition_.store_seed());
  frame->CountRecord();
  outcome->changed = true;
  return OkStatus();
}

// Its frame is still in that file; the mark that follows an idle log is in the next one. The note
// keeps the position from standing still: of two files that begin at the same one, a start could
// not tell which comes before the cover.
Status ChangeWriter::Write(const LeaveLog& wanted, ChangeOutcome* /*outcome*/,
                           store::FrameBuilder* frame) {
  if (!partition_.LeaveLog(wanted.log_id)) return Error(Code::kBusy, "no other log file is ready");
  event::AppendNoteRecord(frame->payload(), partition_.store_seed());
  frame->CountRecord();
  return OkStatus();
}

}  // namespace oncelog::ingest
