#include "tests/support/unsynced_file_system.h"

#include <algorithm>
#include <optional>
#include <random>
#include <utility>

#include "store/fs/file_helpers.h"

namespace oncelog::test {

using store::DirectoryOf;
using store::File;
using store::FileLock;
using store::Mapping;
using store::OpenMode;

namespace {

using FilePointer = std::shared_ptr<SimulatedFile>;
using Names = std::map<std::string, FilePointer>;

// What happened to names of one directory: path → what it stands for now, null: nothing.
using NameChange = std::vector<std::pair<std::string, FilePointer>>;

void Apply(const NameChange& change, Names* names) {
  for (const auto& [path, file] : change) {
    if (file == nullptr) {
      names->erase(path);
    } else {
      names->insert_or_assign(path, file);
    }
  }
}

std::string Clean(const std::string& path) {
  const size_t last = path.find_last_not_of('/');
  return last == std::string::npos ? path : path.substr(0, last + 1);
}

}  // namespace

struct UnsyncedFileSystem::State {
  std::mutex mutex;
  Names seen;
  Names durable;
  std::map<std::string, std::vector<NameChange>> changes;  // by directory, in order, not synced
  std::set<std::string> directories = {".", "/"};
  std::set<std::string> locked;
  uint64_t capacity_bytes = uint64_t{1} << 40;
  std::optional<std::string> sync_to_fail;

  void Change(const std::string& directory, NameChange change) {
    Apply(change, &seen);
    changes[directory].push_back(std::move(change));
  }

  [[nodiscard]] uint64_t UsedBytes() const {
    uint64_t sum = 0;
    std::set<const SimulatedFile*> counted;  // one with two names takes its space once
    for (const auto& [path, file] : seen) {
      if (counted.insert(file.get()).second) sum += file->seen().size();
    }
    return sum;
  }

  // Room for `file` to reach `end`?
  Status Room(const SimulatedFile& file, uint64_t end, const std::string& path) const {
    const uint64_t size = file.seen().size();
    if (end <= size) return OkStatus();
    if (end <= SimulatedFile::kBytesMax && UsedBytes() + (end - size) <= capacity_bytes) {
      return OkStatus();
    }
    return Error(Code::kDiskFull, "writing " + path + ": no space on the simulated device");
  }
};

namespace {

using State = UnsyncedFileSystem::State;

class SimulatedMapping final : public Mapping {
 public:
  explicit SimulatedMapping(const SimulatedFile& file)
      : memory_(file.memory()), bytes_(file.seen()) {}
  [[nodiscard]] std::string_view bytes() const override { return bytes_; }

 private:
  std::shared_ptr<const char[]> memory_;
  std::string_view bytes_;
};

class OpenFile final : public File {
 public:
  OpenFile(std::shared_ptr<State> state, FilePointer file, std::string path, bool writable)
      : state_(std::move(state)),
        file_(std::move(file)),
        path_(std::move(path)),
        writable_(writable) {}

  Result<size_t> ReadAt(uint64_t offset, char* to, size_t size) override {
    const std::lock_guard lock(state_->mutex);
    const std::string_view seen = file_->seen();
    if (offset >= seen.size()) return size_t{0};
    return seen.copy(to, size, offset);
  }
  Status WriteAt(uint64_t offset, std::string_view bytes) override {
    const std::lock_guard lock(state_->mutex);
    if (!writable_) return Error(Code::kIo, "writing " + path_ + ": opened for reading");
    if (bytes.size() > SimulatedFile::kBytesMax || offset > SimulatedFile::kBytesMax) {
      return Error(Code::kDiskFull, "writing " + path_ + ": beyond the size of simulated files");
    }
    if (Status s = state_->Room(*file_, offset + bytes.size(), path_); !s.ok()) return s;
    file_->Write(offset, bytes);
    return OkStatus();
  }
  Status DataSync() override {
    const std::lock_guard lock(state_->mutex);
    const std::optional<std::string>& fails = state_->sync_to_fail;
    if (fails && path_.find(*fails) != std::string::npos) {
      state_->sync_to_fail.reset();
      file_->FailSync();
      return Error(Code::kIo, "syncing " + path_ + ": a planned fault");
    }
    file_->Sync();
    return OkStatus();
  }
  Result<uint64_t> Size() override {
    const std::lock_guard lock(state_->mutex);
    return uint64_t{file_->seen().size()};
  }
  Status Truncate(uint64_t size) override {
    const std::lock_guard lock(state_->mutex);
    if (!writable_) return Error(Code::kIo, "cutting " + path_ + ": opened for reading");
    if (Status s = state_->Room(*file_, size, path_); !s.ok()) return s;
    file_->Resize(size);
    return OkStatus();
  }
  Result<std::unique_ptr<Mapping>> Map() override {
    const std::lock_guard lock(state_->mutex);
    return std::unique_ptr<Mapping>(new SimulatedMapping(*file_));
  }
  [[nodiscard]] const std::string& path() const override { return path_; }

 private:
  std::shared_ptr<State> state_;
  FilePointer file_;
  std::string path_;
  bool writable_;
};

class SimulatedLock final : public FileLock {
 public:
  SimulatedLock(UnsyncedFileSystem& files, std::shared_ptr<State> state, std::string path)
      : files_(files), state_(std::move(state)), path_(std::move(path)) {}
  ~SimulatedLock() override {
    const std::lock_guard lock(state_->mutex);
    state_->locked.erase(path_);
  }
  SimulatedLock(const SimulatedLock&) = delete;
  SimulatedLock& operator=(const SimulatedLock&) = delete;

  [[nodiscard]] Status InPlace() const override { return OkStatus(); }  // nobody moves directories
  store::FileSystem& files() override { return files_; }

 private:
  UnsyncedFileSystem& files_;
  std::shared_ptr<State> state_;
  std::string path_;
};

Error NotThere(const std::string& path) {
  return {Code::kNotFound, path + ": no such file or directory"};
}

// Which of the un-synced changes of one directory's names survive.
std::vector<NameChange> Survivors(const std::vector<NameChange>& changes, std::mt19937_64& random) {
  const uint64_t mode = random() % 4;
  const size_t cut = mode == 0 ? 0 : mode == 1 ? changes.size() : random() % (changes.size() + 1);
  std::vector<NameChange> left;
  for (size_t i = 0; i < changes.size(); ++i) {
    if (mode == 3 ? random() % 2 == 0 : i < cut) left.push_back(changes[i]);
  }
  return left;
}

}  // namespace

UnsyncedFileSystem::UnsyncedFileSystem() : state_(std::make_shared<State>()) {}
UnsyncedFileSystem::~UnsyncedFileSystem() = default;

std::unique_ptr<UnsyncedFileSystem> UnsyncedFileSystem::LosePower(uint64_t seed,
                                                                  size_t sector_bytes) const {
  Check(sector_bytes > 0, "a sector holds bytes");
  const std::lock_guard lock(state_->mutex);
  std::mt19937_64 random(seed);
  Names names = state_->durable;
  for (const auto& [directory, changes] : state_->changes) {
    for (const NameChange& change : Survivors(changes, random)) Apply(change, &names);
  }
  auto after = std::make_unique<UnsyncedFileSystem>();
  State& left = *after->state_;
  left.directories = state_->directories;
  left.capacity_bytes = state_->capacity_bytes;
  std::map<const SimulatedFile*, FilePointer> copies;  // one file may survive under two names
  for (const auto& [path, file] : names) {
    FilePointer& copy = copies[file.get()];
    if (copy == nullptr) {
      copy = std::make_shared<SimulatedFile>(file->AfterPowerLoss(random, sector_bytes));
    }
    left.seen[path] = copy;
  }
  left.durable = left.seen;
  return after;
}

void UnsyncedFileSystem::FailNextDataSync(std::string path_part) {
  const std::lock_guard lock(state_->mutex);
  state_->sync_to_fail = std::move(path_part);
}

void UnsyncedFileSystem::set_capacity_bytes(uint64_t bytes) {
  const std::lock_guard lock(state_->mutex);
  state_->capacity_bytes = bytes;
}

uint64_t UnsyncedFileSystem::used_bytes() const {
  const std::lock_guard lock(state_->mutex);
  return state_->UsedBytes();
}

size_t UnsyncedFileSystem::unsynced_changes() const {
  const std::lock_guard lock(state_->mutex);
  size_t sum = 0;
  for (const auto& [path, file] : state_->seen) sum += file->unsynced_changes();
  for (const auto& [directory, changes] : state_->changes) sum += changes.size();
  return sum;
}

Result<std::unique_ptr<File>> UnsyncedFileSystem::Open(const std::string& path, OpenMode mode) {
  const std::lock_guard lock(state_->mutex);
  const auto at = state_->seen.find(path);
  FilePointer file = at == state_->seen.end() ? nullptr : at->second;
  if (mode == OpenMode::kCreateNew) {
    const std::string directory = DirectoryOf(path);
    if (!state_->directories.contains(directory)) return NotThere(path);
    if (file != nullptr || state_->directories.contains(path)) {
      return Error(Code::kIo, "creating " + path + ": it exists");
    }
    file = std::make_shared<SimulatedFile>();
    state_->Change(directory, {{path, file}});
  }
  if (file == nullptr) return NotThere(path);
  return std::unique_ptr<File>(
      new OpenFile(state_, std::move(file), path, mode != OpenMode::kRead));
}

Status UnsyncedFileSystem::Rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(state_->mutex);
  const auto at = state_->seen.find(from);
  if (at == state_->seen.end()) return NotThere(from);
  if (!state_->directories.contains(DirectoryOf(to))) return NotThere(to);
  if (from == to) return OkStatus();
  const FilePointer file = at->second;
  state_->Change(DirectoryOf(to), {{from, nullptr}, {to, file}});
  return OkStatus();
}

Status UnsyncedFileSystem::Link(const std::string& from, const std::string& to) {
  const std::lock_guard lock(state_->mutex);
  const auto at = state_->seen.find(from);
  if (at == state_->seen.end()) return NotThere(from);
  if (!state_->directories.contains(DirectoryOf(to))) return NotThere(to);
  if (state_->seen.contains(to) || state_->directories.contains(to)) {
    return Error(Code::kIo, "linking " + from + " to " + to + ": it exists");
  }
  const FilePointer file = at->second;
  state_->Change(DirectoryOf(to), {{to, file}});
  return OkStatus();
}

Status UnsyncedFileSystem::Remove(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  if (!state_->seen.contains(path)) return NotThere(path);
  state_->Change(DirectoryOf(path), {{path, nullptr}});
  return OkStatus();
}

Status UnsyncedFileSystem::SyncDirectory(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  const std::string directory = Clean(path);
  if (!state_->directories.contains(directory)) return NotThere(path);
  for (const NameChange& change : state_->changes[directory]) Apply(change, &state_->durable);
  state_->changes.erase(directory);
  return OkStatus();
}

Status UnsyncedFileSystem::CreateDirectories(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  for (std::string at = Clean(path); state_->directories.insert(at).second; at = DirectoryOf(at)) {
    if (state_->seen.contains(at)) {
      state_->directories.erase(at);
      return Error(Code::kIo, "creating the directory " + at + ": a file is in the way");
    }
  }
  return OkStatus();
}

Result<bool> UnsyncedFileSystem::Exists(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  return state_->seen.contains(path) || state_->directories.contains(Clean(path));
}

Result<std::vector<std::string>> UnsyncedFileSystem::List(const std::string& directory) {
  const std::lock_guard lock(state_->mutex);
  const std::string parent = Clean(directory);
  if (!state_->directories.contains(parent)) return NotThere(directory);
  std::vector<std::string> names;
  const auto add = [&](const std::string& path) {
    if (DirectoryOf(path) == parent && path != parent) {
      names.push_back(path.substr(path.find_last_of('/') + 1));
    }
  };
  for (const auto& [path, file] : state_->seen) add(path);
  for (const std::string& path : state_->directories) add(path);
  std::sort(names.begin(), names.end());
  return names;
}

Result<uint64_t> UnsyncedFileSystem::FreeBytes(const std::string& directory) {
  const std::lock_guard lock(state_->mutex);
  if (!state_->directories.contains(Clean(directory))) return NotThere(directory);
  const uint64_t used = state_->UsedBytes();
  return used < state_->capacity_bytes ? state_->capacity_bytes - used : 0;
}

Result<std::unique_ptr<FileLock>> UnsyncedFileSystem::Lock(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  if (!state_->locked.insert(path).second) {
    return Error(Code::kLocked, path + " is locked by this process");
  }
  return std::unique_ptr<FileLock>(new SimulatedLock(*this, state_, path));
}

}  // namespace oncelog::test
