// NewDirectory: a directory that gets the files of a store, all of them new, or none in the end.
//
//   NewDirectory target(fs, "/backups/monday");
//   if (Status s = target.Create(); !s.ok()) return s;          // it must hold no file yet
//   Result<...> = fs.Open(target.Add("p0000/log/3.log"), OpenMode::kCreateNew);
//   if (Status s = target.Sync(); !s.ok()) return s;
//   if (Status s = target.Finish(); !s.ok()) return s;
//   target.Discard();                                           // after an error: removes them
//
// From Create to Finish a file UNFINISHED stands in it (usable.h): a crash leaves nothing that
// could be taken for a store or a backup.
//
// Threads: one; of two processes with the same directory one is refused. Ownership: borrows the
// file system. Errors: kInvalid if the directory is not empty; empty directories in it, and a file
// LOCK, do not count.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/fs/file_system.h"

namespace oncelog::store {

class NewDirectory {
 public:
  NewDirectory(FileSystem& fs, std::string path) : fs_(fs), path_(std::move(path)) {}

  [[nodiscard]] Status CheckEmpty() const;
  // The directory itself and the folders of a store.
  Status Create();
  // Where the file of that name lies, which is about to be made.
  std::string Add(const std::string& name);
  void Remove(const std::string& name);  // best effort
  // All folders: what was made in them is durable then.
  Status Sync();
  // Durable when it returns.
  Status Finish();
  // The last file made goes first. Best effort: what had failed is what the caller has to know.
  void Discard();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  Status Begin();
  Status CreateFolders();

  FileSystem& fs_;
  const std::string path_;
  std::vector<std::string> names_;  // in the order in which they were made
};

// With what to do about it, if the system did not let us.
Error OfTarget(const Error& error, const std::string& path);

// Without the slashes at its end.
std::string WithoutSlash(std::string path);

}  // namespace oncelog::store
