// LogMemory: where the log files are read to that become a segment. Kept for the next one while
// there is much to seal: memory that is there already costs a fraction of new pages.
//
//   LogMemory memory;
//   std::span<char> log = memory.Take(bytes);
//   …
//   memory.Release();          // nothing was to be sealed for a while
//
// Threads: one at a time. Ownership: owns the memory. Errors: throws std::bad_alloc. Units: bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "store/zeroed_memory.h"

namespace oncelog::store {

class LogMemory {
 public:
  // On a page boundary; holds whatever was there. Instead of what was taken before.
  std::span<char> Take(size_t bytes) {
    if (bytes == 0) return {};
    if (memory_ == nullptr || memory_->bytes() < bytes) {
      Release();  // first: never both
      memory_ = std::make_unique<ZeroedMemory>(bytes);
    }
    return {static_cast<char*>(memory_->at()), bytes};
  }
  void Release() { memory_.reset(); }

 private:
  std::unique_ptr<ZeroedMemory> memory_;
};

}  // namespace oncelog::store
