#include "tests/support/stub_writer.h"

#include <memory>

#include "base/check.h"
#include "store/segment/segment.h"
#include "store/segment/segment_rewriter.h"

namespace oncelog::test {

size_t WriteStubs(store::FileSystem& fs, const std::string& directory, uint64_t store_seed,
                  store::ManifestKeeper* keeper, size_t number, const store::GonePredicate& gone) {
  const std::string seg = store::SegmentDirectory(directory);
  const store::SegmentInfo info = keeper->Current().segments.at(number);
  store::BlockCache cache(0);
  const auto segment = store::Segment::Open(fs, seg, info, store_seed, cache).Take();
  const store::SegmentTarget target{info.id, info.first_position, info.end_position, store_seed};
  const store::SegmentInfo rewritten =
      store::SegmentRewriter(fs, seg, target, nullptr, gone).Rewrite(*segment).Take();
  Check(keeper->Edit([&](store::Manifest& m) { m.segments.at(number) = rewritten; }).ok(),
        "MANIFEST is replaced");
  store::BlockCache cache_of_new(0);
  return store::Segment::Open(fs, seg, rewritten, store_seed, cache_of_new).Take()->header().stubs;
}

}  // namespace oncelog::test
