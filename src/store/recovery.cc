#include "store/recovery.h"

#include <algorithm>
#include <utility>

#include "store/log/frame_records.h"
#include "store/log/topic_index_file.h"

namespace oncelog::store {

using event::RecordKind;
using event::RecordView;
using State = LogScanner::State;

namespace {

Error HoldsNewerFrames(const LogFile& file) {
  return {Code::kTooNew, file.file->path() + ": holds frames of a newer oncelog"};
}

}  // namespace

Result<Recovered> Recovery::Run() {
  manifest_ = c_.manifest.Current();
  read_ = proven_ = manifest_.cover;
  if (Status s = RestoreCheckpoint(); !s.ok()) return s.error();
  if (Status s = OpenSegments(); !s.ok()) return s.error();
  if (Status s = CheckStrays(); !s.ok()) return s.error();
  if (Status s = ReadLogs(); !s.ok()) return s.error();
  if (Status s = CheckEnd(); !s.ok()) return s.error();
  if (Status s = CheckSpares(); !s.ok()) return s.error();
  if (Status s = CheckCopies(); !s.ok()) return s.error();
  if (Status s = Continue(); !s.ok()) return s.error();
  if (manifest_stays_) RemoveLeftovers();
  return std::move(out_);
}

Status Recovery::RestoreCheckpoint() {
  c_.state.RestoreEnd(manifest_.cover.position);
  if (manifest_.checkpoint_id == 0) return OkStatus();
  const std::string path = CheckpointPath(c_.directory, manifest_.checkpoint_id);
  Result<Checkpoint> checkpoint = ReadCheckpoint(c_.fs, path, c_.store_seed);
  if (!checkpoint.ok()) return OfDerivedFile(checkpoint.error(), c_.directory);
  if (checkpoint->cover != manifest_.cover.position) {
    const Error other(Code::kDamaged, path + ": belongs to another position than MANIFEST says");
    return OfDerivedFile(other, c_.directory);
  }
  c_.topics.Reserve(checkpoint->topics.size());
  c_.state.ReserveTopics(checkpoint->topics.size());
  for (CheckpointTopic& topic : checkpoint->topics) {
    const uint64_t hash = c_.key.Hash64(topic.name);
    if (c_.topics.Find(hash, topic.name)) {
      const Error twice(Code::kDamaged, path + ": holds topic " + topic.name + " twice");
      return OfDerivedFile(twice, c_.directory);
    }
    const TopicId id = c_.topics.Add(hash, topic.name);
    c_.topics.set_head(id, {topic.state.events});
    c_.topics.RestoreKeptConflicts(id, topic.state.conflicts_kept);
    out_.last_received_at = std::max(out_.last_received_at, topic.state.last_received_at);
    c_.state.RestoreTopic(hash, std::move(topic.name), topic.state);
  }
  c_.topics.RestoreConflictBytes(checkpoint->conflict_bytes_kept);
  c_.topics.retention() = checkpoint->retention;
  c_.state.RestoreRetention(std::move(checkpoint->retention));
  return OkStatus();
}

Status Recovery::ReadLogs() {
  std::vector<OpenFile> open;
  for (const LogFileInfo& info : manifest_.logs) {
    if (info.closed) continue;
    Result<std::unique_ptr<File>> file =
        c_.fs.OpenUncached(LogPath(c_.directory, info.id), OpenMode::kReadWrite);
    if (!file.ok()) return OfListedFile(file.error());
    auto log = std::make_shared<LogFile>(info.id, file.Take(), info.capacity_bytes);
    LogScanner first(*log->file, log->id, c_.store_seed, 0, log->capacity_bytes);
    const State state = first.Next();
    if (state == State::kError) return first.error();
    if (state == State::kTooNew) return HoldsNewerFrames(*log);
    if (state == State::kFrame) {
      open.push_back({std::move(log), first.header().first_position});
    } else {
      spares_.push_back(std::move(log));
    }
  }
  // Of two with the same first frame the older is the original; the other was being rewritten.
  std::sort(open.begin(), open.end(), [](const OpenFile& a, const OpenFile& b) {
    return a.first_position != b.first_position ? a.first_position < b.first_position
                                                : a.file->id < b.file->id;
  });
  for (const LogFileInfo& info : ClosedLogs(manifest_)) {
    if (Status s = ReadClosed(info); !s.ok()) return s;
  }
  for (const OpenFile& file : open) {
    if (Status s = ReadOpen(file); !s.ok()) return s;
  }
  return OkStatus();
}

Status Recovery::ReadClosed(const LogFileInfo& info) {
  Result<std::unique_ptr<File>> opened =
      c_.fs.Open(LogPath(c_.directory, info.id), OpenMode::kRead);
  if (!opened.ok()) return OfListedFile(opened.error());
  auto file = std::make_shared<LogFile>(info.id, opened.Take(), info.capacity_bytes);
  file->end_offset = info.end_offset;
  if (Status s = CheckGap(*file, info.first_position); !s.ok()) return s;
  if (Status s = CheckFollowsSegments(*file); !s.ok()) return s;
  closed_end_ = info.end_position;
  List(file, info.first_position);

  Result<std::unique_ptr<TopicIndexFile>> index =
      TopicIndexFile::Open(c_.fs, TopicIndexPath(c_.directory, info.id), info.id, c_.store_seed);
  // Behind the cover's frame its file may still hold marks, which the next frame links to.
  const bool before_cover = info.first_position < manifest_.cover.position &&
                            info.end_position <= manifest_.cover.position &&
                            info.id != manifest_.cover.file_id;
  uint64_t from = 0;
  if (index.ok()) {
    c_.state.SetClosedIndex(*file, index.Take());
    if (before_cover) return OkStatus();
    if (manifest_.cover.file_id == info.id) {
      from = manifest_.cover.offset;
      read_ = manifest_.cover;
    }
  } else if (index.error().code() == Code::kIo || index.error().code() == Code::kTooNew) {
    return index.error();
  }
  LogScanner scan(*file->file, info.id, c_.store_seed, from, info.end_offset);
  const State state = scan.Next();
  if (Status s = ReadFrames(&scan, file, state); !s.ok()) return s;
  if (scan.offset() != info.end_offset || read_.position != info.end_position) {
    return Damage(*file, scan.offset(), "is damaged here, in the middle of the log");
  }
  // A file before the cover was only read for its topic index.
  if (before_cover) read_ = manifest_.cover;
  proven_ = read_;
  return OkStatus();
}

Status Recovery::ReadOpen(const OpenFile& open) {
  LogScanner scan(*open.file->file, open.file->id, c_.store_seed, 0, open.file->capacity_bytes);
  const State state = scan.Next();
  if (state == State::kError) return scan.error();
  if (tail_ != nullptr && scan.header().first_position != read_.position) {
    const bool unfinished_rewrite =
        pending_ && scan.header().first_position == pending_->header.first_position &&
        scan.header().link == pending_->header.link;
    if (!unfinished_rewrite) {
      return Damage(*tail_, tail_scan_->offset(),
                    "ends too early: a later log file goes on at position " +
                        std::to_string(open.first_position.value) + UnreadableFiles());
    }
    copies_.push_back(open.file);
    return OkStatus();
  }
  if (tail_ != nullptr) {
    // What links to the last good frame leaves nothing between: a torn rest was written again here.
    if (tail_state_ != State::kEnd && scan.header().link != read_.link) {
      return Damage(*tail_, tail_scan_->offset(), "is damaged here; a later log file goes on");
    }
    LogFileInfo closing;
    closing.id = tail_->id;
    closing.end_position = read_.position;
    closing.end_offset = read_.offset;
    closings_.push_back(closing);
  }
  if (tail_ == nullptr) {
    if (Status s = CheckGap(*open.file, open.first_position); !s.ok()) return s;
    if (Status s = CheckFollowsSegments(*open.file); !s.ok()) return s;
  }
  tail_ = open.file;
  if (Status s = ReadFrames(&scan, open.file, state); !s.ok()) return s;
  tail_scan_.emplace(std::move(scan));
  return OkStatus();
}

Status Recovery::ReadFrames(LogScanner* scan, const std::shared_ptr<LogFile>& file, State state) {
  while (state == State::kFrame) {
    if (Status s = TakeFrame(*scan, file); !s.ok()) return s;
    state = scan->Next();
  }
  if (state == State::kError) return scan->error();
  if (state == State::kTooNew) return HoldsNewerFrames(*file);
  tail_state_ = state;
  return OkStatus();
}

Status Recovery::TakeFrame(const LogScanner& scan, const std::shared_ptr<LogFile>& file) {
  if (Status s = CheckLink(scan, *file); !s.ok()) return s;
  // This frame was written only because the ones before it were durable.
  if (Status s = SettlePending(); !s.ok()) return s;
  const FrameHeader& header = scan.header();
  if (read_.position == header.first_position) proven_ = read_;
  read_ = {header.end_position(), file->id, scan.next_offset(), header.checksum};
  out_.last_received_at = std::max(out_.last_received_at, header.received_at);
  const bool closed = tail_ == nullptr;  // closed files come first; all in them is durable
  const Position durable = std::max(manifest_.cover.position, manifest_.known_durable.position);
  const bool proven = closed || header.end_position() <= durable;
  // A mark is no proof of itself, unless the cover lies behind it.
  const bool covered_mark =
      file->id == manifest_.cover.file_id && scan.next_offset() <= manifest_.cover.offset;
  if (proven && (header.records > 0 || covered_mark)) proven_ = read_;
  if (header.end_position() <= manifest_.cover.position) {
    List(file, header.first_position);
    if (file->growing == nullptr) return OkStatus();
    return c_.state.ApplyToIndex(header, scan.payload(), *file, scan.offset());
  }
  if (proven) return Fold(header, scan.payload(), file, scan.offset());
  if (header.records > 0) {
    pending_ = Pending{header, std::string(scan.payload()), scan.offset(), file};
  }
  return OkStatus();
}

// What the cover counts is not read again, so that links would not show a file that is not there.
Status Recovery::CheckGap(const LogFile& file, Position first_position) const {
  if (first_position == closed_end_) return OkStatus();
  return Damage(file, 0,
                "begins at position " + std::to_string(first_position.value) +
                    ", but what comes before it ends at " + std::to_string(closed_end_.value) +
                    UnreadableFiles());
}

Status Recovery::CheckLink(const LogScanner& scan, const LogFile& file) const {
  const FrameHeader& header = scan.header();
  const LogPoint& cover = manifest_.cover;
  // What lies before the cover is read again only from the start of its file.
  const bool before_cover = header.first_position < cover.position ||
                            (file.id == cover.file_id && scan.offset() < cover.offset);
  const bool reread = scan.offset() == 0 && before_cover;
  if (!reread && (header.first_position != read_.position || header.link != read_.link)) {
    return Damage(file, scan.offset(),
                  "holds a frame that does not follow the one before it: "
                  "frames between them are missing");
  }
  if (header.first_position < cover.position && header.end_position() > cover.position) {
    return Damage(file, scan.offset(), "holds a frame across the position that MANIFEST covers");
  }
  if (file.id == cover.file_id && scan.offset() == cover.offset && header.link != cover.link) {
    return Damage(file, scan.offset(), "is not the log that the index was made from");
  }
  return OkStatus();
}

Status Recovery::SettlePending() {
  if (!pending_) return OkStatus();
  const Pending proven = *std::exchange(pending_, std::nullopt);
  return Fold(proven.header, proven.payload, proven.file, proven.offset);
}

Status Recovery::Fold(const FrameHeader& header, std::string_view payload,
                      const std::shared_ptr<LogFile>& file, uint64_t offset) {
  List(file, header.first_position);
  if (Status s = c_.state.Apply(header, payload, file, offset); !s.ok()) {
    return Damage(*file, offset, s.error().message());
  }
  if (Status s = FoldIntoWriter(header, payload); !s.ok()) {
    return Damage(*file, offset, s.error().message());
  }
  return EnsureTableRoom(
      {header.end_position(), file->id, offset + header.size_on_disk(), header.checksum});
}

Status Recovery::FoldIntoWriter(const FrameHeader& header, std::string_view payload) {
  entries_.clear();
  Status s = ForEachRecord(header, payload, c_.store_seed, [&](const RecordView& record, size_t) {
    if (record.kind == RecordKind::kTopic) {
      c_.topics.Add(c_.key.Hash64(record.name), record.name);
    } else if (record.kind == RecordKind::kEvent) {
      c_.topics.set_head(record.topic, record.entry.sequence());
      entries_.push_back(record.entry);
    } else if (record.kind == RecordKind::kConflict) {
      c_.topics.CountKeptConflict(record.topic, record.json.size());
    } else if (RetentionState::Takes(record.kind)) {
      const Result<Freed> freed = c_.topics.retention().Apply(record, c_.topics.head(record.topic));
      if (!freed.ok()) return Status(freed.error());
    }
    return OkStatus();
  });
  if (!s.ok()) return s;
  out_.replayed_events += entries_.size();
  out_.bytes_since_freeze += header.size_on_disk();
  c_.index.Insert(entries_);
  return OkStatus();
}

Status Recovery::EnsureTableRoom(const LogPoint& cover) {
  if (c_.index.active_entries() < c_.table_entries_max) return OkStatus();
  if (out_.pending_flush) {
    if (Status s = c_.flusher.Flush(*out_.pending_flush); !s.ok()) return s;
    out_.pending_flush.reset();
  }
  c_.index.Freeze();
  out_.bytes_since_freeze = 0;
  out_.pending_flush = FlushInput{cover,
                                  {cover.position, c_.state.ShareTopics(),
                                   c_.topics.conflict_bytes_kept(), c_.state.CopyRetention()}};
  return OkStatus();
}

void Recovery::List(const std::shared_ptr<LogFile>& file, Position first_position) {
  const DurableState::Pinned pinned = c_.state.Pin();
  const LogFiles& logs = pinned.files->logs;
  if (!logs.empty() && logs.back() == file) return;
  c_.state.AddFile(file, first_position);
}

}  // namespace oncelog::store
