// OrOutOfMemory: runs work that can as well be done later, and makes an Error of it if there is not
// enough memory for it now. For work in the background that is tried again anyway; whoever has half
// changed something by then must not use it: there the process is to end (app/last_words.h).
//
//   Result<Run> run = OrOutOfMemory([&] { return WriteRun(table); });
//
// Threads: any. Errors: those of the work; kIo, "out of memory". What the work had made is unwound.
#pragma once

#include <new>

#include "base/result.h"

namespace oncelog {

template <typename Work>
auto OrOutOfMemory(const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return Error(Code::kIo, "out of memory");
  }
}

}  // namespace oncelog
