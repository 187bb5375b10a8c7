#include <fcntl.h>
#include <unistd.h>

#include "app/cli.h"
#include "app/file_limit.h"
#include "app/last_words.h"

namespace {

// A closed stdin, stdout or stderr would give its number to the next file or socket that is opened,
// which would then get our messages. It becomes one that can be neither read nor written instead.
void KeepStandardNumbers() {
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(number, F_GETFD) >= 0) continue;
    const int mode = number == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    if (open("/dev/null", mode) != number) _exit(1);  // the lowest free number is this one
  }
}

}  // namespace

int main(int argc, char** argv) {
  KeepStandardNumbers();
  oncelog::app::RaiseFileLimit();  // a large store has thousands of files
  oncelog::app::SayLastWords();
  oncelog::app::Console console = oncelog::app::ProcessConsole();
  return oncelog::app::RunCommandLine({argv + 1, argv + argc}, console);
}
