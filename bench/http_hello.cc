// http_hello: a server that answers every request at once, to measure what `net` alone costs.
//
//   http_hello [PORT] [direct|thread] [IO_THREADS]
//
// `thread` answers from a second thread, in groups, as the engine does. It runs until it gets
// SIGTERM or SIGINT, then prints its CPU time per 100,000 requests. Load, for instance:
//   wrk -t1 -c64 -d10s -s post.lua http://127.0.0.1:8080/publish
#include <sys/resource.h>

#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "net/server.h"

namespace oncelog::net {
namespace {

Response Hello() { return {.body = R"({"status":"ok","received":1,"accepted":1})"}; }

Response ProblemAnswer(int status, std::string_view error) {
  return {.status = status, .content_type = "text/plain", .body = std::string(error) + "\n"};
}

class DirectHandler : public Handler {
 public:
  void Handle(Request, Responder responder) override { responder.Send(Hello()); }
  Response Problem(const RequestName&, int status, std::string_view error,
                   std::string_view) override {
    return ProblemAnswer(status, error);
  }
};

class ThreadHandler : public Handler {
 public:
  ThreadHandler() : thread_([this] { Run(); }) {}
  ~ThreadHandler() override {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      stop_ = true;
    }
    some_.notify_one();
    thread_.join();
  }

  void Handle(Request, Responder responder) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    waiting_.push_back(std::move(responder));
    if (waiting_.size() == 1) some_.notify_one();
  }
  Response Problem(const RequestName&, int status, std::string_view error,
                   std::string_view) override {
    return ProblemAnswer(status, error);
  }

 private:
  void Run() {
    for (;;) {
      std::vector<Responder> group;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        some_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        group.swap(waiting_);
      }
      for (Responder& responder : group) responder.Send(Hello());
    }
  }

  std::mutex mutex_;
  std::condition_variable some_;
  std::vector<Responder> waiting_;
  bool stop_ = false;
  std::thread thread_;
};

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int Run(Handler& handler, const ServerOptions& options) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  Result<std::unique_ptr<Server>> server = Server::Listen(options, handler);
  if (!server.ok()) {
    std::fprintf(stderr, "%s\n", server.error().message().c_str());
    return 1;
  }
  std::printf("listening on port %u\n", (*server)->port());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  const ServerCounters counters = (*server)->counters();
  const double cpu = CpuSeconds();
  (*server)->Stop(std::chrono::seconds(1));
  std::printf("%llu requests, %.3f CPU-s, %.3f CPU-s per 100,000 requests\n",
              static_cast<unsigned long long>(counters.requests_total), cpu,
              cpu * 1e5 / static_cast<double>(counters.requests_total));
  return 0;
}

}  // namespace
}  // namespace oncelog::net

int main(int argc, char** argv) {
  using namespace oncelog::net;
  ServerOptions options;
  if (argc > 1) options.port = static_cast<uint16_t>(std::strtoul(argv[1], nullptr, 10));
  if (argc > 3) options.io_threads = static_cast<int>(std::strtol(argv[3], nullptr, 10));
  if (argc > 2 && std::string_view(argv[2]) == "thread") {
    ThreadHandler handler;
    return Run(handler, options);
  }
  DirectHandler handler;
  return Run(handler, options);
}
