// Rewrites a segment of a stopped store so that some of its events are stubs: rows without content.
// All else stays as it was, the file's number too; MANIFEST is given its new length.
//
//   WriteStubs(fs, "data/p0000", seed, &keeper, 0, [](TopicId topic, Sequence sequence) { … });
//
// Threads: one.
#pragma once

#include <cstdint>
#include <string>

#include "store/manifest.h"
#include "store/segment/gone.h"

namespace oncelog::test {

// `number`: which of the manifest's segments. Yields how many stubs it has now.
size_t WriteStubs(store::FileSystem& fs, const std::string& directory, uint64_t store_seed,
                  store::ManifestKeeper* keeper, size_t number, const store::GonePredicate& gone);

}  // namespace oncelog::test
