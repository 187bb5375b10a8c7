#include "app/bench/driver.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"

namespace oncelog::app::bench {
namespace {

uint64_t NowMicros() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

}  // namespace

Driver::Driver(Connector connector, const LoadOptions& options)
    : connector_(std::move(connector)),
      options_(options),
      maker_(options.workload),
      epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  Check(epoll_.get() >= 0, "a starting process has file descriptors left");
}

LoadTotals Driver::Run() {
  if (const Status connected = Connect(); !connected.ok()) {
    totals_.failure = connected.error().message();
    return std::move(totals_);
  }
  totals_.server_before = ReadProcess(options_.server_pid);
  const double cpu_before = OwnCpuSeconds();
  const uint64_t begin = NowMicros();
  deadline_us_ = begin + static_cast<uint64_t>(options_.time_max.count()) * 1'000;
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

Status Driver::Connect() {
  for (int i = 0; i < options_.connections; ++i) {
    Result<std::unique_ptr<LoadConnection>> made = connector_();
    if (!made.ok()) return made.error();
    LoadConnection* connection = made->get();
    connections_.push_back(made.Take());
    epoll_event event{.events = EPOLLIN, .data = {.ptr = connection}};
    epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connection->descriptor(), &event);
  }
  return OkStatus();
}

bool Driver::Busy() const {
  return std::any_of(connections_.begin(), connections_.end(),
                     [](const auto& connection) { return connection->in_flight() > 0; });
}

// As many requests as may be in flight, then as many bytes as the socket takes.
void Driver::Fill(LoadConnection& connection, uint64_t now_us) {
  while (connection.in_flight() < options_.depth && maker_.written() < options_.events &&
         now_us < deadline_us_) {
    const uint64_t wanted = options_.single ? 1 : options_.batch;
    connection.AddRequest(maker_, std::min(options_.events - maker_.written(), wanted), now_us);
    if (options_.single) continue;
    connection.Flush();  // while the next body is made, the server works on this one
    if (connection.wants_write()) break;
  }
  connection.Flush();
}

void Driver::Wait() {
  std::array<epoll_event, 64> ready;
  constexpr int kPatienceMs = static_cast<int>(std::chrono::milliseconds(kPatience).count());
  const int count =
      epoll_wait(epoll_.get(), ready.data(), static_cast<int>(ready.size()), kPatienceMs);
  if (count == 0) {
    totals_.failure = "no answer for " + std::to_string(kPatience.count()) + " s";
  }
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = ready[static_cast<size_t>(i)];
    auto& connection = *static_cast<LoadConnection*>(event.data.ptr);
    const uint64_t now_us = NowMicros();
    if ((event.events & ~static_cast<uint32_t>(EPOLLOUT)) != 0) {
      connection.Read(now_us, [this](const LoadAnswer& answer) { Add(answer); });
    }
    Fill(connection, now_us);
    if (!connection.failure().empty()) totals_.failure = connection.failure();
    WatchWrites(connection);
  }
}

void Driver::WatchWrites(LoadConnection& connection) const {
  if (connection.watched_for_write == connection.wants_write()) return;
  connection.watched_for_write = connection.wants_write();
  epoll_event event{.events = EPOLLIN, .data = {.ptr = &connection}};
  if (connection.wants_write()) event.events |= EPOLLOUT;
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.descriptor(), &event);
}

void Driver::Add(const LoadAnswer& answer) {
  ++totals_.requests;
  totals_.events += answer.events;
  totals_.accepted += answer.accepted;
  totals_.duplicates += answer.duplicates;
  totals_.conflicts += answer.conflicts;
  totals_.latency.Add(answer.latency_us);
  if (answer.status != 200 && totals_.refused++ == 0) {
    totals_.first_refusal = std::to_string(answer.status) + " ";
    totals_.first_refusal += answer.text.substr(0, answer.text.find('\n'));
  }
}

std::string Driver::Judge(const LoadTotals& totals) const {
  if (!totals.failure.empty()) return totals.failure;
  if (totals.refused > 0) {
    return std::to_string(totals.refused) +
           " requests were refused; the first answer: " + totals.first_refusal;
  }
  const uint64_t unique = options_.without_index ? maker_.written() : maker_.unique();
  if (totals.events == maker_.written() && totals.accepted == unique &&
      totals.duplicates == maker_.written() - unique && totals.conflicts == 0) {
    return "";
  }
  return "wrong verdicts: " + std::to_string(unique) + " must be accepted and " +
         std::to_string(maker_.written() - unique) + " duplicates";
}

}  // namespace oncelog::app::bench
