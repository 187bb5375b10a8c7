// Where the log ends, and how it goes on: the second half of Recovery.
#include <algorithm>
#include <utility>

#include "store/recovery.h"

namespace oncelog::store {

using State = LogScanner::State;

namespace {

std::string AtOffset(const LogFile& file, uint64_t offset) {
  return file.file->path() + ", offset " + std::to_string(offset);
}

}  // namespace

Error Recovery::Damage(const LogFile& file, uint64_t offset, const std::string& what) const {
  return {Code::kDamaged, AtOffset(file, offset) + ": " + what +
                              ". The log is whole up to position " +
                              std::to_string(read_.position.value) + " (" +
                              std::to_string(c_.state.Totals().events) +
                              " events); acked events may lie behind it. Restore this file "
                              "from a backup, or look at the disk"};
}

// Where a part of the log is missing, one of these may have held it.
std::string Recovery::UnreadableFiles() const {
  std::string said;
  for (const std::shared_ptr<LogFile>& spare : spares_) {
    said += "; " + spare->file->path() + " does not begin with a frame of this log";
  }
  return said;
}

Status Recovery::CheckEnd() {
  // The writer may have gone on to a file that it then wrote nothing to.
  const LogPoint& end = manifest_.known_durable;
  const bool same_end =
      read_ == end || (read_.position == end.position && read_.link == end.link && end.offset == 0);
  const bool clean_end = manifest_.clean_stop && same_end;
  const Position log_end = tail_ == nullptr ? closed_end_ : read_.position;
  if (log_end < std::max(manifest_.known_durable.position, manifest_.cover.position)) {
    const std::string what = "the log ends at position " + std::to_string(log_end.value) +
                             " but is known to have been durable up to " +
                             std::to_string(manifest_.known_durable.position.value) +
                             UnreadableFiles();
    if (tail_ != nullptr) return Damage(*tail_, tail_scan_->offset(), what);
    return Error(Code::kDamaged, c_.directory + "/log: " + what);
  }
  if (tail_ == nullptr || clean_end) return OkStatus();
  if (Status s = CheckLength(*tail_, tail_scan_->offset()); !s.ok()) return s;
  Result<std::optional<uint64_t>> behind = tail_scan_->FindValidHeaderBehind();
  if (!behind.ok()) return behind.error();
  if (behind->has_value()) {
    return Damage(*tail_, tail_scan_->offset(),
                  "is damaged here: the log goes on at offset " + std::to_string(**behind));
  }
  if (manifest_.clean_stop) {
    return Damage(*tail_, tail_scan_->offset(),
                  "does not end where the clean stop left it (offset " +
                      std::to_string(manifest_.known_durable.offset) +
                      "), or MANIFEST is an old copy");
  }
  return tail_state_ == State::kBad ? SaveTorn(*tail_, tail_scan_->offset()) : OkStatus();
}

Status Recovery::CheckSpares() {
  for (const std::shared_ptr<LogFile>& spare : spares_) {
    LogScanner scan(*spare->file, spare->id, c_.store_seed, 0, spare->capacity_bytes);
    const State state = scan.Next();
    if (state == State::kError) return scan.error();
    if (Status s = CheckLength(*spare, 0); !s.ok()) return s;
    Result<std::optional<uint64_t>> behind = scan.FindValidHeaderBehind();
    if (!behind.ok()) return behind.error();
    if (behind->has_value()) {
      return Damage(*spare, 0, "does not begin with a frame of this file, but frames follow");
    }
    if (state == State::kBad) {
      if (Status s = SaveTorn(*spare, 0); !s.ok()) return s;
    }
  }
  return OkStatus();
}

// The rewrite of the last frame that was not finished is done again.
Status Recovery::CheckCopies() {
  for (const std::shared_ptr<LogFile>& copy : copies_) {
    LogScanner scan(*copy->file, copy->id, c_.store_seed, 0, copy->capacity_bytes);
    if (scan.Next() == State::kFrame && scan.Next() == State::kFrame) {
      return Damage(*copy, scan.offset(), "goes on behind a frame that another file holds too");
    }
  }
  return OkStatus();
}

// A log file is made full of zeros, and FreeSpace leaves a part of what was not used: a shorter
// file was cut by somebody else.
Status Recovery::CheckLength(const LogFile& file, uint64_t offset) const {
  const Result<uint64_t> size = file.file->Size();
  if (!size.ok()) return size.error();
  if (*size >= file.capacity_bytes) return OkStatus();
  const Result<uint64_t> least = LeastLength(file, offset);
  if (!least.ok()) return least.error();
  if (*size >= *least) return OkStatus();
  return Damage(file, *size,
                "ends here, though it was made with " + std::to_string(file.capacity_bytes) +
                    " bytes: the end of the log was cut off");
}

// With the frame that begins at `offset`, where the log ends, torn or not; with a block of zeros if
// none does.
Result<uint64_t> Recovery::LeastLength(const LogFile& file, uint64_t offset) const {
  std::string block(kFrameHeaderBytes, '\0');
  const Result<size_t> got = file.file->ReadAt(offset, block.data(), block.size());
  if (!got.ok()) return got.error();
  FrameHeader header;
  const bool begun = *got == block.size() && DecodeFrameHeader(block, file.id, c_.store_seed,
                                                               &header) == HeaderState::kValid;
  return std::min(offset + (begun ? header.size_on_disk() : kBlockBytes), file.capacity_bytes);
}

Status Recovery::SaveTorn(LogFile& file, uint64_t offset) {
  std::string bytes(std::min<uint64_t>(kFrameBytesMax, file.capacity_bytes - offset), '\0');
  Result<size_t> got = file.file->ReadAt(offset, bytes.data(), bytes.size());
  if (!got.ok()) return got.error();
  bytes.resize(*got);
  bytes.resize(bytes.find_last_not_of('\0') + 1);
  out_.torn_file = c_.directory + "/log/" + std::to_string(file.id) + ".torn";
  out_.torn_bytes += bytes.size();
  Status s = ReplaceFile(c_.fs, out_.torn_file, bytes);
  if (s.ok() || s.error().code() != Code::kDiskFull) return s;
  return s.error().Annotate("the disk is too full to start safely; free some space");
}

Status Recovery::Continue() {
  out_.clean_stop = manifest_.clean_stop;
  Status s = manifest_.clean_stop ? ContinueInPlace() : StartFreshFile();
  // The fresh file is a small one, so that the start is quick; a large store goes on with large
  // ones, which are made in the background.
  uint64_t log_bytes = 0;
  for (const LogFileInfo& info : manifest_.logs) log_bytes += info.capacity_bytes;
  for (const SegmentInfo& info : manifest_.segments) log_bytes += info.bytes;
  c_.allocator.SizeAfter(log_bytes / 8);
  return s;
}

Status Recovery::ContinueInPlace() {
  out_.next = manifest_.known_durable;
  out_.active = tail_;
  const auto same = [&](const std::shared_ptr<LogFile>& file) {
    return file->id == manifest_.known_durable.file_id;
  };
  if (tail_ == nullptr || !same(tail_)) {
    const auto found = std::find_if(spares_.begin(), spares_.end(), same);
    out_.active = found == spares_.end() ? nullptr : *found;
    if (found != spares_.end()) spares_.erase(found);
  }
  const Status s = ListFiles(out_.next);
  if (s.ok() || s.error().code() != Code::kDiskFull) return s;
  // Not even MANIFEST can be replaced: the store can be read, and goes on in a new file, which will
  // be listed when there is space. Until then MANIFEST stays true: nothing is written. If this one
  // got its name by a rename whose sync failed, a power loss may bring back another one, which may
  // list what this one does not. (Names are written by the file system's journal: if it has failed,
  // this sync fails as well, whatever it lost of data in another process.)
  out_.active = nullptr;
  manifest_stays_ = c_.fs.SyncDirectory(c_.directory).ok();
  return OkStatus();
}

Status Recovery::StartFreshFile() {
  Result<std::shared_ptr<LogFile>> fresh = TakeFreshFile();
  if (!fresh.ok()) return fresh.error();
  LogPoint next = proven_;
  if (*fresh != nullptr) {
    next.file_id = (*fresh)->id;
    next.offset = 0;
  }
  if (pending_) {
    if (Status s = RewritePending(**fresh, &next); !s.ok()) return s;
  }
  if (Status s = ListFiles(next); !s.ok()) return s;
  if (tail_ != nullptr && proven_.file_id == tail_->id) {
    // Only to free space: MANIFEST says where it ends. The frame that was written again stays, and
    // so does a last mark, as a backup that read the MANIFEST before has them from here.
    (void)tail_->file->Truncate(read_.offset);
  }
  if (pending_) {
    pending_->file = *fresh;
    pending_->offset = 0;
    pending_->header.file_id = next.file_id;
    pending_->header.checksum = next.link;
    if (Status s = SettlePending(); !s.ok()) return s;
  }
  out_.active = fresh.Take();
  out_.next = next;
  return OkStatus();
}

// Spares go first: they may hold a torn frame, and their space may be what the new file needs.
// Copies of the last frame stay until the new file has it: theirs may be the only one on the disk.
Result<std::shared_ptr<LogFile>> Recovery::TakeFreshFile() {
  Status dropped = DropSpares();
  if (!dropped.ok() && dropped.error().code() == Code::kDiskFull) {
    dropped = FreeSpace();
    if (dropped.ok()) dropped = DropSpares();
  }
  if (!dropped.ok()) return dropped.error();
  const uint64_t bytes = pending_ ? pending_->header.size_on_disk() + kBlockBytes : 0;
  Result<std::shared_ptr<LogFile>> fresh = c_.allocator.Take(bytes);
  if (fresh.ok() || fresh.error().code() != Code::kDiskFull) return fresh;
  if (Status s = FreeSpace(); !s.ok()) return s.error();
  fresh = pending_ ? c_.allocator.TakeLeast(bytes) : c_.allocator.Take(bytes);
  if (fresh.ok()) return fresh;
  if (!pending_ && fresh.error().code() == Code::kDiskFull) return std::shared_ptr<LogFile>();
  return fresh.error().Annotate("the disk is too full to start safely; free some space");
}

Status Recovery::DropSpares() {
  if (spares_.empty()) return OkStatus();
  Status s = c_.manifest.Edit([&](Manifest& m) {
    std::erase_if(m.logs, [&](const LogFileInfo& info) {
      return std::any_of(spares_.begin(), spares_.end(),
                         [&](const auto& spare) { return spare->id == info.id; });
    });
  });
  if (!s.ok()) return s;
  for (const auto& spare : spares_) (void)c_.fs.Remove(spare->file->path());
  spares_.clear();
  return OkStatus();
}

// What was allocated behind the last frame holds nothing: on a full disk it can go.
Status Recovery::FreeSpace() {
  const auto cut = [this](LogFile& file, uint64_t offset) -> Status {
    const Result<uint64_t> least = LeastLength(file, offset);
    return least.ok() ? file.file->Truncate(*least) : Status(least.error());
  };
  for (const auto& spare : spares_) {
    if (Status s = cut(*spare, 0); !s.ok()) return s;
  }
  if (tail_ == nullptr || read_.file_id != tail_->id) return OkStatus();
  return cut(*tail_, read_.offset);
}

Status Recovery::RewritePending(LogFile& file, LogPoint* next) {
  FrameBuilder frame;
  frame.payload()->append(pending_->payload);
  for (uint32_t i = 0; i < pending_->header.records; ++i) frame.CountRecord();
  FrameHeader header = pending_->header;
  header.file_id = file.id;
  header.durable_position = header.first_position;
  frame.Finish(header, c_.store_seed);
  if (Status s = file.file->WriteAt(0, frame.bytes()); !s.ok()) return s;
  if (Status s = file.file->DataSync(); !s.ok()) return s;
  *next = {header.end_position(), file.id, frame.bytes().size(), frame.header().checksum};
  return OkStatus();
}

Status Recovery::ListFiles(const LogPoint& next) {
  spares_.insert(spares_.end(), copies_.begin(), copies_.end());  // by now the log has that frame
  const auto is_spare = [&](const LogFileInfo& info) {
    return std::any_of(spares_.begin(), spares_.end(),
                       [&](const auto& spare) { return spare->id == info.id; });
  };
  // After an unclean stop the tail ends at the last proven frame; it may not hold one at all.
  const bool close_tail = tail_ != nullptr && !manifest_.clean_stop;
  const bool tail_is_empty = close_tail && proven_.file_id != tail_->id;
  if (close_tail && !tail_is_empty) {
    LogFileInfo closing;
    closing.id = tail_->id;
    closing.end_position = proven_.position;
    closing.end_offset = proven_.offset;
    closings_.push_back(closing);
  }
  const DurableState::Pinned pinned = c_.state.Pin();
  const LogFiles& listed = pinned.files->logs;
  Status s = c_.manifest.Edit([&](Manifest& m) {
    std::erase_if(m.logs, is_spare);
    if (tail_is_empty) {
      std::erase_if(m.logs, [&](const LogFileInfo& info) { return info.id == tail_->id; });
    }
    for (LogFileInfo& info : m.logs) {
      const auto closing = std::find_if(closings_.begin(), closings_.end(),
                                        [&](const auto& c) { return c.id == info.id; });
      if (closing == closings_.end()) continue;
      const auto file = std::find_if(listed.begin(), listed.end(),
                                     [&](const auto& f) { return f->id == info.id; });
      info.closed = true;
      // What no reader has come to see holds marks only, so it ends where it begins.
      info.first_position = file == listed.end() ? closing->end_position : (*file)->first_position;
      info.end_position = closing->end_position;
      info.end_offset = closing->end_offset;
    }
    m.known_durable = next;
    m.clean_stop = false;
  });
  if (!s.ok()) return s;
  for (const auto& spare : spares_) (void)c_.fs.Remove(spare->file->path());
  if (tail_is_empty) (void)c_.fs.Remove(tail_->file->path());
  return OkStatus();
}

}  // namespace oncelog::store
