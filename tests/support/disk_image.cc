#include "tests/support/disk_image.h"

#include <utility>

#include "base/check.h"
#include "store/fs/file_helpers.h"

namespace oncelog::test {

DiskImage TakeImage(store::FileSystem& fs, const std::string& directory) {
  DiskImage image;
  const Result<std::vector<std::string>> names = fs.List(directory);
  Check(names.ok(), "an image is taken of a directory that is there");
  for (const std::string& name : *names) {
    const std::string path = directory + "/" + name;
    if (fs.List(path).ok()) {
      image.merge(TakeImage(fs, path));
    } else if (Result<std::string> bytes = store::ReadWholeFile(fs, path); bytes.ok()) {
      image.emplace(path, bytes.Take());
    }
  }
  return image;
}

DiskImage TakeStillImage(store::FileSystem& fs, const std::string& directory) {
  DiskImage image = TakeImage(fs, directory);
  for (DiskImage next; image != (next = TakeImage(fs, directory));) image = std::move(next);
  return image;
}

std::unique_ptr<UnsyncedFileSystem> PutImage(const DiskImage& image) {
  auto fs = std::make_unique<UnsyncedFileSystem>();
  for (const auto& [path, bytes] : image) {
    const std::string directory = store::DirectoryOf(path);
    Check(fs->CreateDirectories(directory).ok(), "a simulated directory can be made");
    Result<std::unique_ptr<store::File>> file = fs->Open(path, store::OpenMode::kCreateNew);
    Check(file.ok() && (*file)->WriteAt(0, bytes).ok() && (*file)->DataSync().ok() &&
              fs->SyncDirectory(directory).ok(),
          "a simulated file can be made");
  }
  return fs;
}

}  // namespace oncelog::test
