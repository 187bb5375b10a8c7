// BodyMemory: the cap on the memory that bodies hold, over all connections of a server.
// BodyLease: one body's share of it.
//
//   BodyMemory memory(256 << 20);
//   BodyLease lease(memory);
//   if (!lease.Grow(64 << 10)) Refuse({503, "overloaded", ...});
//
// Threads: BodyMemory from any; a BodyLease from one at a time. Ownership: BodyMemory must outlive
// its leases; a lease gives its share back when it ends; one that was moved from has none.
// Units: bytes.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace oncelog::net {

class BodyMemory {
 public:
  explicit BodyMemory(size_t bytes_max) : bytes_max_(bytes_max) {}

  bool Take(size_t bytes) {
    if (held_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= bytes_max_) return true;
    Give(bytes);
    return false;
  }
  void Give(size_t bytes) { held_.fetch_sub(bytes, std::memory_order_relaxed); }
  [[nodiscard]] size_t held() const { return held_.load(std::memory_order_relaxed); }
  [[nodiscard]] size_t bytes_max() const { return bytes_max_; }

 private:
  const size_t bytes_max_;
  std::atomic<size_t> held_{0};
};

class BodyLease {
 public:
  BodyLease() = default;  // holds nothing, and cannot grow
  explicit BodyLease(BodyMemory& memory) : memory_(&memory) {}
  ~BodyLease() { Release(); }
  BodyLease(BodyLease&& other) noexcept
      : memory_(other.memory_), bytes_(std::exchange(other.bytes_, 0)) {}
  BodyLease& operator=(BodyLease&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }

  // Holds `bytes` in all from now on, if there is room.
  bool Grow(size_t bytes) {
    if (bytes <= bytes_) return true;
    if (!memory_->Take(bytes - bytes_)) return false;
    bytes_ = bytes;
    return true;
  }
  [[nodiscard]] size_t bytes_max() const { return memory_->bytes_max(); }  // of all leases
  void Release() {
    if (bytes_ == 0) return;
    memory_->Give(bytes_);
    bytes_ = 0;
  }

 private:
  BodyMemory* memory_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace oncelog::net
