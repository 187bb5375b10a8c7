// The table itself: what there is to set. How values are read and shown is in settings.cc.
#include "app/config/settings.h"
#include "net/host.h"

namespace oncelog::app {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr uint64_t kKiB = uint64_t{1} << 10;
constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kGiB = uint64_t{1} << 30;

bool IsHost(std::string_view text) { return text == "*" || net::IsValidHost(text); }

// A slash at the end is forgiven, a path is not: browsers send none.
bool IsOrigin(std::string_view text) {
  if (text == "*") return true;
  const size_t scheme = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : 0;
  std::string_view host = text.substr(scheme);
  if (host.ends_with('/')) host.remove_suffix(1);
  return scheme > 0 && net::IsValidHost(host);
}

std::vector<SettingSpec> OfTheServer() {
  return {
      {"data", TextKind{&Settings::data}, "data",
       "directory that holds the events; made if it is not there"},
      {"listen", AddressKind{&Settings::listen}, "127.0.0.1:8080",
       "address to serve HTTP on; port 0 lets the system choose"},
      {"allow-anonymous", SwitchKind{&Settings::allow_anonymous}, "false",
       "allow a --listen address that other machines can reach: anyone there may publish and read"},
      {"allowed-host",
       ListKind{&Settings::allowed_hosts, IsHost,
                "host or host:port, such as events.example.org, or *"},
       "",
       "Host header to accept besides localhost while bound to loopback (repeatable; * for any)"},
      {"cors-origin",
       ListKind{&Settings::cors_origins, IsOrigin,
                "http://host[:port] or https://host[:port], or *"},
       "", "origin of web pages that may use the API, https://host[:port] (repeatable; * for any)"},
      {"log-level", ChoiceKind{&Settings::log_level, {"debug", "info", "warn", "error", "off"}},
       "info", "how much to write to stderr"},
      {"shutdown-grace", SecondsKind{&Settings::shutdown_grace, seconds(0), minutes(10)}, "10s",
       "how long running requests may take to end after SIGTERM or SIGINT"},
  };
}

std::vector<SettingSpec> OfConnections() {
  return {
      {"io-threads", CountKind{&Settings::io_threads, 0, 64}, "0",
       "threads that speak HTTP; 0 is half of the cores, at least 1", true},
      {"connections-max", CountKind{&Settings::connections_max, 1, 1'000'000}, "4096",
       "open connections at most; further ones are answered 503 and closed", true},
      {"body-memory-bytes", BytesKind{&Settings::body_memory_bytes, 64 * kMiB, 1024 * kGiB},
       "256MiB", "memory for all request bodies until they are answered; as much again for answers",
       true},
      {"idle-timeout", SecondsKind{&Settings::idle_timeout, seconds(1), hours(24)}, "75s",
       "how long a connection may stay silent between requests", true},
      {"body-timeout", SecondsKind{&Settings::body_timeout, seconds(1), hours(1)}, "10s",
       "how long a request body may take, plus 1s for each 64KiB of it", true},
  };
}

std::vector<SettingSpec> OfTheStore() {
  return {
      // Whole batches of 32 MiB must fit, with what is kept beside each event.
      {"queue-bytes", BytesKind{&Settings::queue_bytes, 48 * kMiB, 64 * kGiB}, "64MiB",
       "events waiting to become durable; when full, publishers are told to retry", true},
      {"frame-bytes", BytesKind{&Settings::frame_bytes, 64 * kKiB, 16 * kMiB}, "4MiB",
       "size at which a group of events is written and synced, even while more are waiting", true},
      {"log-file-bytes", BytesKind{&Settings::log_file_bytes, 64 * kMiB, 256 * kMiB}, "256MiB",
       "size of one log file, and of the log that becomes one segment", true},
      {"merge-bytes-per-second", BytesKind{&Settings::merge_bytes_per_second, kMiB, 1024 * kGiB},
       "256MiB", "most that merging the index writes in a second", true},
      {"seal-bytes-per-second", BytesKind{&Settings::seal_bytes_per_second, 0, 1024 * kGiB},
       "256MiB",
       "most that sealing reads and writes in a second; 0 leaves the log as it was written", true},
      {"seal-backlog-bytes", BytesKind{&Settings::seal_backlog_bytes, kGiB, 1024 * kGiB}, "8GiB",
       "log that may wait to be sealed; from half of it on publishing slows down, at all of it "
       "publishers are told to retry",
       true},
      {"erase-within", SecondsKind{&Settings::erase_within, seconds(1), hours(24 * 366)}, "1d",
       "how long erased events, and those past their retention, may stay on the disk; needs "
       "sealing",
       true},
      {"cache-bytes", BytesKind{&Settings::cache_bytes, kMiB, 1024 * kGiB}, "64MiB",
       "memory for parts of segments that were read lately", true},
      {"index-table-entries", CountKind{&Settings::index_table_entries, 1 << 16, 1 << 26},
       "1048576", "identities kept in memory before they are written as an index run", true},
      {"bench-limit", SwitchKind{&Settings::bench_limit}, "false",
       "for benchmarks, in an empty directory: call every event new, deduplicate nothing", true},
      {"test-parts", CountKind{&Settings::test_parts, 0, 1 << 16}, "0",
       "for tests only: identities in an index table, with as many KiB in a log file, and "
       "retention and erasing ten times a second; 0 leaves all as it is set",
       true},
  };
}

}  // namespace

std::span<const SettingSpec> SettingsTable() {
  static const std::vector<SettingSpec> table = [] {
    std::vector<SettingSpec> all;
    for (auto part : {OfTheServer(), OfConnections(), OfTheStore()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return table;
}

}  // namespace oncelog::app
