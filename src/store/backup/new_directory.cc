#include "store/backup/new_directory.h"

#include <algorithm>

#include "store/backup/backup_list.h"
#include "store/backup/usable.h"
#include "store/layout.h"

namespace oncelog::store {
namespace {

constexpr int kDepthMax = 4;  // a store has two

constexpr const char* kUnfinished = "UNFINISHED";
constexpr std::string_view kForPeople =
    "oncelog is writing a backup or a restored store into this directory, or was interrupted; or "
    "it "
    "served it with bench-limit.\n";

// The path of some file below `directory`, but for `ignored`; empty if there is none.
Result<std::string> AnyFile(FileSystem& fs, const std::string& directory,
                            const std::string& ignored, int depth) {
  const Result<std::vector<std::string>> names = fs.List(directory);
  if (!names.ok()) return names.error();
  for (const std::string& name : *names) {
    std::string path = directory + "/" + name;
    if (path == ignored || (depth == 1 && name == "LOCK")) continue;
    if (depth == kDepthMax || !fs.List(path).ok()) return path;
    Result<std::string> file = AnyFile(fs, path, ignored, depth + 1);
    if (!file.ok() || !file->empty()) return file;
  }
  return std::string();
}

}  // namespace

Status NewDirectory::CheckEmpty() const {
  const Result<bool> there = fs_.Exists(path_);
  if (!there.ok()) return there.error();
  if (!*there) return OkStatus();
  const std::string ignored = names_.empty() ? "" : UnfinishedPath(path_);  // our own
  const Result<std::string> file = AnyFile(fs_, path_, ignored, 1);
  if (!file.ok()) return file.error();
  if (file->empty()) return OkStatus();
  const Result<bool> backup = fs_.Exists(BackupListPath(path_));
  if (!backup.ok()) return backup.error();
  if (*backup) {
    return Error(Code::kInvalid, path_ +
                                     ": holds a backup already (nothing was changed): name a new "
                                     "directory for each");
  }
  return Error(Code::kInvalid, path_ + ": is not empty (" + *file +
                                   "; nothing was changed): name a new directory, or remove what "
                                   "is there, if it is left from an attempt that was interrupted");
}

Status NewDirectory::Create() {
  Status s = Begin();
  if (s.ok()) return s;
  Discard();
  return OfTarget(s.error(), path_);
}

Status NewDirectory::Begin() {
  if (Status s = CheckEmpty(); !s.ok()) return s;
  if (Status s = fs_.CreateDirectories(path_); !s.ok()) return s;
  const Result<std::unique_ptr<File>> mark = fs_.Open(UnfinishedPath(path_), OpenMode::kCreateNew);
  if (!mark.ok()) return mark.error();
  Add(kUnfinished);
  Status s = (*mark)->WriteAt(0, kForPeople);
  if (s.ok()) s = (*mark)->DataSync();
  if (s.ok()) s = fs_.SyncDirectory(path_);
  if (s.ok()) s = CheckEmpty();  // another may have been at work since the first look
  if (s.ok()) s = CreateFolders();
  return s;
}

Status NewDirectory::CreateFolders() {
  for (const std::string& folder : FoldersOf(PartitionDirectory(path_))) {
    if (Status s = fs_.CreateDirectories(folder); !s.ok()) return s;
  }
  return OkStatus();
}

std::string NewDirectory::Add(const std::string& name) {
  names_.push_back(name);
  return path_ + "/" + name;
}

void NewDirectory::Remove(const std::string& name) {
  [[maybe_unused]] const Status removed = fs_.Remove(path_ + "/" + name);
  std::erase(names_, name);
}

Status NewDirectory::Sync() {
  const std::string partition = PartitionDirectory(path_);
  for (const std::string& folder : FoldersOf(partition)) {
    if (Status s = fs_.SyncDirectory(folder); !s.ok()) return s;
  }
  if (Status s = fs_.SyncDirectory(partition); !s.ok()) return s;
  return fs_.SyncDirectory(path_);
}

Status NewDirectory::Finish() {
  if (Status s = fs_.Remove(UnfinishedPath(path_)); !s.ok()) return s;
  return fs_.SyncDirectory(path_);
}

void NewDirectory::Discard() {
  while (!names_.empty()) Remove(std::string(names_.back()));
}

Error OfTarget(const Error& error, const std::string& path) {
  if (error.code() != Code::kIo) return error;
  return {error.code(),
          error.message() + ": " + path + " must be a directory that this user may write to"};
}

std::string WithoutSlash(std::string path) {
  const size_t last = path.find_last_not_of('/');
  if (last != std::string::npos) path.resize(last + 1);
  return path;
}

}  // namespace oncelog::store
