// NameThread: what `top -H`, a debugger and the last words of a process call the calling thread.
//
//   NameThread("committer");     // first thing in it; 15 characters at most
//
// Threads: the caller's.
#pragma once

namespace oncelog {

void NameThread(const char* name);

}  // namespace oncelog
