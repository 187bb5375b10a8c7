#include "store/backup/restore.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "store/backup/new_directory.h"
#include "store/backup/usable.h"
#include "store/store_identity.h"
#include "store/verify/rehearsal.h"

namespace oncelog::store {
namespace {

bool IsIdentity(const BackupFile& file) { return file.name == "STORE" || file.name == "STORE.bak"; }

Result<BackupList> ReadFinishedList(FileSystem& fs, const std::string& directory) {
  if (Status s = CheckFinished(fs, directory); !s.ok()) return s.error();
  return ReadBackupList(fs, directory);
}

std::string NotListed(const std::string& path) {
  return path + ": is not listed in BACKUP, so not part of it: remove it if you know what it is";
}

// The paths of what lies beside the files of a backup: nobody can say how it came there.
Result<std::vector<std::string>> FindStrangers(FileSystem& fs, const std::string& directory,
                                               const BackupList& list) {
  const std::string partition = kPartitionName;
  std::set<std::string> known = {"BACKUP", partition};
  std::vector<std::string> folders = {"", partition + "/"};
  for (const char* folder : kPartitionFolders) {
    known.insert(partition + "/" + folder);
    folders.push_back(partition + "/" + folder + "/");
  }
  for (const BackupFile& file : list.files) known.insert(file.name);
  std::vector<std::string> strangers;
  for (const std::string& folder : folders) {
    const Result<std::vector<std::string>> names = fs.List(WithoutSlash(directory + "/" + folder));
    if (!names.ok() && names.error().code() == Code::kNotFound) continue;
    if (!names.ok()) return names.error();
    for (const std::string& name : *names) {
      if (known.contains(folder + name)) continue;
      strangers.push_back(directory + "/" + folder + name);
    }
  }
  return strangers;
}

class Restore {
 public:
  Restore(FileSystem& from, std::string backup, FileSystem& to, NewDirectory& target,
          const BackupList& list)
      : from_(from), backup_(std::move(backup)), to_(to), target_(target), list_(list) {}

  Status Run(UnixMs now, const BackupProgress& progress) {
    Status s = CheckSpace();
    if (s.ok()) s = CopyFiles(progress);
    if (s.ok()) s = target_.Sync();
    if (!s.ok()) return s;
    const Result<StoreIdentity> identity = ReadIdentity(from_, backup_);
    if (!identity.ok()) return identity.error();
    StoreIdentity restored = *identity;
    restored.epoch = std::max(restored.epoch + 1, static_cast<uint64_t>(now.value));
    s = RehearseStart(restored);
    for (const char* name : {"STORE.bak", "STORE"}) {
      if (s.ok()) s = ReplaceFile(to_, target_.Add(name), EncodeIdentity(restored));
    }
    return s.ok() ? target_.Finish() : s;
  }

 private:
  Status CheckSpace() {
    const Result<uint64_t> free = to_.FreeBytes(target_.path());
    if (!free.ok()) return free.error();
    if (*free >= list_.bytes()) return OkStatus();
    return Error(Code::kDiskFull,
                 target_.path() + ": no space for the " + std::to_string(list_.bytes()) +
                     " bytes of the backup: " + std::to_string(*free) + " are free");
  }

  Status CopyFiles(const BackupProgress& progress) {
    BackupMeter meter(progress, list_.bytes());
    for (const BackupFile& file : list_.files) {
      // The identity is only checked: the new one is written when all else is there.
      const std::string copy_to = IsIdentity(file) ? "" : target_.Add(file.name);
      if (Status s = CheckFile(from_, backup_, file, to_, copy_to, meter); !s.ok()) return s;
    }
    return OkStatus();
  }

  Status RehearseStart(const StoreIdentity& identity) {
    const Result<Rehearsal> start = Rehearse(to_, target_.path(), [&](FileSystem& in_memory) {
      return ReplaceFile(in_memory, target_.path() + "/STORE", EncodeIdentity(identity));
    });
    if (!start.ok()) return start.error().Annotate("a start from what was restored is refused");
    const StoreTotals totals = start->partition->totals();
    if (totals.events == list_.events && totals.topics == list_.topics) return OkStatus();
    return Error(Code::kDamaged,
                 BackupListPath(backup_) + ": says " + std::to_string(list_.events) +
                     " events in " + std::to_string(list_.topics) + " topics, but the files hold " +
                     std::to_string(totals.events) + " in " + std::to_string(totals.topics));
  }

  FileSystem& from_;
  const std::string backup_;
  FileSystem& to_;
  NewDirectory& target_;
  const BackupList& list_;
};

}  // namespace

Result<BackupList> RestoreBackup(FileSystem& fs, const std::string& backup_directory,
                                 const std::string& data_directory, UnixMs now,
                                 const BackupProgress& progress) {
  const std::string backup = WithoutSlash(backup_directory);
  const std::string data = WithoutSlash(data_directory);
  Result<BackupList> list = ReadFinishedList(fs, backup);
  if (!list.ok()) return list.error();
  const Result<std::vector<std::string>> strangers = FindStrangers(fs, backup, *list);
  if (!strangers.ok()) return strangers.error();
  if (!strangers->empty()) return Error(Code::kDamaged, NotListed(strangers->front()));
  if (Status s = NewDirectory(fs, data).CheckEmpty(); !s.ok()) return OfTarget(s.error(), data);
  if (Status s = fs.CreateDirectories(data); !s.ok()) return OfTarget(s.error(), data);
  const Result<std::unique_ptr<FileLock>> lock = fs.Lock(data + "/LOCK");  // no server may start
  if (!lock.ok()) return OfTarget(lock.error(), data);
  FileSystem& files = (*lock)->files();
  NewDirectory target(files, data);
  if (Status s = target.Create(); !s.ok()) return s.error();
  const Status restored = Restore(fs, backup, files, target, *list).Run(now, progress);
  if (restored.ok()) return list;
  target.Discard();
  return restored.error();
}

Result<BackupCheck> CheckBackup(FileSystem& fs, const std::string& directory,
                                const BackupProgress& progress) {
  const std::string backup = WithoutSlash(directory);
  Result<BackupList> list = ReadFinishedList(fs, backup);
  if (!list.ok()) return list.error();
  const Result<std::vector<std::string>> strangers = FindStrangers(fs, backup, *list);
  if (!strangers.ok()) return strangers.error();
  BackupCheck check{list.Take(), {}};
  for (const std::string& stranger : *strangers) {
    check.findings.Damage(FindingOf({Code::kDamaged, NotListed(stranger)}, stranger));
  }
  BackupMeter meter(progress, check.list.bytes());
  for (const BackupFile& file : check.list.files) {
    const Status s = CheckFile(fs, backup, file, fs, "", meter);
    if (!s.ok()) check.findings.Damage(FindingOf(s.error(), backup + "/" + file.name));
  }
  return check;
}

}  // namespace oncelog::store
