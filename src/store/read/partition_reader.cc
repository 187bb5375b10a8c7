#include "store/read/partition_reader.h"

#include "event/limits.h"
#include "store/read/log_scan.h"
#include "store/read/topic_scan.h"

namespace oncelog::store {
namespace {

constexpr size_t kTopicsAtOnce = 1024;

}  // namespace

Result<ScanEnd> PartitionReader::ScanTopic(std::string_view topic, const ScanOptions& options,
                                           const Visitor& visit) {
  const std::optional<DurableState::TopicHead> head = state_.FindTopic(topic);
  if (!head) return ScanEnd{options.after.value_or(0), false};
  Result<ScanEnd> end = TopicScan(state_, store_seed_, *head, options, visit).Run();
  if (!end.ok()) return end.error().Annotate("topic " + std::string(topic));
  return end;
}

Result<ScanEnd> PartitionReader::ScanAll(const ScanOptions& options, const Visitor& visit) {
  return LogScan(state_, store_seed_, options, visit).Run();
}

Status PartitionReader::Find(std::string_view topic, std::string_view event_id,
                             const Visitor& visit) {
  const Error not_found(Code::kNotFound, "no such event");
  if (topic.size() > event::kTopicBytesMax || event_id.size() > event::kEventIdBytesMax) {
    return not_found;
  }
  const std::optional<DurableState::TopicHead> head = state_.FindTopic(topic);
  if (!head) return not_found;
  const event::Fingerprint id = event::FingerprintOf(key_, topic, event_id);
  event::IndexEntry found;
  if (Status s = index_.Find({&id, 1}, {&found, 1}); !s.ok()) return s;
  // The index may know an event whose frame is being synced; readers do not yet.
  if (found.sequence().value == 0 || found.sequence() > head->head) return not_found;
  return VisitOne(*head, found.sequence(), visit);
}

Result<uint64_t> PartitionReader::FindInTopics(std::string_view event_id, uint64_t from,
                                               const TopicVisitor& visit) {
  if (event_id.size() > event::kEventIdBytesMax || from >= UINT32_MAX) return from;
  const std::vector<std::string_view> names =
      state_.TopicNames({static_cast<uint32_t>(from)}, kTopicsAtOnce);
  std::vector<event::Fingerprint> ids;
  ids.reserve(names.size());
  for (const std::string_view name : names) {
    ids.push_back(event::FingerprintOf(key_, name, event_id));
  }
  std::vector<event::IndexEntry> found(ids.size());
  if (Status s = index_.Find(ids, found); !s.ok()) return s.error();
  for (size_t i = 0; i < found.size(); ++i) {
    if (found[i].sequence().value == 0) continue;
    const Status s =
        Find(names[i], event_id, [&](const EventView& event) { visit(from + i, event); });
    const bool none =
        !s.ok() && (s.error().code() == Code::kNotFound || s.error().code() == Code::kGone);
    if (!s.ok() && !none) return s.error();
  }
  return from + names.size();
}

Status PartitionReader::VisitOne(const DurableState::TopicHead& topic, Sequence sequence,
                                 const Visitor& visit) {
  ScanOptions one;
  one.after = sequence.value - 1;
  one.limit = 1;
  bool visited = false;
  const Visitor visit_one = [&](const EventView& event) {
    visited = true;
    visit(event);
  };
  const DurableState::TopicHead up_to{topic.id, sequence, topic.first_kept, 1};
  const Result<ScanEnd> end = TopicScan(state_, store_seed_, up_to, one, visit_one).Run();
  if (!end.ok()) return end.error();
  if (!visited) return Error(Code::kGone, "the event was stored once, its payload is gone");
  return OkStatus();
}

}  // namespace oncelog::store
