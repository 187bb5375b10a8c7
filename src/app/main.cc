#include "app/cli.h"

int main(int argc, char** argv) {
  oncelog::app::Console console = oncelog::app::ProcessConsole();
  return oncelog::app::RunCommandLine({argv + 1, argv + argc}, console);
}
