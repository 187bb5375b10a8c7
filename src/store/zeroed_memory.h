// ZeroedMemory: a large piece of memory that reads as zeros and takes room where it is written.
// Asks for huge pages, because what lives in it is read at random places.
//
//   ZeroedMemory memory(slots * sizeof(Slot));
//   auto* slot = static_cast<Slot*>(memory.at());
//
// Errors: throws std::bad_alloc, as operator new does.
// Threads: as any memory. Ownership: owns it; movable. Units: bytes.
#pragma once

#include <cstddef>
#include <utility>

namespace oncelog::store {

class ZeroedMemory {
 public:
  explicit ZeroedMemory(size_t bytes);
  ~ZeroedMemory();
  ZeroedMemory(ZeroedMemory&& other) noexcept
      : at_(std::exchange(other.at_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  ZeroedMemory& operator=(ZeroedMemory&&) = delete;

  [[nodiscard]] void* at() const { return at_; }  // on a page boundary
  [[nodiscard]] size_t bytes() const { return bytes_; }

 private:
  void* at_;
  size_t bytes_;
};

}  // namespace oncelog::store
