#include "store/zeroed_memory.h"

#include <sys/mman.h>

#include <new>

#include "base/check.h"

namespace oncelog::store {
namespace {

constexpr size_t kHugePageBytes = size_t{2} << 20;

}  // namespace

ZeroedMemory::ZeroedMemory(size_t bytes) : bytes_(bytes) {
  Check(bytes > 0, "memory of no size is not asked for");
  at_ = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at_ == MAP_FAILED) throw std::bad_alloc();                      // as operator new would
  if (bytes >= kHugePageBytes) ::madvise(at_, bytes, MADV_HUGEPAGE);  // a wish; may be refused
}

ZeroedMemory::~ZeroedMemory() {
  if (at_ != nullptr) ::munmap(at_, bytes_);
}

}  // namespace oncelog::store
