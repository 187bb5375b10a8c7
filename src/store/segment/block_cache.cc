#include "store/segment/block_cache.h"

#include <utility>

namespace oncelog::store {

uint32_t BlockCache::NewOwner() {
  const std::lock_guard lock(mutex_);
  return owners_++;
}

BlockCache::Part BlockCache::Find(const BlockKey& key) {
  const std::lock_guard lock(mutex_);
  const auto found = places_.find(key);
  if (found == places_.end()) {
    ++figures_.misses;
    return nullptr;
  }
  ++figures_.hits;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->part;
}

void BlockCache::Insert(const BlockKey& key, Part part, size_t bytes) {
  std::list<Entry> dropped;  // freed after the lock
  const std::lock_guard lock(mutex_);
  if (bytes > bytes_max_ || places_.contains(key)) return;
  while (figures_.bytes + bytes > bytes_max_) {
    const auto oldest = std::prev(entries_.end());
    figures_.bytes -= oldest->bytes;
    places_.erase(oldest->key);
    dropped.splice(dropped.begin(), entries_, oldest);
  }
  entries_.push_front({key, std::move(part), bytes});
  places_.emplace(key, entries_.begin());
  figures_.bytes += bytes;
}

BlockCache::LargeStretch BlockCache::TakeLargeStretch() {
  LargeStretch taken;
  int left = large_left_.load();
  while (left > 0 && !large_left_.compare_exchange_weak(left, left - 1)) continue;
  if (left > 0) taken.taken_.reset(&large_left_);
  return taken;
}

BlockCacheFigures BlockCache::figures() const {
  const std::lock_guard lock(mutex_);
  BlockCacheFigures figures = figures_;
  figures.parts = entries_.size();
  return figures;
}

}  // namespace oncelog::store
