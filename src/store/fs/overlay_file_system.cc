#include "store/fs/overlay_file_system.h"

#include <algorithm>
#include <shared_mutex>
#include <utility>

#include "store/fs/file_helpers.h"

namespace oncelog::store {

// A file: as it is below until it is changed, then its bytes here.
struct OverlayFileSystem::Node {
  std::shared_mutex mutex;
  std::unique_ptr<File> below;  // null once it was changed, and for a new file
  std::string bytes;

  // Takes over what is below, up to `size`.
  Status TakeOver(uint64_t size) {
    if (below == nullptr) return OkStatus();
    Result<uint64_t> all = below->Size();
    if (!all.ok()) return all.error();
    bytes.resize(std::min(*all, size));
    Result<size_t> got = below->ReadAt(0, bytes.data(), bytes.size());
    if (!got.ok()) return got.error();
    bytes.resize(*got);
    below.reset();
    return OkStatus();
  }
};

namespace {

class MemoryMapping final : public Mapping {
 public:
  explicit MemoryMapping(std::string bytes) : bytes_(std::move(bytes)) {}
  [[nodiscard]] std::string_view bytes() const override { return bytes_; }

 private:
  const std::string bytes_;
};

}  // namespace

class OverlayFileSystem::OverlayFile final : public File {
 public:
  OverlayFile(std::shared_ptr<Node> node, std::string path)
      : node_(std::move(node)), path_(std::move(path)) {}

  Result<size_t> ReadAt(uint64_t offset, char* to, size_t size) override {
    const std::shared_lock lock(node_->mutex);
    if (node_->below != nullptr) return node_->below->ReadAt(offset, to, size);
    if (offset >= node_->bytes.size()) return size_t{0};
    return node_->bytes.copy(to, size, offset);
  }
  Status WriteAt(uint64_t offset, std::string_view bytes) override {
    const std::unique_lock lock(node_->mutex);
    if (Status s = node_->TakeOver(UINT64_MAX); !s.ok()) return s;
    if (node_->bytes.size() < offset + bytes.size()) node_->bytes.resize(offset + bytes.size());
    bytes.copy(node_->bytes.data() + offset, bytes.size());
    return OkStatus();
  }
  Status DataSync() override { return OkStatus(); }
  Result<uint64_t> Size() override {
    const std::shared_lock lock(node_->mutex);
    if (node_->below != nullptr) return node_->below->Size();
    return uint64_t{node_->bytes.size()};
  }
  Status Truncate(uint64_t size) override {
    const std::unique_lock lock(node_->mutex);
    if (Status s = node_->TakeOver(size); !s.ok()) return s;
    node_->bytes.resize(size);
    return OkStatus();
  }
  Result<std::unique_ptr<Mapping>> Map() override {
    const std::shared_lock lock(node_->mutex);
    if (node_->below != nullptr) return node_->below->Map();
    return std::unique_ptr<Mapping>(new MemoryMapping(node_->bytes));
  }
  [[nodiscard]] const std::string& path() const override { return path_; }

 private:
  const std::shared_ptr<Node> node_;
  const std::string path_;
};

Result<std::shared_ptr<OverlayFileSystem::Node>> OverlayFileSystem::Find(const std::string& path) {
  const auto known = nodes_.find(path);
  if (known != nodes_.end()) return known->second;
  Result<std::unique_ptr<File>> below = below_.Open(path, OpenMode::kRead);
  if (!below.ok()) {
    if (below.error().code() == Code::kNotFound) return std::shared_ptr<Node>();
    return below.error();
  }
  // Not remembered until it is changed, so that a file that is read only is closed with its reader.
  auto node = std::make_shared<Node>();
  node->below = below.Take();
  return node;
}

Result<std::unique_ptr<File>> OverlayFileSystem::Open(const std::string& path, OpenMode mode) {
  const std::lock_guard lock(mutex_);
  Result<std::shared_ptr<Node>> node = Find(path);
  if (!node.ok()) return node.error();
  if (mode == OpenMode::kCreateNew) {
    if (*node != nullptr) return Error(Code::kIo, path + ": exists already");
    node = std::make_shared<Node>();
  }
  if (*node == nullptr) return Error(Code::kNotFound, path + ": there is no such file");
  if (mode != OpenMode::kRead) nodes_[path] = *node;
  return std::unique_ptr<File>(new OverlayFile(*node, path));
}

Status OverlayFileSystem::Rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  Result<std::shared_ptr<Node>> node = Find(from);
  if (!node.ok()) return node.error();
  if (*node == nullptr) return Error(Code::kNotFound, from + ": there is no such file");
  nodes_[to] = *node;
  nodes_[from] = nullptr;
  return OkStatus();
}

Status OverlayFileSystem::Link(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  Result<std::shared_ptr<Node>> node = Find(from);
  if (!node.ok()) return node.error();
  if (*node == nullptr) return Error(Code::kNotFound, from + ": there is no such file");
  Result<std::shared_ptr<Node>> there = Find(to);
  if (!there.ok()) return there.error();
  if (*there != nullptr) return Error(Code::kIo, to + ": exists already");
  nodes_[from] = nodes_[to] = *node;
  return OkStatus();
}

Status OverlayFileSystem::Remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  Result<std::shared_ptr<Node>> node = Find(path);
  if (!node.ok()) return node.error();
  if (*node == nullptr) return Error(Code::kNotFound, path + ": there is no such file");
  nodes_[path] = nullptr;
  return OkStatus();
}

// Directories are not kept: a file may be written wherever its path says.
Status OverlayFileSystem::CreateDirectories(const std::string& /*path*/) { return OkStatus(); }

Result<bool> OverlayFileSystem::Exists(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto known = nodes_.find(path);
  if (known != nodes_.end()) return known->second != nullptr;
  return below_.Exists(path);
}

Result<std::vector<std::string>> OverlayFileSystem::List(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  Result<std::vector<std::string>> names = below_.List(directory);
  if (!names.ok() && names.error().code() != Code::kNotFound) return names;
  std::vector<std::string> all;
  if (names.ok()) all = names.Take();
  for (const auto& [path, node] : nodes_) {
    if (DirectoryOf(path) != directory) continue;
    const std::string name = path.substr(path.find_last_of('/') + 1);
    std::erase(all, name);
    if (node != nullptr) all.push_back(name);
  }
  std::sort(all.begin(), all.end());
  return all;
}

Result<std::unique_ptr<FileLock>> OverlayFileSystem::Lock(const std::string& path) {
  return Error(Code::kIo, path + ": what is only looked at is locked on the disk itself");
}

}  // namespace oncelog::store
