#include "store/index/filter.h"

#include "base/check.h"
#include "store/index/run_file.h"

namespace oncelog::store {

Filter::Filter(uint64_t blocks) : blocks_(blocks), memory_(ToFullPages(blocks * kBlockBytes)) {
  Check(blocks > 0 && blocks <= UINT32_MAX, "a filter has its limits");
}

}  // namespace oncelog::store
