// Fuzzes the file BACKUP, which says what belongs to a backup and is all that `oncelog restore`
// goes by. The first byte of the input says how: if it is even, the rest is the file as it is; if
// it is odd, the rest is all lines but the last, and that is put behind them with the right count
// and checksum, so that the fuzzer gets behind those. Whatever the bytes are: no crash, no read out
// of bounds, no memory beyond their size; and of a list that was taken
//   - no name leads out of its directory, and none stands there twice;
//   - each piece of each file has its checksum;
//   - it is the same again when it is written anew.
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "base/check.h"
#include "store/backup/backup_list.h"

namespace oncelog::store {
namespace {

size_t FileLines(std::string_view text) {
  size_t lines = text.starts_with("file ") ? 1 : 0;
  for (size_t at = text.find("\nfile "); at != std::string_view::npos;
       at = text.find("\nfile ", at + 1)) {
    ++lines;
  }
  return lines;
}

std::string Sealed(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string file(text);
  file += "end " + std::to_string(FileLines(text)) + " ";
  const uint64_t checksum = PieceChecksum(text, 0);
  for (int shift = 60; shift >= 0; shift -= 4) file += kDigits[checksum >> shift & 15];
  return file + "\n";
}

void CheckFile(const BackupFile& file) {
  Check(!file.name.empty() && file.name.front() != '/', "a name stands below the directory");
  Check(file.name.find("..") == std::string::npos && file.name.find('\0') == std::string::npos,
        "a name does not lead out of the directory");
  const bool store = file.name == "STORE" || file.name == "STORE.bak";
  Check(store || file.name.starts_with("p0000/"), "a name is that of a file of a store");
  Check(file.checksums.size() == (file.bytes + kBackupPieceBytes - 1) / kBackupPieceBytes,
        "each piece has its checksum");
}

void ReadList(std::string_view text) {
  const Result<BackupList> list = DecodeBackupList(text, "BACKUP");
  if (!list.ok()) return;
  uint64_t bytes = 0;
  std::set<std::string> names;
  for (const BackupFile& file : list->files) {
    CheckFile(file);
    Check(names.insert(file.name).second, "a file is listed once");
    bytes += file.bytes;
  }
  Check(list->bytes() == bytes && bytes / kBackupPieceBytes <= text.size(),
        "a backup is not larger than its checksums tell");
  const Result<BackupList> again = DecodeBackupList(EncodeBackupList(*list), "BACKUP");
  Check(again.ok() && *again == *list, "a list is the same when it is written anew");
}

}  // namespace
}  // namespace oncelog::store

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oncelog::store;
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if ((data[0] & 1) == 0) {
    ReadList(rest);
  } else {
    ReadList(Sealed(rest));
  }
  return 0;
}
