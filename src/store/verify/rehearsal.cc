#include "store/verify/rehearsal.h"

#include "store/backup/usable.h"
#include "store/layout.h"
#include "store/store_identity.h"

namespace oncelog::store {

Result<std::unique_ptr<FileLock>> LockStore(FileSystem& fs, const std::string& data_directory) {
  if (Status s = CheckIsStore(fs, data_directory); !s.ok()) return s.error();
  bool any = false;
  for (const std::string& path : {data_directory + "/STORE", data_directory + "/STORE.bak",
                                  ManifestPath(PartitionDirectory(data_directory))}) {
    const Result<bool> there = fs.Exists(path);
    if (!there.ok()) return there.error();
    any = any || *there;
  }
  if (!any) {
    return Error(Code::kNotFound, data_directory + ": there is no oncelog store here");
  }
  Result<std::unique_ptr<FileLock>> lock = fs.Lock(data_directory + "/LOCK");
  if (!lock.ok()) return lock;
  // A restore may have begun since the first look.
  if (Status s = CheckIsStore((*lock)->files(), data_directory); !s.ok()) return s.error();
  return lock;
}

Result<Rehearsal> Rehearse(FileSystem& fs, const std::string& data_directory,
                           const std::function<Status(FileSystem&)>& change) {
  Rehearsal rehearsal;
  rehearsal.fs = std::make_unique<OverlayFileSystem>(fs);
  if (change) {
    if (Status s = change(*rehearsal.fs); !s.ok()) return s.error();
  }
  Result<StoreIdentity> identity = LoadOrCreateIdentity(*rehearsal.fs, data_directory);
  if (!identity.ok()) return identity.error();
  PartitionOptions options;
  options.log_file_bytes_min = options.log_file_bytes_max = uint64_t{1} << 20;
  options.background = false;
  Result<std::unique_ptr<Partition>> partition =
      Partition::Open(*rehearsal.fs, PartitionDirectory(data_directory), *identity, options);
  if (!partition.ok()) return partition.error();
  rehearsal.partition = partition.Take();
  return rehearsal;
}

}  // namespace oncelog::store
