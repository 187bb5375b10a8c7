#include "app/output/console.h"

#include <unistd.h>

#include <iostream>

#include "app/output/terminal.h"

namespace oncelog::app {

bool Console::colours() const {
  const auto no_color = environment.find("NO_COLOR");
  const auto term = environment.find("TERM");
  return out_is_terminal && (no_color == environment.end() || no_color->second.empty()) &&
         term != environment.end() && term->second != "dumb";
}

std::string Console::Shown(const std::string& json) const {
  return out_is_terminal ? JsonForTerminal(json) : json;
}

int Console::Fail(std::string_view message) {
  out.flush();
  err << "oncelog: " << message << std::endl;
  return kExitFailed;
}

int Console::FailUsage(std::string_view message) {
  Fail(message);
  return kExitUsage;
}

Console ProcessConsole() {
  std::ios::sync_with_stdio(false);
  Console console{std::cin,
                  std::cout,
                  std::cerr,
                  isatty(STDIN_FILENO) == 1,
                  isatty(STDOUT_FILENO) == 1,
                  isatty(STDERR_FILENO) == 1,
                  {}};
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    console.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return console;
}

}  // namespace oncelog::app
