// load: puts load on a running oncelog over HTTP and checks the verdicts it gets.
//
//   load --port 8080 --events 10000000 --batch 1000 --minimal --connections 4 --server-pid 1234
//   load --port 8080 --events 200000 --single --connections 64 --json
//
// The workload is that of docs/performance.md (load/events.h). Exit code: 0 if all was answered and
// the verdicts are as expected; 1 if not; 2 for wrong usage. The store must not have seen the seed.
#include <arpa/inet.h>
#include <getopt.h>
#include <sys/epoll.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "bench/load/connection.h"
#include "bench/load/events.h"
#include "bench/load/histogram.h"
#include "bench/load/process_figures.h"

namespace oncelog::load {
namespace {

struct Options {
  std::string host = "127.0.0.1";
  uint16_t port = 8080;
  uint64_t events = 1'000'000;
  double seconds = 300;  // no new requests after that
  uint64_t batch = 1000;
  bool single = false;
  bool minimal = false;
  bool without_index = false;  // the server's "limit" calls every event new
  int connections = 4;
  size_t depth = 2;  // requests in flight on a connection
  int server_pid = 0;
  bool json = false;
  Workload workload;
};

struct Totals {
  uint64_t requests = 0;
  uint64_t events = 0;
  uint64_t accepted = 0;
  uint64_t duplicates = 0;
  uint64_t conflicts = 0;
  uint64_t refused = 0;  // requests answered with anything but 200
  Histogram latency;
  std::string failure;
  double seconds = 0;
  double client_cpu = 0;
  ProcessFigures server_before, server_after;
};

uint64_t NowMicros() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

class Driver {
 public:
  explicit Driver(const Options& options) : options_(options), maker_(options.workload) {}

  Totals Run() {
    if (!Connect()) return std::move(totals_);
    totals_.server_before = ReadProcess(options_.server_pid);
    const double cpu_before = OwnCpuSeconds();
    const uint64_t begin = NowMicros();
    deadline_ = begin + static_cast<uint64_t>(options_.seconds * 1e6);
    for (auto& connection : connections_) {
      Fill(*connection, begin);
      WatchWrites(*connection);
    }
    while (totals_.failure.empty() && Busy()) Wait();
    totals_.seconds = static_cast<double>(NowMicros() - begin) / 1e6;
    totals_.client_cpu = OwnCpuSeconds() - cpu_before;
    totals_.server_after = ReadProcess(options_.server_pid);
    return std::move(totals_);
  }

  [[nodiscard]] const EventMaker& maker() const { return maker_; }

 private:
  bool Connect() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options_.port);
    if (inet_pton(AF_INET, options_.host.c_str(), &address.sin_addr) != 1) {
      totals_.failure = "--host must be an IPv4 address";
      return false;
    }
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < options_.connections; ++i) {
      auto connection = std::make_unique<Connection>(address, options_.minimal, options_.single);
      totals_.failure = connection->failure();
      if (!totals_.failure.empty()) return false;
      epoll_event event{.events = EPOLLIN, .data = {.ptr = connection.get()}};
      epoll_ctl(epoll_, EPOLL_CTL_ADD, connection->socket_number(), &event);
      connections_.push_back(std::move(connection));
    }
    return true;
  }

  [[nodiscard]] bool Busy() const {
    for (const auto& connection : connections_) {
      if (connection->in_flight() > 0) return true;
    }
    return false;
  }

  // As many requests as may be in flight, then as many bytes as the socket takes.
  void Fill(Connection& connection, uint64_t now) {
    while (connection.in_flight() < options_.depth && maker_.written() < options_.events &&
           now < deadline_) {
      const uint64_t rest = options_.events - maker_.written();
      const uint64_t wanted = options_.single ? 1 : options_.batch;
      connection.AddRequest(maker_, rest < wanted ? rest : wanted, now);
      if (options_.single) continue;
      connection.Flush();  // while the next body is made, the server works on this one
      if (connection.wants_write()) break;
    }
    connection.Flush();
  }

  void Wait() {
    std::array<epoll_event, 64> ready;
    const int count = epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), 30'000);
    if (count == 0) totals_.failure = "no answer for 30 s";
    for (int i = 0; i < count; ++i) {
      auto& connection = *static_cast<Connection*>(ready[static_cast<size_t>(i)].data.ptr);
      const uint64_t now = NowMicros();
      if (ready[static_cast<size_t>(i)].events & ~static_cast<uint32_t>(EPOLLOUT)) {
        connection.Read(now, [this](const Answer& answer) { Add(answer); });
      }
      Fill(connection, now);
      if (!connection.failure().empty()) totals_.failure = connection.failure();
      WatchWrites(connection);
    }
  }

  void WatchWrites(Connection& connection) {
    if (connection.watched_for_write == connection.wants_write()) return;
    connection.watched_for_write = connection.wants_write();
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &connection}};
    if (connection.wants_write()) event.events |= EPOLLOUT;
    epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.socket_number(), &event);
  }

  void Add(const Answer& answer) {
    ++totals_.requests;
    totals_.events += answer.events;
    totals_.accepted += answer.accepted;
    totals_.duplicates += answer.duplicates;
    totals_.conflicts += answer.conflicts;
    totals_.latency.Add(answer.latency_us);
    if (answer.status != 200 && totals_.refused++ == 0) {
      std::fprintf(stderr, "status %d: %.*s\n", answer.status, static_cast<int>(answer.text.size()),
                   answer.text.data());
    }
  }

  const Options& options_;
  EventMaker maker_;
  Totals totals_;
  uint64_t deadline_ = 0;
  int epoll_ = -1;
  std::vector<std::unique_ptr<Connection>> connections_;
};

// Empty if every verdict is as it must be.
std::string Judge(const Options& options, const Totals& totals, const EventMaker& maker) {
  if (!totals.failure.empty()) return totals.failure;
  if (totals.refused > 0) return std::to_string(totals.refused) + " requests were refused";
  const uint64_t unique = options.without_index ? maker.written() : maker.unique();
  if (totals.events != maker.written() || totals.accepted != unique ||
      totals.duplicates != maker.written() - unique || totals.conflicts != 0) {
    return "expected " + std::to_string(unique) + " accepted and " +
           std::to_string(maker.written() - unique) + " duplicates";
  }
  return "";
}

void Print(const Options& options, const Totals& totals, const std::string& wrong) {
  const auto events = static_cast<double>(totals.events);
  const double millions = events > 0 ? events / 1e6 : 1;
  const double server_cpu = totals.server_after.cpu_seconds - totals.server_before.cpu_seconds;
  const double server_system =
      totals.server_after.system_seconds - totals.server_before.system_seconds;
  const char* format =
      options.json
          ? R"({"events":%llu,"requests":%llu,"seconds":%.3f,"events_per_second":%.0f,)"
            R"("client_cpu_seconds_per_million":%.4f,"server_cpu_seconds_per_million":%.4f,)"
            R"("server_system_seconds_per_million":%.4f,"latency_p50_us":%llu,)"
            R"("latency_p99_us":%llu,"latency_max_us":%llu,"accepted":%llu,"duplicates":%llu,)"
            R"("conflicts":%llu,"server_resident_bytes":%llu,"server_anonymous_bytes":%llu,)"
            R"("ok":%s,"wrong":"%s"})"
            "\n"
          : "%llu events in %llu requests, %.2f s: %.0f events/s\n"
            "CPU-s per million events: client %.3f, server %.3f (system %.3f)\n"
            "latency: p50 %llu us, p99 %llu us, max %llu us\n"
            "verdicts: %llu accepted, %llu duplicates, %llu conflicts\n"
            "server memory: resident %llu, anonymous %llu bytes\nas expected: %s%s\n";
  using Number = unsigned long long;  // NOLINT(google-runtime-int): what printf takes
  std::printf(format, static_cast<Number>(totals.events), static_cast<Number>(totals.requests),
              totals.seconds, events / (totals.seconds > 0 ? totals.seconds : 1),
              totals.client_cpu / millions, server_cpu / millions, server_system / millions,
              static_cast<Number>(totals.latency.Percentile(0.5)),
              static_cast<Number>(totals.latency.Percentile(0.99)),
              static_cast<Number>(totals.latency.max()), static_cast<Number>(totals.accepted),
              static_cast<Number>(totals.duplicates), static_cast<Number>(totals.conflicts),
              static_cast<Number>(totals.server_after.resident_bytes),
              static_cast<Number>(totals.server_after.anonymous_bytes),
              wrong.empty() ? "true" : "false", wrong.c_str());
}

[[noreturn]] void Usage(int code) {
  std::fputs(
      "load --port N [--host IPV4] [--events N] [--seconds S] [--batch N | --single] [--minimal]\n"
      "     [--connections N] [--depth N] [--duplicates SHARE] [--recent N] [--seed N]\n"
      "     [--server-pid PID] [--without-index] [--json]\n",
      stderr);
  std::exit(code);
}

Options Parse(int count, char** arguments) {
  enum Flag {
    kHost,
    kPort,
    kEvents,
    kSeconds,
    kBatch,
    kSingle,
    kMinimal,
    kConnections,
    kDepth,
    kDuplicates,
    kRecent,
    kSeed,
    kPid,
    kWithoutIndex,
    kJson,
    kHelp
  };
  const std::array<option, 17> flags{{{"host", 1, nullptr, kHost},
                                      {"port", 1, nullptr, kPort},
                                      {"events", 1, nullptr, kEvents},
                                      {"seconds", 1, nullptr, kSeconds},
                                      {"batch", 1, nullptr, kBatch},
                                      {"single", 0, nullptr, kSingle},
                                      {"minimal", 0, nullptr, kMinimal},
                                      {"connections", 1, nullptr, kConnections},
                                      {"depth", 1, nullptr, kDepth},
                                      {"duplicates", 1, nullptr, kDuplicates},
                                      {"recent", 1, nullptr, kRecent},
                                      {"seed", 1, nullptr, kSeed},
                                      {"server-pid", 1, nullptr, kPid},
                                      {"without-index", 0, nullptr, kWithoutIndex},
                                      {"json", 0, nullptr, kJson},
                                      {"help", 0, nullptr, kHelp},
                                      {nullptr, 0, nullptr, 0}}};
  Options options;
  const auto number = [] { return std::strtoull(optarg, nullptr, 10); };
  for (int flag; (flag = getopt_long(count, arguments, "", flags.data(), nullptr)) != -1;) {
    switch (flag) {
      case kHost: options.host = optarg; break;
      case kPort: options.port = static_cast<uint16_t>(number()); break;
      case kEvents: options.events = number(); break;
      case kSeconds: options.seconds = std::strtod(optarg, nullptr); break;
      case kBatch: options.batch = number(); break;
      case kSingle:
        options.single = true;
        options.depth = 1;
        break;
      case kMinimal: options.minimal = true; break;
      case kConnections: options.connections = static_cast<int>(number()); break;
      case kDepth: options.depth = number(); break;
      case kDuplicates: options.workload.duplicates = std::strtod(optarg, nullptr); break;
      case kRecent: options.workload.recent = number(); break;
      case kSeed: options.workload.seed = number(); break;
      case kPid: options.server_pid = static_cast<int>(number()); break;
      case kWithoutIndex: options.without_index = true; break;
      case kJson: options.json = true; break;
      case kHelp: Usage(0);
      default: Usage(2);
    }
  }
  const bool sane = optind == count && options.connections > 0 && options.connections <= 4096 &&
                    options.depth > 0 && options.batch > 0 && options.batch <= 10'000;
  if (!sane) Usage(2);
  return options;
}

}  // namespace
}  // namespace oncelog::load

int main(int count, char** arguments) {
  using namespace oncelog::load;
  const Options options = Parse(count, arguments);
  auto driver = std::make_unique<Driver>(options);
  const Totals totals = driver->Run();
  const std::string wrong = Judge(options, totals, driver->maker());
  Print(options, totals, wrong);
  return wrong.empty() ? 0 : 1;
}
