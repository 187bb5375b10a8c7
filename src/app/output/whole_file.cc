#include "app/output/whole_file.h"

#include <filesystem>

#include "store/fs/file_helpers.h"

namespace oncelog::app {

Result<std::unique_ptr<WholeFile>> WholeFile::Create(const std::string& path, Console& console) {
  std::unique_ptr<WholeFile> whole(new WholeFile(path, console));
  if (path == "-") return whole;
  if (std::error_code ignored; std::filesystem::is_directory(path, ignored)) {
    return Error(Code::kInvalid, "cannot write " + path + ": it is a directory");
  }
  store::FileSystem& fs = store::PosixFileSystem();
  // What an earlier run left that was killed.
  const Status removed = fs.Remove(whole->partial());
  if (!removed.ok() && removed.error().code() != Code::kNotFound) return removed.error();
  Result<std::unique_ptr<store::File>> file =
      fs.Open(whole->partial(), store::OpenMode::kCreateNew);
  if (!file.ok()) return file.error();
  whole->file_ = file.Take();
  return whole;
}

WholeFile::~WholeFile() {
  if (file_ == nullptr) return;
  file_.reset();
  (void)store::PosixFileSystem().Remove(partial());
}

Status WholeFile::Write(std::string_view bytes) {
  if (file_ != nullptr) {
    if (Status s = file_->WriteAt(bytes_, bytes); !s.ok()) return s;
  } else {
    console_.out << bytes;
    if (!console_.out) return Error(Code::kIo, "cannot write the output");
  }
  bytes_ += bytes.size();
  return OkStatus();
}

Status WholeFile::Finish() {
  if (file_ == nullptr) {
    console_.out.flush();
    return console_.out ? OkStatus() : Status(Error(Code::kIo, "cannot write the output"));
  }
  if (Status s = file_->DataSync(); !s.ok()) return s;
  store::FileSystem& fs = store::PosixFileSystem();
  if (Status s = fs.Rename(partial(), path_); !s.ok()) return s;
  file_.reset();
  return fs.SyncDirectory(store::DirectoryOf(path_));
}

}  // namespace oncelog::app
