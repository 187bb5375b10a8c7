#include "store/backup/pinned_files.h"

#include <utility>

#include "store/index/run_file.h"
#include "store/segment/segment_file.h"
#include "store/verify/rehearsal.h"

namespace oncelog::store {
namespace {

// A MANIFEST is replaced some times a second at most, and pinning takes milliseconds.
constexpr int kAttempts = 100;

}  // namespace

PinnedFiles::PinnedFiles(FileSystem& fs, std::string data, NewDirectory& target,
                         uint64_t store_seed, bool link)
    : fs_(fs),
      data_(std::move(data)),
      directory_(PartitionDirectory(data_)),
      target_(target),
      store_seed_(store_seed),
      link_(link) {}

std::string PinnedFiles::NameOf(const std::string& path) const {
  return path.substr(data_.size() + 1);
}

Status PinnedFiles::Pin() {
  Result<std::string> before = ReadManifest();
  if (!before.ok()) return before.error();
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::map<std::string, Wanted> wanted = WantedFiles();
    const Status pinned = PinAll(wanted);
    if (pinned.ok()) {
      DropUnwanted(wanted);
      return OkStatus();
    }
    if (pinned.error().code() != Code::kNotFound) return pinned;
    Result<std::string> now = ReadManifest();
    if (!now.ok()) return now.error();
    if (*now == *before) return OfListedFile(pinned.error());
    before = std::move(now);
  }
  return Error(Code::kBusy, directory_ +
                                ": files were replaced faster than they could be opened, " +
                                std::to_string(kAttempts) + " times; try again");
}

Result<std::string> PinnedFiles::ReadManifest() {
  const std::string path = ManifestPath(directory_);
  Result<std::string> bytes = ReadWholeFile(fs_, path);
  if (!bytes.ok()) return OfListedFile(bytes.error());
  Result<Manifest> manifest = DecodeManifest(*bytes, store_seed_, path);
  if (!manifest.ok()) return manifest.error();
  manifest_ = manifest.Take();
  return bytes;
}

std::map<std::string, PinnedFiles::Wanted> PinnedFiles::WantedFiles() const {
  std::map<std::string, Wanted> wanted;
  const auto want = [&](const std::string& path) -> Wanted& { return wanted[NameOf(path)]; };
  for (const LogFileInfo& log : manifest_.logs) {
    Wanted& file = want(LogPath(directory_, log.id));
    file.as.log = true;
    file.immutable = log.closed;  // but for its rest, which does not count
    if (!log.closed) continue;
    file.as.bytes = log.end_offset;
    want(TopicIndexPath(directory_, log.id)).may_be_missing = true;  // a start makes it again
  }
  for (const SegmentInfo& segment : manifest_.segments) {
    want(SegmentPath(SegmentDirectory(directory_), segment.id)).as.bytes = segment.bytes;
  }
  for (const RunInfo& run : manifest_.runs) {
    want(RunPath(IndexDirectory(directory_), run.id)).as.bytes = run.bytes;
  }
  if (manifest_.checkpoint_id != 0) want(CheckpointPath(directory_, manifest_.checkpoint_id));
  return wanted;
}

Status PinnedFiles::PinAll(const std::map<std::string, Wanted>& wanted) {
  for (const auto& [name, want] : wanted) {
    const auto known = files_.find(name);
    if (known != files_.end()) {
      known->second.bytes = want.as.bytes;  // it may have been closed meanwhile
      continue;
    }
    const Status s = PinOne(name, want);
    const bool missing = !s.ok() && s.error().code() == Code::kNotFound;
    if (!s.ok() && !(missing && want.may_be_missing)) return s;
  }
  return OkStatus();
}

// Links may be forbidden (another owner) or impossible (another file system): then a copy will do.
Status PinnedFiles::PinOne(const std::string& name, const Wanted& wanted) {
  PinnedFile pinned;
  pinned.bytes = wanted.as.bytes;
  pinned.log = wanted.as.log;
  const std::string path = data_ + "/" + name;
  if (link_ && wanted.immutable) {
    const Status linked = fs_.Link(path, target_.Add(name));
    pinned.linked = linked.ok();
    if (!linked.ok()) {
      target_.Remove(name);
      const Code code = linked.error().code();
      if (code == Code::kNotFound || code == Code::kDiskFull) return linked;
    }
  }
  if (!pinned.linked) {
    Result<std::unique_ptr<File>> file = fs_.Open(path, OpenMode::kRead);
    if (!file.ok()) return file.error();
    pinned.file = file.Take();
  }
  files_.emplace(name, std::move(pinned));
  return OkStatus();
}

void PinnedFiles::DropUnwanted(const std::map<std::string, Wanted>& wanted) {
  std::erase_if(files_, [&](const auto& entry) {
    if (wanted.contains(entry.first)) return false;
    if (entry.second.linked) target_.Remove(entry.first);
    return true;
  });
}

Result<File*> PinnedFiles::Open(const std::string& name) {
  PinnedFile& pinned = files_.at(name);
  if (pinned.file == nullptr) {
    Result<std::unique_ptr<File>> file = fs_.Open(target_.path() + "/" + name, OpenMode::kRead);
    if (!file.ok()) return file.error();
    pinned.file = file.Take();
  }
  return pinned.file.get();
}

}  // namespace oncelog::store
