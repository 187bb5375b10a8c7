#include "store/segment/segment_writer.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace oncelog::store {
namespace {

constexpr size_t kPieceBytes = size_t{1} << 20;
// Synced after every so many bytes, so that the kernel never has a long queue to write when the log
// wants its own sync.
constexpr uint64_t kSyncBytes = uint64_t{16} << 20;

}  // namespace

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::Create(FileSystem& fs,
                                                             const std::string& directory,
                                                             const SegmentTarget& target,
                                                             SegmentPace pace) {
  const std::string path = SegmentPath(directory, target.id);
  if (Status s = fs.Remove(path); !s.ok() && s.error().code() != Code::kNotFound) {
    return s.error();
  }
  // First, so that no file is left if there is no memory for it.
  std::unique_ptr<SegmentWriter> writer(new SegmentWriter(fs, directory, target, std::move(pace)));
  Result<std::unique_ptr<File>> file = fs.Open(path, OpenMode::kCreateNew);
  if (!file.ok()) return file.error();
  writer->file_ = file.Take();
  return writer;
}

SegmentWriter::SegmentWriter(FileSystem& fs, std::string directory, const SegmentTarget& target,
                             SegmentPace pace)
    : fs_(fs),
      directory_(std::move(directory)),
      header_{.id = target.id,
              .first_position = target.first_position,
              .end_position = target.end_position},
      seed_(SegmentSeed(target.store_seed, target.id)),
      pace_(std::move(pace)) {
  buffer_.reserve(kPieceBytes + kBlockRawBytes);
}

SegmentWriter::~SegmentWriter() {
  if (finished_) return;
  file_.reset();
  // Best effort: a file left over is not listed anywhere and is replaced when its id comes again.
  [[maybe_unused]] const Status removed = fs_.Remove(SegmentPath(directory_, header_.id));
}

Status SegmentWriter::Add(BlockKind kind, BlockEntry entry, std::string_view stored) {
  Check(kind >= kind_, "blocks are added kind by kind");
  kind_ = kind;
  std::vector<BlockEntry>& same = entries_[static_cast<size_t>(kind)];
  if (kind != BlockKind::kTopics) entry.first = same.empty() ? 0 : same.back().end();
  entry.offset = offset_;
  entry.checksum = SegmentChecksum(seed_, offset_, stored);
  same.push_back(entry);
  uint32_t* items[] = {&header_.records, &header_.events, nullptr, &header_.topics};
  if (uint32_t* count = items[static_cast<size_t>(kind)]; count != nullptr) *count += entry.items;
  ++header_.blocks[static_cast<size_t>(kind)];
  buffer_ += stored;
  offset_ += stored.size();
  return buffer_.size() < kPieceBytes ? OkStatus() : WriteBuffer();
}

Status SegmentWriter::WriteBuffer() {
  const size_t bytes = buffer_.size();
  if (bytes == 0) return OkStatus();
  if (Status s = file_->WriteAt(offset_ - bytes, buffer_); !s.ok()) return s;
  buffer_.clear();
  unsynced_bytes_ += bytes;
  if (unsynced_bytes_ >= kSyncBytes) {
    if (Status s = file_->DataSync(); !s.ok()) return s;
    unsynced_bytes_ = 0;
  }
  if (pace_ && !pace_(bytes)) {
    return Error(Code::kBusy, "writing " + file_->path() + " was given up");
  }
  return OkStatus();
}

Result<SegmentInfo> SegmentWriter::Finish() {
  Check(header_.end_position.value - header_.first_position.value ==
            uint64_t{header_.events} + header_.records,
        "a segment holds all records between its positions");
  header_.index_offset = offset_;
  buffer_ += EncodeBlockIndex(header_, entries_, seed_);
  offset_ = header_.file_bytes();
  if (Status s = WriteBuffer(); !s.ok()) return s.error();
  if (Status s = file_->WriteAt(0, EncodeSegmentHeader(header_, seed_)); !s.ok()) return s.error();
  if (Status s = file_->DataSync(); !s.ok()) return s.error();
  if (Status s = fs_.SyncDirectory(directory_); !s.ok()) return s.error();
  finished_ = true;
  return SegmentInfo{header_.id, header_.first_position, header_.end_position, header_.events,
                     header_.file_bytes()};
}

}  // namespace oncelog::store
