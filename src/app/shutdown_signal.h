// ShutdownSignal: SIGTERM and SIGINT as a wait instead of a handler.
//
//   ShutdownSignal signals;        // first of all, before any other thread is started
//   ...open and listen...          // a signal here ends the process at once
//   int signal = signals.Wait();   // now the first one asks for an orderly end…
//   ...drain and stop...           // …and one that comes later ends it at once, exit code 1
//
// One that follows within a second is the same one: a terminal, a shell and a supervisor often each
// send theirs.
//
// Threads: Wait from one thread. It blocks both signals in the thread that makes it (and so in all
// that this one starts) and takes them in a thread of its own. One object a process.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace oncelog::app {

class ShutdownSignal {
 public:
  ShutdownSignal();
  ~ShutdownSignal();
  ShutdownSignal(const ShutdownSignal&) = delete;
  ShutdownSignal& operator=(const ShutdownSignal&) = delete;

  // The number of the signal that came.
  int Wait();

 private:
  void Run();
  void Take(int signal);

  std::mutex mutex_;
  std::condition_variable came_;
  bool waiting_ = false;
  int signal_ = 0;
  std::chrono::steady_clock::time_point came_at_;
  int signals_ = -1;  // a signalfd
  int ended_ = -1;    // an eventfd
  std::thread thread_;
};

}  // namespace oncelog::app
