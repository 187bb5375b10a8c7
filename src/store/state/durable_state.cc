#include "store/state/durable_state.h"

#include <algorithm>
#include <mutex>
#include <numeric>
#include <utility>

#include "base/check.h"
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

DurableState::DurableState(uint64_t store_seed) : store_seed_(store_seed) {}

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
    if (record.topic.value != topics_.size()) {
      return Error(Code::kDamaged,
                   "topic " + std::string(record.name) + " is numbered out of order");
    }
    const auto [place, fresh] = ids_.emplace(record.name, record.topic);
    if (!fresh) return Error(Code::kDamaged, "topic " + place->first + " appears twice");
    topics_.push_back({});
    topics_.back().name = &place->first;
    ++totals_.topics;
    return OkStatus();
  }
  const bool of_topic = record.kind == RecordKind::kEvent ||
                        record.kind == RecordKind::kDuplicates ||
                        record.kind == RecordKind::kConflict;
  if (!of_topic) return OkStatus();  // a later version's record that need not be understood
  if (record.topic.value >= topics_.size()) {
    return Error(Code::kDamaged, "a record names topic number " +
                                     std::to_string(record.topic.value) + ", which is unknown");
  }
  TopicState& topic = topics_[record.topic.value];
  if (record.kind == RecordKind::kDuplicates) {
    topic.duplicates += record.count;
    topic.conflicts += record.conflicts;
    totals_.duplicates += record.count;
    totals_.conflicts += record.conflicts;
  } else if (record.kind == RecordKind::kConflict) {
    ++topic.conflicts_kept;
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
  auto files = std::make_shared<LogFiles>(*files_);
  files->push_back(std::move(file));
  files_ = std::move(files);
}

void DurableState::SetClosedIndex(LogFile& file, std::shared_ptr<const TopicIndex> index) {
  std::shared_ptr<MemoryTopicIndex> freed;  // after the lock: freeing may take a while
  const std::unique_lock lock(mutex_);
  file.closed_index = std::move(index);
  freed = std::move(file.growing);
}

void DurableState::RestoreTopic(std::string name, const TopicState& state) {
  const std::unique_lock lock(mutex_);
  const auto [place, fresh] =
      ids_.emplace(std::move(name), TopicId{static_cast<uint32_t>(topics_.size())});
  Check(fresh, "a checkpoint was found to hold each topic once before it is restored");
  topics_.push_back(state);
  topics_.back().name = &place->first;
  ++totals_.topics;
  totals_.events += state.events;
  totals_.duplicates += state.duplicates;
  totals_.conflicts += state.conflicts;
}

DurableState::Pinned DurableState::Pin() const {
  const std::shared_lock lock(mutex_);
  return {files_, end_};
}

DurableState::IndexLease DurableState::Lease(const LogFile& file) const {
  std::shared_lock lock(mutex_);
  if (file.closed_index == nullptr) return {std::move(lock), file.growing};
  return {std::shared_lock<std::shared_mutex>(), file.closed_index};
}

std::optional<DurableState::TopicHead> DurableState::FindTopic(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto found = ids_.find(name);
  if (found == ids_.end()) return std::nullopt;
  return TopicHead{found->second, {topics_[found->second.value].events}};
}

std::optional<TopicInfo> DurableState::Topic(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto found = ids_.find(name);
  if (found == ids_.end()) return std::nullopt;
  return InfoOf(topics_[found->second.value]);
}

std::vector<TopicInfo> DurableState::Topics(std::string_view prefix, std::string_view after,
                                            size_t limit) const {
  const std::shared_lock lock(mutex_);
  std::vector<TopicInfo> infos;
  auto at = after.empty() || after < prefix ? ids_.lower_bound(prefix) : ids_.upper_bound(after);
  for (; at != ids_.end() && infos.size() < limit; ++at) {
    if (!std::string_view(at->first).starts_with(prefix)) break;
    infos.push_back(InfoOf(topics_[at->second.value]));
  }
  return infos;
}

std::vector<TopicInfo> DurableState::LargestTopics(size_t limit) const {
  const std::shared_lock lock(mutex_);
  std::vector<uint32_t> order(topics_.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto end = order.begin() + static_cast<ptrdiff_t>(std::min(limit, order.size()));
  std::partial_sort(order.begin(), end, order.end(), [this](uint32_t a, uint32_t b) {
    return topics_[a].events != topics_[b].events ? topics_[a].events > topics_[b].events : a < b;
  });
  std::vector<TopicInfo> infos;
  for (auto at = order.begin(); at != end; ++at) infos.push_back(InfoOf(topics_[*at]));
  return infos;
}

std::vector<std::string_view> DurableState::TopicNames(TopicId from, size_t limit) const {
  const std::shared_lock lock(mutex_);
  std::vector<std::string_view> names;
  for (size_t id = from.value; id < topics_.size() && names.size() < limit; ++id) {
    names.emplace_back(*topics_[id].name);
  }
  return names;
}

std::vector<DurableState::ClosableFile> DurableState::ClosableFiles() const {
  const std::shared_lock lock(mutex_);
  std::vector<ClosableFile> closable;
  for (size_t i = 0; i + 1 < files_->size(); ++i) {
    const std::shared_ptr<LogFile>& file = (*files_)[i];
    if (file->growing == nullptr) continue;
    closable.push_back({file, file->growing, file->end_offset, (*files_)[i + 1]->first_position});
  }
  return closable;
}

StoreTotals DurableState::Totals() const {
  const std::shared_lock lock(mutex_);
  return totals_;
}

std::vector<TopicState> DurableState::CopyTopics() const {
  const std::shared_lock lock(mutex_);
  return topics_;
}

TopicInfo DurableState::InfoOf(const TopicState& topic) const {
  TopicInfo info;
  info.name = *topic.name;
  info.last_sequence = {topic.events};
  info.duplicates = topic.duplicates;
  info.conflicts = topic.conflicts;
  info.bytes = topic.bytes;
  info.first_received_at = topic.first_received_at;
  info.last_received_at = topic.last_received_at;
  return info;
}

}  // namespace oncelog::store
