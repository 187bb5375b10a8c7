// Driver: puts load on a server and tallies the verdicts it gets.
//
//   Driver driver(HttpLoad::To(server_address, options), options);
//   const LoadTotals totals = driver.Run();
//   if (std::string wrong = driver.Judge(totals); !wrong.empty()) …
//
// One thread and epoll: client and server may share the cores, so the client stays lean.
// Threads: one. Errors: LoadTotals::failure says why the run ended early.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/bench/event_maker.h"
#include "app/bench/histogram.h"
#include "app/bench/load_connection.h"
#include "app/bench/process_figures.h"
#include "base/result.h"
#include "net/descriptor.h"

namespace oncelog::app::bench {

struct LoadOptions {
  uint64_t events = 1'000'000;
  std::chrono::milliseconds time_max{300'000};  // no new requests after that
  uint64_t batch = 1000;
  bool single = false;
  bool minimal = false;
  bool lookups = false;        // ask for known events instead of publishing; `single`
  bool without_index = false;  // a server with --bench-limit calls every event new
  int connections = 4;
  size_t depth = 2;  // requests in flight on a connection
  int server_pid = 0;
  Workload workload;
};

struct LoadTotals {
  uint64_t requests = 0;
  uint64_t events = 0;
  uint64_t accepted = 0;
  uint64_t duplicates = 0;
  uint64_t conflicts = 0;
  uint64_t refused = 0;       // requests answered with anything but 200
  std::string first_refusal;  // what the first of them was answered
  Histogram latency;
  std::string failure;
  double seconds = 0;
  double client_cpu = 0;
  std::optional<ProcessFigures> server_before, server_after;
};

// For a connection that stands still.
inline constexpr std::chrono::seconds kPatience{30};
// Makes a new connection to the server.
using Connector = std::function<Result<std::unique_ptr<LoadConnection>>()>;

class Driver {
 public:
  Driver(Connector connector, const LoadOptions& options);

  LoadTotals Run();
  // Empty if every verdict is as it must be.
  [[nodiscard]] std::string Judge(const LoadTotals& totals) const;

 private:
  Status Connect();
  [[nodiscard]] bool Busy() const;
  void Fill(LoadConnection& connection, uint64_t now_us);
  void Wait();
  void WatchWrites(LoadConnection& connection) const;
  void Add(const LoadAnswer& answer);

  Connector connector_;
  LoadOptions options_;
  EventMaker maker_;
  LoadTotals totals_;
  uint64_t deadline_us_ = 0;
  net::Descriptor epoll_;
  std::vector<std::unique_ptr<LoadConnection>> connections_;
};

}  // namespace oncelog::app::bench
