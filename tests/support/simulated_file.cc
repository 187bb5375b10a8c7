#include "tests/support/simulated_file.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "base/check.h"

namespace oncelog::test {
namespace {

// How many of `changes` un-synced changes each sector has seen.
class Cuts {
 public:
  Cuts(size_t changes, std::mt19937_64& random) : changes_(changes), random_(random) {
    switch (random() % 4) {
      case 0: common_ = 0, scattered_ = false; break;        // nothing got there
      case 1: common_ = changes, scattered_ = false; break;  // everything did
      case 2: common_ = random() % (changes + 1), scattered_ = false; break;
      default: common_ = random() % (changes + 1), scattered_ = true; break;
    }
    torn_ = !scattered_ && common_ < changes && random() % 2 == 0;
  }

  [[nodiscard]] size_t common() const { return common_; }
  [[nodiscard]] bool torn() const { return torn_; }

  size_t Of(uint64_t sector) {
    if (!scattered_) return common_;
    const auto [at, added] = drawn_.try_emplace(sector, 0);
    if (added) at->second = random_() % (changes_ + 1);
    return at->second;
  }

 private:
  size_t changes_;
  std::mt19937_64& random_;
  size_t common_ = 0;
  bool scattered_ = false;
  bool torn_ = false;
  std::unordered_map<uint64_t, size_t> drawn_;
};

void Put(std::string* image, uint64_t offset, std::string_view bytes) {
  if (bytes.empty()) return;
  if (image->size() < offset + bytes.size()) image->resize(offset + bytes.size());
  std::memcpy(image->data() + offset, bytes.data(), bytes.size());
}

}  // namespace

SimulatedFile::SimulatedFile(std::string_view durable) : durable_(durable) {
  MakeRoom(durable.size());
  durable.copy(memory_.get(), durable.size());
  size_ = durable.size();
}

void SimulatedFile::MakeRoom(uint64_t bytes) {
  if (bytes <= capacity_) return;
  capacity_ = std::bit_ceil(bytes);
  std::shared_ptr<char[]> larger(new char[capacity_]());
  seen().copy(larger.get(), size_);
  memory_ = std::move(larger);
}

void SimulatedFile::Write(uint64_t offset, std::string_view bytes) {
  Check(offset <= kBytesMax && bytes.size() <= kBytesMax - offset,
        "a simulated file has its limit");
  if (bytes.empty()) return;
  MakeRoom(offset + bytes.size());
  bytes.copy(memory_.get() + offset, bytes.size());
  size_ = std::max(size_, offset + bytes.size());
  changes_.push_back({offset, std::string(bytes), size_});
}

void SimulatedFile::Resize(uint64_t size) {
  Check(size <= kBytesMax, "a simulated file has its limit");
  Change change{size, {}, size};
  if (size < size_) {  // what was cut off reads as zeros if the file grows again
    change.bytes.assign(size_ - size, '\0');
    std::fill_n(memory_.get() + size, size_ - size, '\0');
  }
  MakeRoom(size);
  size_ = size;
  changes_.push_back(std::move(change));
}

void SimulatedFile::Apply(const Change& change, std::string* image) {
  Put(image, change.offset, change.bytes);
  image->resize(change.size_after);
}

void SimulatedFile::Sync() {
  for (const Change& change : changes_) Apply(change, &durable_);
  changes_.clear();
}

std::string SimulatedFile::AfterPowerLoss(std::mt19937_64& random, size_t sector_bytes) const {
  Cuts cuts(changes_.size(), random);
  std::string image = durable_;
  uint64_t size = cuts.common() == 0 ? durable_.size() : changes_[cuts.common() - 1].size_after;
  for (size_t i = 0; i < changes_.size(); ++i) {
    const Change& change = changes_[i];
    const uint64_t end = change.offset + change.bytes.size();
    // Of a torn change some first sectors got there, and the size it gave the file, or not quite.
    uint64_t torn_end = change.offset;
    if (cuts.torn() && i == cuts.common()) {
      torn_end += random() % (change.bytes.size() + 1) / sector_bytes * sector_bytes;
      if (random() % 2 == 0)
        size = random() % 2 == 0 ? change.size_after : std::max(size, torn_end);
    }
    for (uint64_t from = change.offset; from < end;) {
      const uint64_t sector = from / sector_bytes;
      const uint64_t to = std::min(end, (sector + 1) * sector_bytes);
      if (i < cuts.Of(sector) || to <= torn_end) {
        Put(&image, from, std::string_view(change.bytes).substr(from - change.offset, to - from));
      }
      from = to;
    }
  }
  image.resize(size);
  return image;
}

}  // namespace oncelog::test
