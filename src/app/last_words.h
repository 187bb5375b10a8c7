// SayLastWords: an exception that nobody handles ends the process with one line on stderr that says
// what happened, on which thread, and what to do; nearly always, memory has run out.
//
//   int main() { SayLastWords(); ... }
//
// The engine ends the process on purpose when one of its tables cannot grow: what is half changed
// in memory goes with it, and what was acknowledged is on the disk.
// Threads: called once, before there are others. Allocates nothing when it comes to it.
#pragma once

namespace oncelog::app {

void SayLastWords();

}  // namespace oncelog::app
