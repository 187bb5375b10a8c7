// ContentWalk: goes once through a JSON value, hashes it in canonical form and checks what the
// parser does not: that no object has a name twice and that nothing is nested too deep.
//
//   ContentWalk walk(key);
//   uint64_t hash = 0;
//   if (!walk.Value(at, 1, &hash)) Complain(walk.problem());   // `at` is somewhere inside, then
//
// Threads: one at a time; keeps its buffers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "event/content_hash.h"
#include "event/json_document.h"
#include "event/member_names.h"

namespace oncelog::event {

// What is wrong with a value. `path` leads from the value walked to the place: ".a.b", "[3].c".
struct WalkProblem {
  std::string_view reason;  // "duplicate_member" or "too_deep"
  std::string path;
};

class ContentWalk {
 public:
  explicit ContentWalk(const HashKey& key) : hash_(key) {}

  // Steps `at` over its value. `depth` is the value's own if it is a container, from 1; at most
  // kDepthMax, which also bounds the recursion. False: see problem().
  [[nodiscard]] bool Value(JsonCursor& at, size_t depth, uint64_t* hash);
  [[nodiscard]] const WalkProblem& problem() const { return problem_; }

  void Shrink() { names_.Shrink(); }

  [[nodiscard]] const ContentHasher& hasher() const { return hash_; }
  [[nodiscard]] MemberNames& names() { return names_; }

 private:
  [[nodiscard]] bool Object(JsonCursor& at, size_t depth, uint64_t* hash);
  [[nodiscard]] bool Array(JsonCursor& at, size_t depth, uint64_t* hash);
  uint64_t Scalar(const JsonCursor& at) const;
  bool Fail(std::string_view reason);
  bool FailIn(std::string_view name);

  ContentHasher hash_;
  MemberNames names_;
  WalkProblem problem_;
};

}  // namespace oncelog::event
