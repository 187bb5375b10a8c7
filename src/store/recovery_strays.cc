// Files of our own naming that MANIFEST does not list: leftovers of a crash, which go, or the sign
// that MANIFEST is older than the log. The third part of Recovery.
#include <algorithm>
#include <charconv>
#include <utility>

#include "store/fs/file_helpers.h"
#include "store/recovery.h"

namespace oncelog::store {

using State = LogScanner::State;

namespace {

// "17.log" → 17 and ".log"; false for other names.
bool SplitName(const std::string& name, uint64_t* id, std::string_view* kind) {
  const char* end = name.data() + name.size();
  const auto [behind, failed] = std::from_chars(name.data(), end, *id);
  *kind = std::string_view(behind, static_cast<size_t>(end - behind));
  return failed == std::errc();
}

bool Holds(const std::vector<uint64_t>& ids, uint64_t id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace

// A log file is listed before its first frame is written, and taken off the list only if other
// files hold its frames; if that is a segment, MANIFEST says so. Another one that goes on behind
// the end of the log was listed once: MANIFEST is an old copy, and going on without that file would
// lose what was acked. This is looked at before anything else, as a long replay would flush, and
// write a MANIFEST over the old one.
Status Recovery::CheckStrays() {
  Result<std::vector<std::string>> names = c_.fs.List(LogDirectory(c_.directory));
  if (!names.ok()) return names.error();
  for (const std::string& name : *names) {
    uint64_t id = 0;
    std::string_view kind;
    if (!SplitName(name, &id, &kind) || kind != ".log") continue;
    const auto is_it = [&](const LogFileInfo& info) { return info.id == id; };
    if (std::any_of(manifest_.logs.begin(), manifest_.logs.end(), is_it)) continue;
    if (Holds(manifest_.sealed_logs, id)) continue;
    const Result<Position> end = EndOfFile(id);
    if (!end.ok()) return end.error();
    if (end->value == 0) continue;
    const Result<Position> listed = EndOfListed();
    if (!listed.ok()) return listed.error();
    if (*end <= *listed) continue;
    return Error(Code::kDamaged,
                 LogPath(c_.directory, id) + ": holds the log up to position " +
                     std::to_string(end->value) + ", but " + ManifestPath(c_.directory) +
                     " does not list it and ends at position " + std::to_string(listed->value) +
                     ": that is an old copy of MANIFEST; put the latest one back (nothing was "
                     "changed)");
  }
  return OkStatus();
}

// Behind the last frame that can be read from the beginning; 0 if there is none.
Result<Position> Recovery::EndOfFile(uint64_t id) const {
  Result<std::unique_ptr<File>> file = c_.fs.Open(LogPath(c_.directory, id), OpenMode::kRead);
  if (!file.ok()) return OfListedFile(file.error());
  Result<uint64_t> size = (*file)->Size();
  if (!size.ok()) return size.error();
  LogScanner scan(**file, id, c_.store_seed, 0, *size);
  Position end;
  State state = State::kEnd;
  while ((state = scan.Next()) == State::kFrame) end = scan.header().end_position();
  if (state == State::kError) return scan.error();
  return end;
}

Result<Position> Recovery::EndOfListed() const {
  Position last = SegmentsEnd(manifest_);
  for (const LogFileInfo& info : manifest_.logs) {
    Result<Position> end = info.closed ? Result<Position>(info.end_position) : EndOfFile(info.id);
    if (!end.ok()) return end.error();
    last = std::max(last, *end);
  }
  return last;
}

// A crash may leave files that no manifest came to list. Derived ones can go, and so can a log file
// whose records a segment holds, or that nothing was written to; anything else may be somebody's
// and stays.
void Recovery::RemoveLeftovers() {
  const Manifest now = c_.manifest.Current();
  for (const std::string& folder : FoldersOf(c_.directory)) {
    Result<std::vector<std::string>> names = c_.fs.List(folder);
    if (!names.ok()) continue;
    for (const std::string& name : *names) {
      uint64_t id = 0;
      std::string_view kind;
      if (SplitName(name, &id, &kind) && IsLeftover(now, kind, id)) {
        (void)c_.fs.Remove(folder + "/" + name);
      }
    }
  }
}

bool Recovery::IsLeftover(const Manifest& now, std::string_view kind, uint64_t id) {
  const auto among = [id](const auto& infos) {
    return std::any_of(infos.begin(), infos.end(), [id](const auto& i) { return i.id == id; });
  };
  if (kind == ".run") return !among(now.runs);
  if (kind == ".seg") return !among(now.segments);
  if (kind == ".ckpt") return id != now.checkpoint_id;
  if (kind == TemporaryOf(".ckpt")) return true;
  if (kind == ".topics") return !among(now.logs);
  if (kind != ".log" || among(now.logs)) return false;
  return Holds(now.sealed_logs, id) || HoldsOnlyZeros(LogPath(c_.directory, id));
}

bool Recovery::HoldsOnlyZeros(const std::string& path) {
  Result<std::unique_ptr<File>> file = c_.fs.Open(path, OpenMode::kRead);
  if (!file.ok()) return false;
  std::string window(size_t{1} << 20, '\0');
  for (uint64_t at = 0;; at += window.size()) {
    Result<size_t> got = (*file)->ReadAt(at, window.data(), window.size());
    if (!got.ok()) return false;
    if (std::string_view(window).substr(0, *got).find_first_not_of('\0') != std::string::npos) {
      return false;
    }
    if (*got < window.size()) return true;
  }
}

}  // namespace oncelog::store
