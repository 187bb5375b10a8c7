#include "store/fs/fault_file_system.h"

#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include "base/check.h"

namespace oncelog::store {
namespace {

using Outcome = FaultFileSystem::Outcome;
using Verdict = FaultFileSystem::Verdict;

class FaultFile final : public File {
 public:
  FaultFile(FaultFileSystem& owner, std::unique_ptr<File> below)
      : owner_(owner), below_(std::move(below)) {}

  Result<size_t> ReadAt(uint64_t offset, char* to, size_t size) override {
    const Verdict verdict = owner_.Count(FsCall::kRead, path(), false);
    if (verdict.outcome != Outcome::kPass) return FaultFileSystem::Failure(verdict, path());
    return below_->ReadAt(offset, to, size);
  }
  Status WriteAt(uint64_t offset, std::string_view bytes) override {
    const Verdict verdict = owner_.Count(FsCall::kWrite, path(), true);
    if (verdict.outcome == Outcome::kPass) return below_->WriteAt(offset, bytes);
    if (verdict.outcome == Outcome::kHalf) {
      Status half = below_->WriteAt(offset, bytes.substr(0, bytes.size() / 2));
      if (!half.ok()) return half;
    }
    return FaultFileSystem::Failure(verdict, path());
  }
  Status DataSync() override {
    const Verdict verdict = owner_.Count(FsCall::kDataSync, path(), true);
    if (verdict.outcome != Outcome::kPass) return FaultFileSystem::Failure(verdict, path());
    return below_->DataSync();
  }
  Result<uint64_t> Size() override {
    const Verdict verdict = owner_.Count(FsCall::kSize, path(), false);
    if (verdict.outcome != Outcome::kPass) return FaultFileSystem::Failure(verdict, path());
    return below_->Size();
  }
  Status Truncate(uint64_t size) override {
    const Verdict verdict = owner_.Count(FsCall::kTruncate, path(), true);
    if (verdict.outcome != Outcome::kPass) return FaultFileSystem::Failure(verdict, path());
    return below_->Truncate(size);
  }
  Result<std::unique_ptr<Mapping>> Map() override {
    const Verdict verdict = owner_.Count(FsCall::kMap, path(), false);
    if (verdict.outcome != Outcome::kPass) return FaultFileSystem::Failure(verdict, path());
    return below_->Map();
  }
  [[nodiscard]] const std::string& path() const override { return below_->path(); }

 private:
  FaultFileSystem& owner_;
  std::unique_ptr<File> below_;
};

// Over the lock below; what is opened through it meets faults, too.
class FaultLock final : public FileLock {
 public:
  FaultLock(FaultFileSystem& files, std::unique_ptr<FileLock> below)
      : files_(files), below_(std::move(below)) {}
  [[nodiscard]] Status InPlace() const override { return below_->InPlace(); }
  FileSystem& files() override { return files_; }

 private:
  FaultFileSystem& files_;
  const std::unique_ptr<FileLock> below_;
};

}  // namespace

const std::vector<FaultKind>& FaultKinds() {
  static const std::vector<FaultKind> kKinds = {
      {"Open", FsCall::kOpen, true},
      {"Read", FsCall::kRead, false},
      {"Write", FsCall::kWrite, true},
      {"ShortWrite", FsCall::kShortWrite, true},
      {"DataSync", FsCall::kDataSync, true},
      {"DirectorySync", FsCall::kDirectorySync, true},
      {"Rename", FsCall::kRename, true},
      {"Link", FsCall::kLink, true},
      {"Truncate", FsCall::kTruncate, true},
      {"Remove", FsCall::kRemove, true},  // where names are copied before they are written
      {"Map", FsCall::kMap, true},
      {"FreeBytes", FsCall::kFreeBytes, false},
      {"CreateDirectories", FsCall::kCreateDirectories, true},
      {"Exists", FsCall::kExists, false},
      {"List", FsCall::kList, false},
      {"Size", FsCall::kSize, false},
      {"Lock", FsCall::kLock, true}};
  return kKinds;
}

void FaultFileSystem::Plan(Fault fault) {
  Check(fault.nth > 0, "calls are counted from 1");
  const std::lock_guard lock(mutex_);
  const uint64_t left = fault.nth;
  plan_.push_back({std::move(fault), left});
}

void FaultFileSystem::PlanInstead(Fault fault) {
  const std::lock_guard lock(mutex_);
  const uint64_t left = fault.nth;
  plan_.assign(1, {std::move(fault), left});
}

void FaultFileSystem::Heal() {
  {
    const std::lock_guard lock(mutex_);
    plan_.clear();
    ++heals_;
  }
  healed_.notify_all();
}

void FaultFileSystem::Shake(uint64_t seed) {
  const std::lock_guard lock(mutex_);
  shake_.emplace(seed);
}

void FaultFileSystem::LetOthersGo() {
  uint64_t times = 0;
  {
    const std::lock_guard lock(mutex_);
    if (shake_ && (*shake_)() % 4 == 0) times = (*shake_)() % 300;
  }
  // On a machine that is busy with others each yield may take a whole slice of theirs.
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
  for (; times > 0 && std::chrono::steady_clock::now() < until; --times) std::this_thread::yield();
}

uint64_t FaultFileSystem::calls(FsCall call) const {
  const std::lock_guard lock(mutex_);
  return calls_[static_cast<size_t>(call)];
}

uint64_t FaultFileSystem::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

uint64_t FaultFileSystem::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

bool FaultFileSystem::Strikes(Planned& planned, FsCall call, std::string_view path, bool changes) {
  const Fault& fault = planned.fault;
  const bool same_kind = fault.call == call || (fault.call == FsCall::kChange && changes) ||
                         (fault.call == FsCall::kShortWrite && call == FsCall::kWrite);
  if (!same_kind || path.find(fault.path_part) == std::string_view::npos) return false;
  if (planned.left == 0) return fault.for_ever;
  return --planned.left == 0;
}

FaultFileSystem::Verdict FaultFileSystem::Count(FsCall call, std::string_view path, bool changes) {
  LetOthersGo();
  std::unique_lock lock(mutex_);
  ++calls_[static_cast<size_t>(call)];
  if (call == FsCall::kWrite) ++calls_[static_cast<size_t>(FsCall::kShortWrite)];
  if (changes) ++calls_[static_cast<size_t>(FsCall::kChange)];
  Verdict verdict;
  bool waits = false;
  for (Planned& planned : plan_) {  // all of them: each counts its own matching calls
    if (!Strikes(planned, call, path, changes) || verdict.outcome != Outcome::kPass) continue;
    waits = waits || planned.fault.waits;
    if (planned.fault.waits) continue;
    verdict.outcome = planned.fault.call == FsCall::kShortWrite ? Outcome::kHalf : Outcome::kFail;
    verdict.code = planned.fault.code;
  }
  if (verdict.outcome != Outcome::kPass) ++faults_;
  if (waits) {
    ++waiting_;
    healed_.wait(lock, [this, heals = heals_] { return heals_ != heals; });
    --waiting_;
  }
  return verdict;
}

Error FaultFileSystem::Failure(const Verdict& verdict, std::string_view path) {
  return {verdict.code, "a planned fault: " + std::string(path)};
}

Result<std::unique_ptr<File>> FaultFileSystem::Open(const std::string& path, OpenMode mode) {
  const Verdict verdict = Count(FsCall::kOpen, path, mode == OpenMode::kCreateNew);
  if (verdict.outcome != Outcome::kPass) return Failure(verdict, path);
  Result<std::unique_ptr<File>> file = below_.Open(path, mode);
  if (!file.ok()) return file.error();
  return std::unique_ptr<File>(new FaultFile(*this, file.Take()));
}

Status FaultFileSystem::Rename(const std::string& from, const std::string& to) {
  const Verdict verdict = Count(FsCall::kRename, from + "\n" + to, true);
  if (verdict.outcome != Outcome::kPass) return Failure(verdict, from);
  return below_.Rename(from, to);
}

Status FaultFileSystem::Link(const std::string& from, const std::string& to) {
  const Verdict verdict = Count(FsCall::kLink, from + "\n" + to, true);
  if (verdict.outcome != Outcome::kPass) return Failure(verdict, from);
  return below_.Link(from, to);
}

Status FaultFileSystem::Remove(const std::string& path) {
  const Verdict verdict = Count(FsCall::kRemove, path, true);
  if (verdict.outcome != Outcome::kPass) return Failure(verdict, path);
  return below_.Remove(path);
}

Status FaultFileSystem::SyncDirectory(const std::string& path) {
  const Verdict verdict = Count(FsCall::kDirectorySync, path, true);
  if (verdict.outcome != Outcome::kPass) return Failure(verdict, path);
  return below_.SyncDirectory(path);
}

Result<uint64_t> FaultFileSystem::FreeBytes(const std::string& directory) {
  const Verdict verdict = Count(FsCall::kFreeBytes, directory, false);
  if (verdict.outcome != Outcome::kPass) return Failure(verdict, directory);
  return below_.FreeBytes(directory);
}

Status FaultFileSystem::CreateDirectories(const std::string& path) {
  const Verdict verdict = Count(FsCall::kCreateDirectories, path, true);
  if (verdict.outcome != Outcome::kPass) return Failure(verdict, path);
  return below_.CreateDirectories(path);
}

Result<bool> FaultFileSystem::Exists(const std::string& path) {
  const Verdict verdict = Count(FsCall::kExists, path, false);
  if (verdict.outcome != Outcome::kPass) return Failure(verdict, path);
  return below_.Exists(path);
}

Result<std::vector<std::string>> FaultFileSystem::List(const std::string& directory) {
  const Verdict verdict = Count(FsCall::kList, directory, false);
  if (verdict.outcome != Outcome::kPass) return Failure(verdict, directory);
  return below_.List(directory);
}

Result<std::unique_ptr<FileLock>> FaultFileSystem::Lock(const std::string& path) {
  const Verdict verdict = Count(FsCall::kLock, path, false);
  if (verdict.outcome != Outcome::kPass) return Failure(verdict, path);
  Result<std::unique_ptr<FileLock>> lock = below_.Lock(path);
  if (!lock.ok()) return lock;
  return std::unique_ptr<FileLock>(new FaultLock(*this, lock.Take()));
}

}  // namespace oncelog::store
