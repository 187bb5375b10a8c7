// Console: what a command may see of the world around it: streams, environment, and whether people
// are looking. Tests hand in string streams.
//
//   console.out() << "PASS\n";
//   return console.Fail("the server is not there");   // one line on stderr, exit code 1
//
// Threads: one. Ownership: the streams stay the caller's.
#pragma once

#include <functional>
#include <istream>
#include <map>
#include <ostream>
#include <string>
#include <string_view>

namespace oncelog::app {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;

struct Console {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  std::map<std::string, std::string, std::less<>> environment;

  // Bold and the like: only for people, and not if they said NO_COLOR (https://no-color.org).
  [[nodiscard]] bool colours() const;
  // JSON as it is to be printed: for people without what their terminal would act on.
  [[nodiscard]] std::string Shown(const std::string& json) const;
  // Print "oncelog: message" on stderr and give the exit code back.
  int Fail(std::string_view message);
  int FailUsage(std::string_view message);
};

// The real one of this process.
Console ProcessConsole();

}  // namespace oncelog::app
