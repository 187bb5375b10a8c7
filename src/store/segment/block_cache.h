// BlockCache: decoded parts of segments, the ones used last, in a bounded number of bytes; one for
// all segments of a process. It also keeps the decompressor they share, and counts the large
// stretches of long scans (order_cursor.h), of which there are two, so 176 MB.
//
//   BlockCache cache(64 << 20);
//   const BlockKey key{owner, kind, number};
//   if (auto part = cache.Find(key)) return std::static_pointer_cast<const EventBlock>(part);
//   cache.Insert(key, made, made->memory_bytes());
//
// An owner is an open segment (NewOwner); what a dropped segment leaves ages out. Parts in use by a
// reader live on, beside the bound, when they are pushed out.
// Threads: any number at once; a lock inside, held for well under a microsecond.
// Units: bytes of memory.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "store/segment/zstd_codec.h"

namespace oncelog::store {

struct BlockKey {
  uint32_t owner = 0;
  uint32_t kind_and_number = 0;  // of the part within its segment
  bool operator==(const BlockKey&) const = default;
};

struct BlockCacheFigures {
  uint64_t hits = 0;
  uint64_t misses = 0;
  uint64_t bytes = 0;
  uint64_t parts = 0;
};

class BlockCache {
 public:
  explicit BlockCache(size_t bytes_max) : bytes_max_(bytes_max) {}
  BlockCache(const BlockCache&) = delete;
  BlockCache& operator=(const BlockCache&) = delete;

  using Part = std::shared_ptr<const void>;

  uint32_t NewOwner();
  // Null if it is not there.
  Part Find(const BlockKey& key);
  // Kept only if it fits the bound. If another thread was faster, its part stays.
  void Insert(const BlockKey& key, Part part, size_t bytes);

  // The right to hold a large stretch, for as long as this lives; empty if all are taken.
  class LargeStretch {
   public:
    LargeStretch() = default;
    explicit operator bool() const { return taken_ != nullptr; }

   private:
    friend class BlockCache;
    struct GiveBack {
      void operator()(std::atomic<int>* left) const { left->fetch_add(1); }
    };
    std::unique_ptr<std::atomic<int>, GiveBack> taken_;
  };
  static constexpr int kLargeStretches = 2;
  LargeStretch TakeLargeStretch();

  [[nodiscard]] BlockCacheFigures figures() const;
  Decompressor& decompressor() { return decompressor_; }

 private:
  struct Entry {
    BlockKey key;
    Part part;
    size_t bytes;
  };
  struct HashKey {
    size_t operator()(const BlockKey& key) const {
      return (uint64_t{key.owner} << 32 | key.kind_and_number) * 0x9e3779b97f4a7c15 >> 16;
    }
  };

  const size_t bytes_max_;
  Decompressor decompressor_;
  std::atomic<int> large_left_{kLargeStretches};

  mutable std::mutex mutex_;  // guards what follows
  std::list<Entry> entries_;  // the one used last in front
  std::unordered_map<BlockKey, std::list<Entry>::iterator, HashKey> places_;
  uint32_t owners_ = 0;
  BlockCacheFigures figures_;
};

}  // namespace oncelog::store
