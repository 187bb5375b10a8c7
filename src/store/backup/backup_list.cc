#include "store/backup/backup_list.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <numeric>
#include <optional>
#include <set>

#include "base/hash.h"

namespace oncelog::store {
namespace {

constexpr std::string_view kTitle = "oncelog backup ";
constexpr uint64_t kFormat = 1;
constexpr size_t kStoreIdDigits = 32;
constexpr std::string_view kHexDigits = "0123456789abcdef";

std::string Hex(uint64_t value) {
  std::string digits(16, '0');
  for (size_t i = digits.size(); i-- > 0; value >>= 4) digits[i] = kHexDigits[value & 15];
  return digits;
}

std::optional<uint64_t> Number(std::string_view text, int base = 10) {
  uint64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || failed != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

bool AreDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool IsStoreName(std::string_view name) {
  for (const std::string_view whole : {"STORE", "STORE.bak", "p0000/MANIFEST"}) {
    if (name == whole) return true;
  }
  struct Kind {
    std::string_view folder;
    std::string_view ending;
  };
  for (const Kind& kind :
       {Kind{"p0000/log/", ".log"}, Kind{"p0000/log/", ".topics"}, Kind{"p0000/seg/", ".seg"},
        Kind{"p0000/idx/", ".run"}, Kind{"p0000/state/", ".ckpt"}}) {
    if (!name.starts_with(kind.folder) || !name.ends_with(kind.ending)) continue;
    name.remove_prefix(kind.folder.size());
    return name.size() > kind.ending.size() &&
           AreDigits(name.substr(0, name.size() - kind.ending.size()));
  }
  return false;
}

// Takes lines apart; after the first that is not as it should be, `ok` is false.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] size_t number() const { return number_; }
  [[nodiscard]] size_t offset(std::string_view all) const { return all.size() - rest_.size(); }
  [[nodiscard]] bool at(std::string_view key) const { return rest_.starts_with(key); }
  [[nodiscard]] bool done() const { return rest_.empty(); }

  // The next line, which must begin with `key`; yields what follows.
  std::string_view Next(std::string_view key) {
    if (!ok_) return {};
    ++number_;
    const size_t end = rest_.find('\n');
    if (end == std::string_view::npos || !rest_.starts_with(key)) return Fail();
    const std::string_view line = rest_.substr(0, end);
    if (line.size() < key.size()) return Fail();
    rest_.remove_prefix(end + 1);
    return line.substr(key.size());
  }

  uint64_t Count(std::string_view key) { return Take(Number(Next(key))); }

  uint64_t Take(const std::optional<uint64_t>& value) {
    if (!value) ok_ = false;
    return value.value_or(0);
  }

  std::string_view Fail() {
    ok_ = false;
    return {};
  }

 private:
  std::string_view rest_;
  size_t number_ = 0;
  bool ok_ = true;
};

// Up to the next blank; that goes, too.
std::string_view Word(std::string_view* line) {
  const size_t blank = line->find(' ');
  const std::string_view word = line->substr(0, blank);
  line->remove_prefix(blank == std::string_view::npos ? line->size() : blank + 1);
  return word;
}

BackupFile FileOf(Lines& lines) {
  std::string_view line = lines.Next("file ");
  BackupFile file;
  file.bytes = lines.Take(Number(Word(&line)));
  file.name = Word(&line);
  while (!line.empty()) {
    const std::string_view digits = Word(&line);
    if (digits.size() != 16) lines.Fail();
    file.checksums.push_back(lines.Take(Number(digits, 16)));
  }
  const uint64_t pieces = file.bytes / kBackupPieceBytes + (file.bytes % kBackupPieceBytes != 0);
  if (file.checksums.size() != pieces || !IsStoreName(file.name)) lines.Fail();
  return file;
}

}  // namespace

uint64_t BackupList::bytes() const {
  return std::accumulate(files.begin(), files.end(), uint64_t{0},
                         [](uint64_t sum, const BackupFile& file) { return sum + file.bytes; });
}

uint64_t PieceChecksum(std::string_view piece, uint64_t offset) {
  return Checksum64(piece, offset);
}

std::string EncodeBackupList(const BackupList& list) {
  std::string text(kTitle);
  text += std::to_string(kFormat) + "\n";
  text += "taken_at " + std::to_string(list.taken_at.value) + " " + FormatRfc3339(list.taken_at);
  text += "\noncelog " + list.version + "\nstore " + list.store_id_hex;
  text += "\nepoch " + std::to_string(list.epoch);
  text += "\nposition " + std::to_string(list.position.value);
  text += "\nevents " + std::to_string(list.events);
  text += "\ntopics " + std::to_string(list.topics) + "\n";
  for (const BackupFile& file : list.files) {
    text += "file " + std::to_string(file.bytes) + " " + file.name;
    for (const uint64_t checksum : file.checksums) text += " " + Hex(checksum);
    text += "\n";
  }
  return text + "end " + std::to_string(list.files.size()) + " " + Hex(Checksum64(text, 0)) + "\n";
}

Result<BackupList> DecodeBackupList(std::string_view text, const std::string& path) {
  Lines lines(text);
  const uint64_t format = lines.Count(kTitle);
  if (lines.ok() && format > kFormat) {
    return Error(Code::kTooNew, path + ": written by a newer oncelog; restore it with that one");
  }
  BackupList list;
  std::string_view taken_at = lines.Next("taken_at ");
  const uint64_t taken_at_ms = lines.Take(Number(Word(&taken_at)));
  if (taken_at_ms > INT64_MAX) lines.Fail();
  list.taken_at = {static_cast<int64_t>(taken_at_ms)};
  list.version = lines.Next("oncelog ");
  list.store_id_hex = lines.Next("store ");
  if (list.store_id_hex.size() != kStoreIdDigits) lines.Fail();
  list.epoch = lines.Count("epoch ");
  list.position = {lines.Count("position ")};
  list.events = lines.Count("events ");
  list.topics = lines.Count("topics ");
  std::set<std::string> names;
  while (lines.ok() && lines.at("file ")) {
    list.files.push_back(FileOf(lines));
    if (!names.insert(list.files.back().name).second) lines.Fail();
  }
  const std::string_view before = text.substr(0, lines.offset(text));
  std::string_view end = lines.Next("end ");
  const bool counted = lines.Take(Number(Word(&end))) == list.files.size();
  const bool same = end == Hex(Checksum64(before, 0));
  if (lines.ok() && counted && same && lines.done()) return list;
  const std::string where =
      lines.ok() ? "wrong checksum" : "line " + std::to_string(lines.number());
  return Error(Code::kDamaged,
               path + ": damaged (" + where +
                   "): the files beside it may be whole, but nothing says so any more");
}

std::string BackupListPath(const std::string& directory) { return directory + "/BACKUP"; }

Result<BackupList> ReadBackupList(FileSystem& fs, const std::string& directory) {
  const std::string path = BackupListPath(directory);
  const Result<std::string> text = ReadWholeFile(fs, path);
  if (text.ok()) return DecodeBackupList(*text, path);
  if (text.error().code() != Code::kNotFound) return text.error();
  return Error(Code::kNotFound, directory +
                                    ": there is no file BACKUP here: this is no backup, or one "
                                    "that was not finished");
}

}  // namespace oncelog::store
