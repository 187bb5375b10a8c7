// DiskImage: the files below a directory with their bytes, as a value: taken from a file system
// (what a process that is killed now leaves), changed at will, and put onto a fresh one.
//
//   DiskImage image = TakeImage(fs, "data");
//   image.at("data/STORE")[7] ^= 1;
//   std::unique_ptr<UnsyncedFileSystem> damaged = PutImage(image);   // all of it synced
//
// Threads: values; nothing may change the file system while its image is taken.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "store/fs/file_system.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::test {

using DiskImage = std::map<std::string, std::string>;  // path → bytes

DiskImage TakeImage(store::FileSystem& fs, const std::string& directory);
// Of a store whose background threads may be at work: taken until two in a row are the same.
DiskImage TakeStillImage(store::FileSystem& fs, const std::string& directory);
std::unique_ptr<UnsyncedFileSystem> PutImage(const DiskImage& image);

}  // namespace oncelog::test
