// Decompressor: undoes a request's Content-Encoding, with a limit on what comes out, so that a
// small bomb costs no more than the largest allowed body.
//
//   Decompressor decompressor(32 << 20);
//   OrProblem<std::string> body = decompressor.Decode("gzip", compressed);
//
// gzip takes several members one behind the other, zstd several frames; anything else behind them
// is an error. Problems: unsupported_encoding (415, with Accept-Encoding), bad_encoding (400:
// corrupt or cut off), body_too_large (413), busy (503: no memory for what comes out).
// Threads: one at a time. Ownership: keeps its working memory between calls.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "api/problem.h"

namespace oncelog::api {

class Decompressor {
 public:
  explicit Decompressor(size_t bytes_max);
  ~Decompressor();
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  // Whether `coding` (the field's value) says that there is nothing to undo.
  static bool IsIdentity(std::string_view coding);

  OrProblem<std::string> Decode(std::string_view coding, std::string_view body);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace oncelog::api
