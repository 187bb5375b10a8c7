#include "store/index/run_writer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "store/index/entry_order.h"

namespace oncelog::store {
namespace {

using event::IndexEntry;

constexpr size_t kPieceBytes = size_t{1} << 20;
static_assert(kPieceBytes % kRunPageBytes == 0);
// Synced after every so many bytes, so that the kernel never has a long queue to write when the log
// wants its own sync.
constexpr uint64_t kSyncBytes = uint64_t{16} << 20;

}  // namespace

Result<std::unique_ptr<RunWriter>> RunWriter::Create(FileSystem& fs, const std::string& directory,
                                                     const RunTarget& target, Pace pace) {
  Check(target.entries <= kRunEntriesMax, "a run has its limit");
  const std::string path = RunPath(directory, target.id);
  if (Status s = fs.Remove(path); !s.ok() && s.error().code() != Code::kNotFound) {
    return s.error();
  }
  // First, so that no file is left if there is no memory for it.
  std::unique_ptr<RunWriter> writer(new RunWriter(fs, directory, target, std::move(pace)));
  Result<std::unique_ptr<File>> file = fs.Open(path, OpenMode::kCreateNew);
  if (!file.ok()) return file.error();
  writer->file_ = file.Take();
  return writer;
}

RunWriter::RunWriter(FileSystem& fs, std::string directory, const RunTarget& target, Pace pace)
    : fs_(fs),
      directory_(std::move(directory)),
      header_{.id = target.id,
              .entries = target.entries,
              .filter_blocks = Filter::BlocksFor(target.entries)},
      seed_(RunSeed(target.checksum_seed, target.id)),
      pace_(std::move(pace)),
      offset_(RunHeader::PageOffset(0)),
      buffer_(kPieceBytes),
      filter_(header_.filter_blocks) {
  fences_.reserve(header_.pages());
}

RunWriter::~RunWriter() {
  if (finished_) return;
  file_.reset();
  // Best effort: a file left over is not listed anywhere and is replaced when its id comes again.
  [[maybe_unused]] const Status removed = fs_.Remove(RunPath(directory_, header_.id));
}

Status RunWriter::Add(const IndexEntry& entry) {
  Check(added_ < header_.entries, "a run gets as many entries as were announced");
  if (added_ == 0) {
    header_.first = entry.fingerprint();
  } else if (!EntryBefore(last_, entry)) {
    return Error(Code::kDamaged, "an identity is there twice, or out of order");
  }
  if (page_entries_ == 0) {
    if (buffer_bytes_ == kPieceBytes) {
      if (Status s = WriteBuffer(); !s.ok()) return s;
    }
    fences_.push_back(entry.word0);
  }
  std::memcpy(&buffer_[buffer_bytes_ + page_entries_ * sizeof entry], &entry, sizeof entry);
  filter_.Add(entry.word0);
  last_ = entry;
  ++added_;
  if (++page_entries_ == kRunPageEntries) ClosePage();
  return OkStatus();
}

void RunWriter::ClosePage() {
  SealEntryPage(&buffer_[buffer_bytes_], page_entries_, seed_, fences_.size() - 1);
  buffer_bytes_ += kRunPageBytes;
  page_entries_ = 0;
}

Status RunWriter::WriteBuffer() {
  Status s = WritePiece({buffer_.data(), buffer_bytes_});
  buffer_bytes_ = 0;
  return s;
}

Status RunWriter::WritePiece(std::string_view bytes) {
  if (bytes.empty()) return OkStatus();
  if (Status s = file_->WriteAt(offset_, bytes); !s.ok()) return s;
  offset_ += bytes.size();
  unsynced_bytes_ += bytes.size();
  if (unsynced_bytes_ >= kSyncBytes) {
    if (Status s = file_->DataSync(); !s.ok()) return s;
    unsynced_bytes_ = 0;
  }
  if (pace_ && !pace_(bytes.size())) {
    return Error(Code::kBusy, "writing " + file_->path() + " was given up");
  }
  return OkStatus();
}

Result<RunInfo> RunWriter::Finish() {
  Check(added_ == header_.entries, "a run got as many entries as were announced");
  if (page_entries_ > 0) ClosePage();
  if (Status s = WriteBuffer(); !s.ok()) return s.error();

  header_.last = last_.fingerprint();
  fences_.resize(header_.fences_bytes() / sizeof(uint64_t));
  const std::string_view fences(reinterpret_cast<const char*>(fences_.data()),
                                header_.fences_bytes());
  header_.fences_checksum = RunChecksum(seed_, header_.fences_offset(), fences);
  const std::string_view filter(filter_.bytes().data(), filter_.bytes().size());
  header_.filter_checksum = RunChecksum(seed_, header_.filter_offset(), filter);
  for (const std::string_view part : {fences, filter}) {
    for (size_t at = 0; at < part.size(); at += kPieceBytes) {
      if (Status s = WritePiece(part.substr(at, kPieceBytes)); !s.ok()) return s.error();
    }
  }
  if (Status s = file_->WriteAt(0, EncodeRunHeader(header_, seed_)); !s.ok()) return s.error();
  if (Status s = file_->DataSync(); !s.ok()) return s.error();
  if (Status s = fs_.SyncDirectory(directory_); !s.ok()) return s.error();
  finished_ = true;
  return RunInfo{header_.id, header_.entries, header_.file_bytes()};
}

}  // namespace oncelog::store
