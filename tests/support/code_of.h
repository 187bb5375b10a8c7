// CodeOf: the code of a Status or Result, or none if it is ok: for expectations that go red, rather
// than stop the whole test program, when a call succeeds that should not.
//
//   EXPECT_EQ(CodeOf(fs.Open(path, OpenMode::kRead)), Code::kNotFound);
//
// Threads: a pure function.
#pragma once

#include <optional>

#include "base/result.h"

namespace oncelog::test {

template <typename T>
std::optional<Code> CodeOf(const Result<T>& result) {
  if (result.ok()) return std::nullopt;
  return result.error().code();
}

}  // namespace oncelog::test
