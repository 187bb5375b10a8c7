// FileLimit: as many open files as the system lets this process have; what bounds them are settings
// and the size of a store, not a default of the shell.
//
//   RaiseFileLimit();     // before the first file is opened
//
// Threads: start-up only. Best effort: a file that cannot be opened says so itself.
#pragma once

namespace oncelog::app {

void RaiseFileLimit();

}  // namespace oncelog::app
