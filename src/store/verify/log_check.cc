#include "store/verify/log_check.h"

#include <algorithm>
#include <utility>

#include "store/log/topic_index_file.h"
#include "store/verify/log_order.h"
#include "store/verify/segments_check.h"

namespace oncelog::store {

using event::RecordKind;
using event::RecordView;

LogCheck::LogCheck(LogCheckContext context, Findings* findings,
                   std::function<void(uint64_t)> progress)
    : c_(std::move(context)), findings_(*findings), progress_(std::move(progress)), tally_(c_.key) {
  if (c_.checkpoint == nullptr) return;
  for (uint32_t id = 0; id < c_.checkpoint->topics.size(); ++id) {
    recount_.Hint(TopicId{id}, c_.checkpoint->topics[id].name);
  }
}

void LogCheck::Run() {
  ReadSegments();
  for (const LogFileInfo& info :
       LogFilesInOrder(c_.parts.fs, c_.parts.directory, c_.parts.manifest, c_.parts.store_seed)) {
    // A copy of the last frame, made by a start that was killed before it could list it as such.
    const bool copy = !info.closed && info.first_position < chain_.position;
    if (!copy) WalkFile(info);
  }
  CheckCheckpoint();
  CheckStubs();
}

void LogCheck::ReadSegments() {
  SegmentsCheck check(c_.parts, {&recount_, &tally_, &stubs_}, &findings_, progress_);
  check.Run();
  chain_ = check.chain();
  damaged_ += check.damaged();
  files_ += check.files();
  bytes_ += check.bytes();
}

void LogCheck::WalkFile(const LogFileInfo& info) {
  path_ = LogPath(c_.parts.directory, info.id);
  progressed_ = 0;
  ++files_;
  Result<std::unique_ptr<File>> file = c_.parts.fs.Open(path_, OpenMode::kRead);
  if (!file.ok()) {
    ++damaged_;
    findings_.Damage(FindingOf(OfListedFile(file.error()), path_));
    chain_ = {info.closed ? info.end_position : chain_.position, 0, true};
    return;
  }
  topic_index_ = std::make_unique<MemoryTopicIndex>();
  padding_ = {};
  const Position first = chain_.position;
  uint64_t end_offset = 0;
  file_ = file->get();
  Status s = WalkLog(**file, info, c_.parts.store_seed, *this, &chain_, &end_offset);
  if (s.ok() && info.closed) s = CheckPadding();
  bytes_ += end_offset;
  if (!s.ok()) {
    ++damaged_;
    findings_.Damage(FindingOf(s.error(), path_));
    chain_.broken = true;
    topic_index_.reset();
  }
  if (!info.closed) return;
  const bool as_listed = info.first_position == first && info.end_position == chain_.position;
  if (topic_index_ != nullptr && !as_listed) {
    findings_.Damage({.file = path_,
                      .what = "holds positions " + std::to_string(first.value) + " to " +
                              std::to_string(chain_.position.value) + ", but MANIFEST lists " +
                              std::to_string(info.first_position.value) + " to " +
                              std::to_string(info.end_position.value)});
  }
  CheckTopicIndex(info);
}

void LogCheck::CheckTopicIndex(const LogFileInfo& info) {
  const std::string path = TopicIndexPath(c_.parts.directory, info.id);
  const Result<std::string> bytes = ReadWholeFile(c_.parts.fs, path);
  if (!bytes.ok()) {
    // A start that was killed may not have come to write it; each start makes it again.
    if (bytes.error().code() != Code::kNotFound) {
      findings_.Damage(FindingOf(bytes.error(), path));
    }
    return;
  }
  ++files_;
  bytes_ += bytes->size();
  if (topic_index_ == nullptr) {  // its log file is damaged, so only its own checksums can be seen
    const auto index = TopicIndexFile::Open(c_.parts.fs, path, info.id, c_.parts.store_seed);
    const Status whole =
        index.ok()
            ? Status((*index)->FrameCount().ok() ? OkStatus() : (*index)->FrameCount().error())
            : Status(index.error());
    if (!whole.ok()) findings_.Damage(FindingOf(whole.error(), path));
    return;
  }
  const std::string expected = EncodeTopicIndexFile(*topic_index_, info.id, c_.parts.store_seed);
  if (*bytes == expected) return;
  const auto differs =
      std::mismatch(bytes->begin(), bytes->end(), expected.begin(), expected.end());
  findings_.Damage({.file = path,
                    .offset = static_cast<uint64_t>(differs.first - bytes->begin()),
                    .what = "is not the topic index of the log file beside it; it is derived: "
                            "`oncelog rebuild` makes it again"});
}

// Of the frame before: behind the last one of a log that was not closed a crash may have left what
// it was writing. Nothing reads these bytes, so no count is in doubt.
Status LogCheck::CheckPadding() {
  std::string bytes(padding_.end - padding_.offset, '\0');
  const Result<size_t> got = file_->ReadAt(padding_.offset, bytes.data(), bytes.size());
  if (!got.ok()) return got.error();
  const size_t at = bytes.find_first_not_of('\0');
  if (at == std::string::npos) return OkStatus();
  findings_.Damage({.file = path_,
                    .offset = padding_.offset + at,
                    .what = "not the zeros that were written behind a frame; no event is lost"});
  return OkStatus();
}

Status LogCheck::Frame(const FrameHeader& header, uint64_t offset) {
  ++frames_;
  if (Status s = CheckPadding(); !s.ok()) return s;
  padding_ = {offset + kFrameHeaderBytes + header.payload_bytes, offset + header.size_on_disk()};
  progress_(offset - progressed_);
  progressed_ = offset;
  if (!at_cover_ && header.first_position >= c_.parts.manifest.cover.position &&
      header.records > 0) {
    CheckCheckpoint();
  }
  if (topic_index_ != nullptr && header.records > 0) {
    topic_index_->AddFrame(
        {header.first_position, header.received_at, static_cast<uint32_t>(offset), header.records});
  }
  return OkStatus();
}

Status LogCheck::Record(const RecordView& record, const FrameHeader& header, uint64_t offset) {
  const Result<SequenceRange> missing = recount_.Take(record, header.received_at);
  const auto tell = [&](const std::string& what, SequenceRange sequences) {
    ++damaged_;
    topic_index_.reset();
    findings_.Damage({.file = path_,
                      .offset = offset,
                      .topic = recount_.NameOf(record.topic),
                      .first_sequence = sequences.first,
                      .last_sequence = sequences.last,
                      .what = what});
  };
  if (!missing.ok()) {
    tell(missing.error().message(), {});
    return OkStatus();
  }
  if (!missing->empty()) tell("no record before this one holds them", *missing);
  if (record.kind != RecordKind::kEvent) return OkStatus();
  if (record.json.empty()) {
    const uint64_t sequence = record.entry.sequence().value;
    tell("an event without content, which only a segment may hold", {sequence, sequence});
  }
  if (topic_index_ != nullptr) {
    topic_index_->Add(record.topic, record.entry.sequence(), static_cast<uint32_t>(offset));
  }
  if (header.first_position < c_.parts.manifest.cover.position) {
    tally_.Add(record.entry);
  } else {
    tail_.push_back(record.entry);
  }
  return OkStatus();
}

Status LogCheck::Damage(const LogDamage& damage) {
  ++damaged_;
  topic_index_.reset();
  Finding finding{.file = path_, .offset = damage.offset, .what = damage.what};
  if (damage.end > damage.offset) {
    finding.what = "up to offset " + std::to_string(damage.end) + ": " + damage.what;
  }
  findings_.Damage(std::move(finding));
  return OkStatus();
}

std::string LogCheck::checkpoint_path() const {
  return CheckpointPath(c_.parts.directory, c_.parts.manifest.checkpoint_id);
}

// What was counted up to the cover is what the checkpoint must say.
void LogCheck::CheckCheckpoint() {
  if (at_cover_) return;
  at_cover_ = true;
  damaged_at_cover_ = damaged_;
  if (c_.checkpoint == nullptr) return;
  const Checkpoint& said = *c_.checkpoint;
  if (said.cover != c_.parts.manifest.cover.position) {
    findings_.Damage({.file = checkpoint_path(),
                      .what = "belongs to position " + std::to_string(said.cover.value) +
                              ", but MANIFEST says " +
                              std::to_string(c_.parts.manifest.cover.position.value)});
    return;
  }
  for (uint32_t id = 0; id < said.topics.size(); ++id) CheckTopic(id, said.topics[id]);
  if (damaged_at_cover_ > 0) return;
  if (recount_.topics() != said.topics.size()) {
    findings_.Damage({.file = checkpoint_path(),
                      .what = "holds " + std::to_string(said.topics.size()) +
                              " topics, the log up to there " + std::to_string(recount_.topics())});
  }
  if (recount_.retention() != said.retention) {
    findings_.Damage({.file = checkpoint_path(),
                      .what = "says otherwise than the log which payloads are gone, or what the "
                              "topics' settings are"});
  }
  if (recount_.conflict_bytes_kept() != said.conflict_bytes_kept) {
    findings_.Damage({.file = checkpoint_path(),
                      .what = "counts " + std::to_string(said.conflict_bytes_kept) +
                              " bytes of conflicts, the log holds " +
                              std::to_string(recount_.conflict_bytes_kept())});
  }
}

void LogCheck::CheckTopic(uint32_t id, const CheckpointTopic& said) {
  const SequenceRange missing = recount_.MissingUpTo(TopicId{id}, said.state.events);
  if (!missing.empty()) {
    ++damaged_;
    damaged_at_cover_ = damaged_;
    const bool sealed = !c_.parts.manifest.segments.empty();
    findings_.Damage({.file = sealed ? c_.parts.directory : LogDirectory(c_.parts.directory),
                      .topic = said.name,
                      .first_sequence = missing.first,
                      .last_sequence = missing.last,
                      .what = sealed ? "the checkpoint counts them, and neither segments nor log "
                                       "files hold them"
                                     : "the checkpoint counts them, and the log does not hold "
                                       "them"});
  }
  if (damaged_at_cover_ > 0) return;  // then the log's own counts say nothing
  const TopicState& counted = recount_.states()[id];
  const auto compare = [&](const char* what, auto in_checkpoint, auto in_log) {
    if (in_checkpoint == in_log) return;
    findings_.Damage({.file = checkpoint_path(),
                      .topic = said.name,
                      .what = std::string(what) + ": " + std::to_string(in_checkpoint) +
                              " in the checkpoint, " + std::to_string(in_log) + " by the log"});
  };
  if (*counted.name != said.name) {
    findings_.Damage(
        {.file = checkpoint_path(),
         .topic = said.name,
         .what = "the log names topic number " + std::to_string(id) + " " + *counted.name});
  }
  compare("events", said.state.events, counted.events);
  compare("duplicates", said.state.duplicates, counted.duplicates);
  compare("conflicts", said.state.conflicts, counted.conflicts);
  if (stubs_.Has(TopicId{id})) {
    bytes_left_[TopicId{id}] = {said.state.bytes, counted.bytes};
  } else {
    compare("bytes", said.state.bytes, counted.bytes);
  }
  compare("conflicts kept", said.state.conflicts_kept, counted.conflicts_kept);
  compare("first received_at", said.state.first_received_at.value, counted.first_received_at.value);
  compare("last received_at", said.state.last_received_at.value, counted.last_received_at.value);
}

// What is gone is known only now. Where anything is damaged, a record that says so may be missing.
void LogCheck::CheckStubs() {
  if (damaged_ > 0 || stubs_.empty()) return;
  stubs_.ForEachNotGone(recount_.retention(), [this](const StubRun& run) {
    const SegmentInfo& segment = c_.parts.manifest.segments[run.segment];
    findings_.Damage({.file = SegmentPath(SegmentDirectory(c_.parts.directory), segment.id),
                      .offset = run.offset,
                      .topic = recount_.NameOf(run.topic),
                      .first_sequence = run.first,
                      .last_sequence = run.last,
                      .what = "without content, though no record says that it was erased or is "
                              "past its retention"});
    ++damaged_;
  });
  if (damaged_ > 0 || bytes_left_.empty()) return;
  const auto of_stubs = BytesOfStubs(c_.parts, stubs_, recount_.gone());
  for (const auto& [topic, bytes] : bytes_left_) {
    const auto [said, counted] = bytes;
    const auto more = of_stubs.find(topic);
    const uint64_t all = counted + (more == of_stubs.end() ? 0 : more->second);
    if (said == all) continue;
    findings_.Damage({.file = checkpoint_path(),
                      .topic = recount_.NameOf(topic),
                      .what = "bytes: " + std::to_string(said) + " in the checkpoint, " +
                              std::to_string(all) + " by segments and log"});
  }
}

}  // namespace oncelog::store
