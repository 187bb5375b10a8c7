// SimulatedFile: the content of one file in memory, twice: as a running process sees it, and as the
// disk holds it, with the writes in between that were never synced. What a power loss leaves of
// those is chosen here, by a seed.
//
//   SimulatedFile file;
//   file.Write(0, "abc");                                    // seen, not yet on the disk
//   file.Sync();                                             // now it is
//   std::string left = file.AfterPowerLoss(random, 512);  // "abc", and any part of what followed
//
// The model of a power loss: each sector of the file holds what it held after some number of the
// un-synced writes that touch it (0: the synced bytes; all: what was seen last), each sector for
// itself. That is what a disk without a lying cache may leave, and a little more: a file system
// may order writes, this one does not. The size is that after some number of those writes.
//
// Threads: none by itself; UnsyncedFileSystem guards it, and views of seen() may be read meanwhile.
// Units: bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace oncelog::test {

class SimulatedFile {
 public:
  static constexpr uint64_t kBytesMax = uint64_t{1} << 30;

  SimulatedFile() : SimulatedFile(std::string_view()) {}
  explicit SimulatedFile(std::string_view durable);
  SimulatedFile(const SimulatedFile&) = delete;
  SimulatedFile& operator=(const SimulatedFile&) = delete;

  [[nodiscard]] std::string_view seen() const { return {memory_.get(), size_}; }
  // Keeps what seen() views where it is; it shows later writes until the file outgrows it.
  [[nodiscard]] std::shared_ptr<const char[]> memory() const { return memory_; }
  [[nodiscard]] const std::string& durable() const { return durable_; }
  [[nodiscard]] size_t unsynced_changes() const { return changes_.size(); }

  void Write(uint64_t offset, std::string_view bytes);  // offset + size <= kBytesMax
  void Resize(uint64_t size);
  void Sync();
  // A sync that failed: what was written since the last one stays seen, but no later sync brings it
  // to the disk, because the kernel holds those pages for clean.
  void FailSync() { changes_.clear(); }

  [[nodiscard]] std::string AfterPowerLoss(std::mt19937_64& random, size_t sector_bytes) const;

 private:
  struct Change {
    uint64_t offset = 0;
    std::string bytes;  // what was written, or the zeros a cut leaves
    uint64_t size_after = 0;
  };
  static void Apply(const Change& change, std::string* image);
  void MakeRoom(uint64_t bytes);

  std::shared_ptr<char[]> memory_;  // zeros behind size_
  uint64_t capacity_ = 0;
  uint64_t size_ = 0;
  std::string durable_;
  std::vector<Change> changes_;  // since the last sync, in order
};

}  // namespace oncelog::test
