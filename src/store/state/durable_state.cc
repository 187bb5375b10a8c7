#include "store/state/durable_state.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "event/limits.h"
#include "store/log/frame_records.h"

namespace oncelog::store {

using event::RecordKind;
using event::RecordView;

namespace {

void AddFrameTo(MemoryTopicIndex& index, const FrameHeader& header, uint64_t offset) {
  index.AddFrame(
      {header.first_position, header.received_at, static_cast<uint32_t>(offset), header.records});
}

void AddEventTo(MemoryTopicIndex& index, const RecordView& record, uint64_t frame_offset,
                size_t at) {
  if (record.kind != RecordKind::kEvent) return;
  index.Add(record.topic, record.entry.sequence(),
            static_cast<uint32_t>(frame_offset + kFrameHeaderBytes + at));
}

}  // namespace

DurableState::DurableState(uint64_t store_seed, const HashKey& key)
    : store_seed_(store_seed), key_(key) {}

Status DurableState::Apply(const FrameHeader& header, std::string_view records,
                           const std::shared_ptr<LogFile>& file, uint64_t offset) {
  const std::unique_lock lock(mutex_);
  if (file != nullptr) file->end_offset = offset + header.size_on_disk();
  if (header.records == 0) return OkStatus();
  MemoryTopicIndex* index = file == nullptr ? nullptr : file->growing.get();
  if (index != nullptr) AddFrameTo(*index, header, offset);
  Status s = ForEachRecord(header, records, store_seed_, [&](const RecordView& record, size_t at) {
    Status folded = Fold(record, header.received_at);
    if (folded.ok() && index != nullptr) AddEventTo(*index, record, offset, at);
    return folded;
  });
  if (s.ok()) end_ = header.end_position();
  return s;
}

Status DurableState::ApplyToIndex(const FrameHeader& header, std::string_view records,
                                  LogFile& file, uint64_t offset) {
  const std::unique_lock lock(mutex_);
  file.end_offset = offset + header.size_on_disk();
  if (header.records == 0) return OkStatus();
  AddFrameTo(*file.growing, header, offset);
  return ForEachRecord(header, records, store_seed_, [&](const RecordView& record, size_t at) {
    AddEventTo(*file.growing, record, offset, at);
    return OkStatus();
  });
}

Status DurableState::Fold(const RecordView& record, UnixMs received_at) {
  if (record.kind == RecordKind::kTopic) {
    if (record.name.size() > event::kTopicBytesMax) {
      return Error(Code::kDamaged, "topic number " + std::to_string(record.topic.value) +
                                       " has a name of " + std::to_string(record.name.size()) +
                                       " bytes");
    }
    if (record.topic.value != topics_.size()) {
      return Error(Code::kDamaged,
                   "topic " + std::string(record.name) + " is numbered out of order");
    }
    const uint64_t hash = key_.Hash64(record.name);
    if (IdOf(hash, record.name)) {
      return Error(Code::kDamaged, "topic " + std::string(record.name) + " appears twice");
    }
    AddTopic(hash, std::string(record.name), {});
    return OkStatus();
  }
  if ((static_cast<uint8_t>(record.kind) & event::kMustUnderstand) == 0)
    return OkStatus();  // a later version's record that need not be understood
  if (record.topic.value >= topics_.size()) {
    return Error(Code::kDamaged, "a record names topic number " +
                                     std::to_string(record.topic.value) + ", which is unknown");
  }
  TopicState& topic = topics_.Mutable(record.topic.value);
  if (record.kind == RecordKind::kDuplicates) {
    topic.duplicates += record.count;
    topic.conflicts += record.conflicts;
    totals_.duplicates += record.count;
    totals_.conflicts += record.conflicts;
  } else if (record.kind == RecordKind::kConflict) {
    ++topic.conflicts_kept;
  } else if (RetentionState::Takes(record.kind)) {
    return FoldRetention(record, topic);
  } else {
    if (record.entry.sequence().value != topic.events + 1) {
      return Error(Code::kDamaged, "topic " + *topic.name + " goes on at sequence " +
                                       std::to_string(record.entry.sequence().value) + " after " +
                                       std::to_string(topic.events));
    }
    CountEvent(topic, record, received_at);
  }
  return OkStatus();
}

Status DurableState::FoldRetention(const RecordView& record, TopicState& topic) {
  const Result<Freed> freed = retention_.Apply(record, {topic.events});
  if (!freed.ok()) return freed.error().Annotate("topic " + *topic.name);
  if (freed->json_bytes > topic.bytes) {
    return Error(Code::kDamaged, "topic " + *topic.name + ": more bytes go than it has");
  }
  topic.gone += freed->events;
  topic.bytes -= freed->json_bytes;
  totals_.gone += freed->events;
  if (freed->events > 0) any_gone_.store(true, std::memory_order_release);
  return OkStatus();
}

void DurableState::CountEvent(TopicState& topic, const RecordView& record, UnixMs received_at) {
  if (topic.events == 0) topic.first_received_at = received_at;
  topic.last_received_at = received_at;
  topic.bytes += record.json.size();
  ++topic.events;
  ++totals_.events;
}

void DurableState::AddFile(std::shared_ptr<LogFile> file, Position first_position) {
  const std::unique_lock lock(mutex_);
  file->first_position = first_position;
  auto files = std::make_shared<StoreFiles>(*files_);
  files->logs.push_back(std::move(file));
  files_ = std::move(files);
}

LogFiles DurableState::Seal(std::shared_ptr<const Segment> segment,
                            std::span<const uint64_t> log_ids) {
  const std::unique_lock lock(mutex_);
  auto files = std::make_shared<StoreFiles>(*files_);
  files->segments.push_back(std::move(segment));
  const auto kept = std::stable_partition(
      files->logs.begin(), files->logs.end(), [&](const std::shared_ptr<LogFile>& log) {
        return std::find(log_ids.begin(), log_ids.end(), log->id) == log_ids.end();
      });
  LogFiles replaced(kept, files->logs.end());
  files->logs.erase(kept, files->logs.end());
  files_ = std::move(files);
  return replaced;
}

std::shared_ptr<const Segment> DurableState::Replace(std::shared_ptr<const Segment> segment,
                                                     uint64_t old_id) {
  const std::unique_lock lock(mutex_);
  auto files = std::make_shared<StoreFiles>(*files_);
  const auto old = std::find_if(files->segments.begin(), files->segments.end(),
                                [&](const auto& one) { return one->header().id == old_id; });
  Check(old != files->segments.end(), "the segment that is replaced is in use");
  std::shared_ptr<const Segment> replaced = std::exchange(*old, std::move(segment));
  files_ = std::move(files);
  return replaced;
}

void DurableState::RestoreSegments(Segments segments) {
  const std::unique_lock lock(mutex_);
  auto files = std::make_shared<StoreFiles>(*files_);
  files->segments = std::move(segments);
  files_ = std::move(files);
}

void DurableState::SetClosedIndex(LogFile& file, std::shared_ptr<const TopicIndex> index) {
  std::shared_ptr<MemoryTopicIndex> freed;  // after the lock: freeing may take a while
  const std::unique_lock lock(mutex_);
  file.closed_index = std::move(index);
  freed = std::move(file.growing);
}

void DurableState::AddTopic(uint64_t hash, std::string name, TopicState state) {
  slots_.Insert(hash, {static_cast<uint32_t>(topics_.size())});
  state.name = &names_.emplace_back(std::move(name));
  topics_.Append(state);
  ++totals_.topics;
}

void DurableState::RestoreTopic(uint64_t hash, std::string name, const TopicState& state) {
  AddTopic(hash, std::move(name), state);
  totals_.events += state.events;
  totals_.duplicates += state.duplicates;
  totals_.conflicts += state.conflicts;
}

void DurableState::RestoreRetention(RetentionState retention) {
  const std::unique_lock lock(mutex_);
  retention_ = std::move(retention);
  for (const auto& [id, topic] : retention_.topics()) {
    topics_.Mutable(id.value).gone = topic.gone();
    totals_.gone += topic.gone();
  }
  any_gone_ = totals_.gone > 0;
}

DurableState::Pinned DurableState::Pin() const {
  const std::shared_lock lock(mutex_);
  return {files_, end_, totals_.events - totals_.gone};
}

DurableState::IndexLease DurableState::Lease(const LogFile& file) const {
  std::shared_lock lock(mutex_);
  if (file.closed_index == nullptr) return {std::move(lock), file.growing};
  return {std::shared_lock<std::shared_mutex>(), file.closed_index};
}

bool DurableState::IsGone(TopicId topic, Sequence sequence) const {
  if (!any_gone_.load(std::memory_order_acquire)) return false;
  const std::shared_lock lock(mutex_);
  return retention_.IsGone(topic, sequence);
}

uint64_t DurableState::CountGone(std::span<const SegmentTopic> topics) const {
  const std::shared_lock lock(mutex_);
  uint64_t gone = 0;
  for (const SegmentTopic& topic : topics) {
    const RetentionState::Topic* const retained = retention_.Find(topic.topic);
    if (retained != nullptr) gone += retained->GoneAmong(topic.first, topic.last());
  }
  return gone;
}

std::vector<DurableState::ClosableFile> DurableState::ClosableFiles() const {
  const std::shared_lock lock(mutex_);
  std::vector<ClosableFile> closable;
  const LogFiles& logs = files_->logs;
  for (size_t i = 0; i + 1 < logs.size(); ++i) {
    const std::shared_ptr<LogFile>& file = logs[i];
    if (file->growing == nullptr) continue;
    closable.push_back({file, file->growing, file->end_offset, logs[i + 1]->first_position});
  }
  return closable;
}

}  // namespace oncelog::store
