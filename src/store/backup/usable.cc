#include "store/backup/usable.h"

#include "store/backup/backup_list.h"

namespace oncelog::store {

std::string UnfinishedPath(const std::string& directory) { return directory + "/UNFINISHED"; }

Status CheckFinished(FileSystem& fs, const std::string& directory) {
  const Result<bool> unfinished = fs.Exists(UnfinishedPath(directory));
  if (!unfinished.ok()) return unfinished.error();
  if (!*unfinished) return OkStatus();
  return Error(Code::kInvalid, directory +
                                   ": a backup or restore into it did not come to its end, or it "
                                   "was written with bench-limit (there is a file UNFINISHED): "
                                   "remove what is there, and begin again");
}

Status CheckIsStore(FileSystem& fs, const std::string& directory) {
  if (Status s = CheckFinished(fs, directory); !s.ok()) return s;
  const Result<bool> backup = fs.Exists(BackupListPath(directory));
  if (!backup.ok()) return backup.error();
  if (!*backup) return OkStatus();
  return Error(Code::kInvalid, directory +
                                   ": is a backup, which is not to be changed; `oncelog restore " +
                                   directory + " --data NEW_DIRECTORY` makes a store of it");
}

}  // namespace oncelog::store
