// Check: states what only a bug in oncelog can break. On in release builds: it prints the place
// and stops the process, because a store that has lost its own invariants must not go on writing.
//
//   Check(sequence == head + 1, "sequences of a topic are dense");
//
// What comes from a socket, a disk or a user is never Checked; it is handled with Result.
// Threads: any.
#pragma once

namespace oncelog {

// Where in the source a call stands: std::source_location, which clang 14 does not have.
struct Place {
  const char* file;
  unsigned line;
  const char* function;

  static constexpr Place Here(const char* file = __builtin_FILE(), unsigned line = __builtin_LINE(),
                              const char* function = __builtin_FUNCTION()) {
    return {file, line, function};
  }
};

[[noreturn]] void CheckFailed(const char* what, const Place& where = Place::Here());

inline void Check(bool holds, const char* what, const Place& where = Place::Here()) {
  if (!holds) [[unlikely]]
    CheckFailed(what, where);
}

}  // namespace oncelog
