#include "store/sealing.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <utility>

#include "base/out_of_memory.h"
#include "base/thread_name.h"
#include "store/low_priority.h"

namespace oncelog::store {
namespace {

constexpr std::chrono::seconds kRetryAfter{1};
constexpr Erasing::Milliseconds kMemoryKept{10'000};  // without anything to seal
// So many small log files become a segment, however little they hold.
constexpr size_t kGroupFilesMax = 64;

uint64_t BytesOf(const std::vector<LogFileInfo>& group) {
  return std::accumulate(group.begin(), group.end(), uint64_t{0},
                         [](uint64_t sum, const LogFileInfo& log) { return sum + log.end_offset; });
}

// Whether sealing goes on, or will when there is space.
bool WaitingHelps(const Status& outcome) {
  return outcome.ok() || outcome.error().code() == Code::kDiskFull;
}

}  // namespace

// The file in which the cover lies stays: recovery begins to read there.
std::vector<LogFileInfo> ChooseSealGroup(const Manifest& manifest, uint64_t group_bytes_max,
                                         Position through) {
  std::vector<LogFileInfo> group;
  uint64_t bytes = 0;
  bool holds_records = false;  // not only marks
  bool full = false;
  for (const LogFileInfo& log : ClosedLogs(manifest)) {
    if (log.end_position > manifest.cover.position || log.id == manifest.cover.file_id) break;
    full = holds_records &&
           (group.size() >= kGroupFilesMax || bytes + log.end_offset > group_bytes_max);
    if (full) break;
    bytes += log.end_offset;
    holds_records = holds_records || log.first_position < log.end_position;
    group.push_back(log);
  }
  const bool due = bytes * 2 >= group_bytes_max || SegmentsEnd(manifest) < through;
  full = full || (holds_records && due);
  return full ? group : std::vector<LogFileInfo>();
}

Sealing::Sealing(FileSystem& fs, std::string directory, uint64_t store_seed, DurableState& state,
                 ManifestKeeper& manifest, BlockCache& cache, const SealingOptions& options,
                 std::function<uint64_t()> reserve_bytes,
                 std::function<void(const std::string&)> alarm)
    : fs_(fs),
      directory_(std::move(directory)),
      store_seed_(store_seed),
      state_(state),
      manifest_(manifest),
      cache_(cache),
      options_(options),
      reserve_bytes_(std::move(reserve_bytes)),
      alarm_(std::move(alarm)),
      limit_(options.bytes_per_second),
      erasing_(
          state, store_seed, options.erase_within, [this](size_t bytes) { return Pace(bytes); },
          alarm_) {}

Sealing::~Sealing() { Stop(); }

void Sealing::Start() {
  if (options_.bytes_per_second == 0) return;
  CountBacklog();
  thread_ = std::thread([this] { Run(); });
}

void Sealing::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Sealing::Wake() {
  CountBacklog();
  {
    const std::lock_guard lock(mutex_);
    due_ = true;
  }
  work_.notify_all();
}

// Called when MANIFEST has changed in a way that matters for it.
void Sealing::CountBacklog() {
  if (options_.bytes_per_second == 0) return;
  // One after the other: who counts last has seen the latest MANIFEST.
  const std::lock_guard lock(count_mutex_);
  const Manifest manifest = manifest_.Current();
  const bool due = !ChooseSealGroup(manifest, options_.group_bytes_max).empty();
  backlog_bytes_ = due ? BytesOf(ClosedLogs(manifest)) : 0;
}

SealingFigures Sealing::figures() const {
  const std::lock_guard lock(mutex_);
  SealingFigures figures = figures_;
  figures.erase_overdue = erasing_.overdue();
  return figures;
}

std::optional<Error> Sealing::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void Sealing::Run() {
  NameThread("sealer");
  LowerPriority();
  bool failed = false;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (failed) {
        work_.wait_for(lock, kRetryAfter, [this] { return stopping_; });
      } else {
        WaitForWork(lock);
      }
      if (stopping_) return;
      due_ = false;
    }
    bool sealed = true;
    Status s = OkStatus();
    while (sealed && s.ok()) {
      s = SealOnce(&sealed);
      Tell(s);
    }
    failed = !s.ok();
    if (failed && s.error().code() == Code::kDamaged) {  // will not mend itself
      log_damaged_ = true;
      erasing_.LeaveLogAlone();
    }
  }
}

void Sealing::WaitForWork(std::unique_lock<std::mutex>& lock) {
  const auto woken = [this] { return stopping_ || due_; };
  const Erasing::Milliseconds pause = erasing_.pause();
  const Erasing::Milliseconds first = std::min(pause, kMemoryKept);
  if (work_.wait_for(lock, first, woken)) return;
  lock.unlock();  // it takes milliseconds
  log_memory_.Release();
  lock.lock();
  work_.wait_for(lock, pause - first, woken);
}

void Sealing::Tell(const Status& outcome) {
  if (!outcome.ok() && outcome.error().code() == Code::kBusy) return;  // given up because of Stop
  if (log_damaged_) return;  // failure_ says so, and is to go on saying it
  bool news = false;
  {
    const std::lock_guard lock(mutex_);
    news = !outcome.ok() && (!failure_ || failure_->code() != outcome.error().code());
    failure_.reset();
    if (!outcome.ok()) failure_ = outcome.error().Annotate("sealing the log");
  }
  if (news) alarm_(outcome.error().Annotate("sealing the log").message());
}

Status Sealing::SealOnce(bool* sealed) {
  *sealed = false;
  if (!pending_) {
    const Manifest manifest = manifest_.Current();
    const Result<ErasingStep> looked =
        OrOutOfMemory([&] { return erasing_.Next(SystemUptime(), manifest.cover); });
    if (!looked.ok() && looked.error().code() == Code::kBusy) return looked.error();
    // That something cannot be looked into is no reason not to seal.
    const ErasingStep erase = looked.ok() ? *looked : ErasingStep();
    const std::vector<LogFileInfo> group =
        log_damaged_ ? std::vector<LogFileInfo>()
                     : ChooseSealGroup(manifest, options_.group_bytes_max, erase.seal_through);
    if (group.empty()) return looked.ok() ? RewriteOnce(erase, sealed) : looked.error();
    const Status made = MakeSegment(group);
    stuck_ = !WaitingHelps(made);
    if (!made.ok()) {
      if (made.error().code() != Code::kDiskFull) return made;
      // A rewrite needs less, and may free what sealing lacks.
      const Status rewritten = RewriteOnce(erase, sealed);
      return *sealed ? rewritten : made;
    }
  }
  const Status listed = pending_->replaces ? InstallRewritten() : Install();
  stuck_ = !WaitingHelps(listed);
  if (!listed.ok()) return listed;
  *sealed = true;
  return OkStatus();
}

Status Sealing::MakeSegment(const std::vector<LogFileInfo>& group) {
  if (Status s = CheckSpace(BytesOf(group)); !s.ok()) return s;
  const auto start = std::chrono::steady_clock::now();
  Result<Sealed> made = OrOutOfMemory([&] { return Seal(group); });
  if (!made.ok()) return made.error();
  pending_ = made.Take();
  const std::lock_guard lock(mutex_);
  figures_.seconds +=
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return OkStatus();
}

// A segment needs its space beside what it will replace. It is never larger than that, and must not
// take what commits live on.
Status Sealing::CheckSpace(uint64_t bytes) {
  const Result<uint64_t> free = fs_.FreeBytes(directory_);
  if (!free.ok()) return free.error();
  if (*free >= bytes + reserve_bytes_()) return OkStatus();
  return Error(Code::kDiskFull, directory_ + ": no space for the segment that would save some");
}

Result<Sealing::Sealed> Sealing::Seal(const std::vector<LogFileInfo>& group) {
  std::vector<std::unique_ptr<File>> files;
  std::vector<SealInput> inputs;
  Sealed made;
  for (const LogFileInfo& log : group) {
    Result<std::unique_ptr<File>> file =
        fs_.OpenUncached(LogPath(directory_, log.id), OpenMode::kRead);
    if (!file.ok()) return OfListedFile(file.error());
    inputs.push_back({file->get(), log.id, log.end_offset});
    made.log_ids.push_back(log.id);
    files.push_back(file.Take());
  }
  const SegmentTarget target{manifest_.NewFileId(), group.front().first_position,
                             group.back().end_position, store_seed_};
  const std::string seg = SegmentDirectory(directory_);
  SegmentSealer sealer(
      fs_, seg, target, log_memory_, [this](size_t bytes) { return Pace(bytes); },
      [this](TopicId topic, Sequence sequence) { return state_.IsGone(topic, sequence); });
  Result<SegmentInfo> info = sealer.Seal(inputs);
  if (!info.ok()) return info.error();
  made.info = *info;
  Result<std::shared_ptr<const Segment>> segment = OpenMade(made.info);
  if (!segment.ok()) return segment.error();
  made.segment = segment.Take();
  return made;
}

Result<std::shared_ptr<const Segment>> Sealing::OpenMade(const SegmentInfo& info) {
  const std::string seg = SegmentDirectory(directory_);
  auto segment = OrOutOfMemory([&] { return Segment::Open(fs_, seg, info, store_seed_, cache_); });
  if (!segment.ok()) {
    // Best effort: nothing lists it, so the next start removes what is left.
    [[maybe_unused]] const Status removed = fs_.Remove(SegmentPath(seg, info.id));
  }
  return segment;
}

Status Sealing::Install() {
  const std::vector<uint64_t>& ids = pending_->log_ids;
  const std::vector<uint64_t> left = LeftLogs();
  Status s = manifest_.Edit([&](Manifest& m) {
    std::erase_if(m.logs, [&](const LogFileInfo& log) {
      return std::find(ids.begin(), ids.end(), log.id) != ids.end();
    });
    m.segments.push_back(pending_->info);
    m.sealed_logs = left;
    m.sealed_logs.insert(m.sealed_logs.end(), ids.begin(), ids.end());
  });
  if (!s.ok()) return s;
  DropLogs(ids, state_.Seal(pending_->segment, ids));
  pending_.reset();
  CountBacklog();
  const std::lock_guard lock(mutex_);
  ++figures_.sealed;
  return OkStatus();
}

// Which of the logs sealed before are still there. Those that are gone may be forgotten once their
// removal is durable.
std::vector<uint64_t> Sealing::LeftLogs() {
  const std::vector<uint64_t> before = manifest_.Current().sealed_logs;
  std::vector<uint64_t> left;
  for (const uint64_t id : before) {
    const Result<bool> there = fs_.Exists(LogPath(directory_, id));
    if (!there.ok() || *there) left.push_back(id);
  }
  return fs_.SyncDirectory(LogDirectory(directory_)).ok() ? left : before;
}

void Sealing::DropLogs(const std::vector<uint64_t>& ids, const LogFiles& in_use) {
  for (const uint64_t id : ids) {
    const auto used =
        std::find_if(in_use.begin(), in_use.end(), [id](const auto& log) { return log->id == id; });
    if (used != in_use.end()) {
      (*used)->topic_index_path = TopicIndexPath(directory_, id);
      (*used)->remove_with = &fs_;
      continue;
    }
    // No reader has come to see it: marks only. Best effort, as for those.
    [[maybe_unused]] Status removed = fs_.Remove(TopicIndexPath(directory_, id));
    removed = fs_.Remove(LogPath(directory_, id));
  }
}

bool Sealing::Pace(size_t bytes) {
  const auto until = limit_.Take(std::chrono::steady_clock::now(), bytes);
  std::unique_lock lock(mutex_);
  return !work_.wait_until(lock, until, [this] { return stopping_; });
}

}  // namespace oncelog::store
