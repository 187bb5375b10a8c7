#include "api/metrics.h"

#include <string_view>
#include <utility>

#include "api/status.h"
#include "metrics/process.h"

namespace oncelog::api {
namespace {

using metrics::Exposition;

// Refusals that say something about the server are there from the first scrape on, so that a rate
// sees the first of them.
bool IsAlarming(ErrorId error) {
  return error == ErrorId::kBusy || error == ErrorId::kDiskFull || error == ErrorId::kReadOnly ||
         error == ErrorId::kTooManyTopics || error == ErrorId::kInternal;
}

void AddConnections(const net::ServerCounters& server, Exposition* to) {
  to->Gauge("oncelog_http_connections_open", "Open connections.", server.connections_open);
  to->Counter("oncelog_http_connections_total", "Connections taken since start.",
              server.connections_total);
  to->Counter("oncelog_http_accept_failures_total",
              "Tries to take a connection that failed, as for want of file descriptors.",
              server.accept_failures_total);
  to->Gauge("oncelog_http_body_memory_bytes",
            "Memory that request bodies hold until they are answered, and answers until they are "
            "written.",
            server.body_bytes_held);
}

void AddWaiting(const WaitingJobs& waiting, Exposition* to) {
  to->BeginGauge("oncelog_http_waiting_requests",
                 "Requests that wait for a thread, by what it is to do; from 256 of a kind on the "
                 "next one is answered 503 busy.");
  to->Add(waiting.decoding, {{"work", "decode"}});
  to->Add(waiting.reading, {{"work", "read"}});
  to->Add(waiting.changing, {{"work", "change"}});
}

void AddProcess(Exposition* to) {
  const metrics::ProcessFigures process = metrics::ReadProcessFigures();
  to->Counter("process_cpu_seconds_total", "CPU time used, user and system, in seconds.",
              process.cpu_seconds);
  to->Gauge("process_resident_memory_bytes", "Memory in use.", process.resident_bytes);
  to->Gauge("process_virtual_memory_bytes", "Address space in use.", process.virtual_bytes);
  to->Gauge("process_open_fds", "Open file descriptors, sockets included.", process.open_files);
  to->Gauge("process_max_fds", "File descriptors that the process may have open.",
            process.open_files_max);
  to->Gauge("process_start_time_seconds", "When the process started, in seconds since 1970.",
            process.start_unix_seconds);
}

void AddIndex(const store::IndexFigures& index, Exposition* to) {
  to->Gauge("oncelog_index_entries", "Identities in the dedup index.", index.entries);
  to->Gauge("oncelog_index_runs", "Runs of the dedup index on disk.", index.runs);
  to->Gauge("oncelog_index_bytes", "Bytes of these runs on disk.", index.run_bytes);
  to->Gauge("oncelog_index_filter_bytes", "Memory of the filters and fences of these runs.",
            index.filter_bytes);
}

void AddLog(const ingest::EngineFigures& figures, Exposition* to) {
  to->Counter("oncelog_log_frames_total", "Frames (group commits) written since start.",
              figures.frames);
  to->Counter("oncelog_log_written_bytes_total", "Bytes of these frames.", figures.frame_bytes);
  to->Gauge("oncelog_log_bytes", "Bytes of log files on disk, with what is allocated ahead.",
            figures.log_bytes);
  to->Gauge("oncelog_log_files", "Log files on disk.", figures.log_files);
  to->Gauge("oncelog_log_past_cover_records",
            "Log records that only a replay at start would bring into index and checkpoint.",
            figures.log_past_cover_records);
}

void AddSegments(const ingest::EngineFigures& figures, Exposition* to) {
  to->Gauge("oncelog_segments", "Sealed segments on disk.", figures.segments);
  to->Gauge("oncelog_segment_bytes", "Bytes of these segments on disk.", figures.segment_bytes);
  to->Gauge("oncelog_segment_events", "Events in these segments.", figures.segment_events);
  to->Gauge("oncelog_seal_backlog_bytes", "Bytes of closed log files that wait to be sealed.",
            figures.seal_backlog_bytes);
  to->Counter("oncelog_seal_seconds_total",
              "Time that sealing took, pauses for its rate included, since start.",
              figures.seal_seconds);
  to->Counter("oncelog_seal_pause_seconds_total",
              "Time that commits were held back because sealing lags behind, since start.",
              figures.seal_pause_seconds);
  to->Gauge("oncelog_gone_events_on_disk",
            "Events that are gone and whose bytes still lie on disk.", figures.gone_events_on_disk);
  to->Gauge("oncelog_erase_overdue", "1 while bytes lie on disk that should have left it by now.",
            figures.erase_overdue ? 1 : 0);
  to->Counter("oncelog_segments_rewritten_total",
              "Segments written anew without what is gone, since start.",
              figures.segments_rewritten);
  to->Gauge("oncelog_last_rewrite_timestamp_seconds",
            "When the last of them was, in seconds since 1970; 0: none since start.",
            static_cast<double>(figures.last_rewrite_at.value) / 1e3);
  to->Counter("oncelog_cache_hits_total", "Parts of segments found in the cache.",
              figures.cache.hits);
  to->Counter("oncelog_cache_misses_total", "Parts of segments read from disk.",
              figures.cache.misses);
  to->Gauge("oncelog_cache_bytes", "Memory of the parts of segments in the cache.",
            figures.cache.bytes);
}

}  // namespace

MetricsEndpoint::MetricsEndpoint(ingest::Engine& engine, const Traffic& traffic,
                                 const std::atomic<uint64_t>* invalid_count, std::string version)
    : engine_(engine),
      traffic_(traffic),
      invalid_count_(invalid_count),
      version_(std::move(version)),
      started_(std::chrono::steady_clock::now()) {}

net::Response MetricsEndpoint::Answer(const net::Request& request,
                                      const std::optional<net::ServerCounters>& server,
                                      const WaitingJobs& waiting) const {
  if (auto refused = RefuseParameters(request)) return *std::move(refused);
  Exposition exposition;
  AddServer(&exposition);
  AddPublish(&exposition);
  AddStore(&exposition);
  AddHttp(&exposition);
  AddWaiting(waiting, &exposition);
  if (server) AddConnections(*server, &exposition);
  AddProcess(&exposition);
  net::Response response;
  response.content_type = metrics::kTextMediaType;
  response.body = exposition.Text();
  return response;
}

void MetricsEndpoint::AddServer(Exposition* to) const {
  to->BeginGauge("oncelog_build_info", "Always 1; the labels say what is running.");
  to->Add(1, {{"version", version_}});
  to->Gauge("oncelog_uptime_seconds", "Time since the start.",
            std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count());
  to->BeginGauge("oncelog_store_status", "1 for the state the store is in, 0 for the others.");
  const ingest::Health now = engine_.health();
  for (const auto state :
       {ingest::Health::kOk, ingest::Health::kReadOnly, ingest::Health::kDiskFull}) {
    to->Add(now == state ? 1 : 0, {{"status", HealthName(state)}});
  }
}

void MetricsEndpoint::AddPublish(Exposition* to) const {
  const store::StoreTotals totals = engine_.reader().Totals();
  to->BeginCounter("oncelog_submissions_total",
                   "Submissions by verdict. Accepted, duplicate and conflict are durable and count "
                   "since the store was made; invalid counts since start.");
  to->Add(totals.events, {{"verdict", "accepted"}});
  to->Add(totals.duplicates - totals.conflicts, {{"verdict", "duplicate"}});
  to->Add(totals.conflicts, {{"verdict", "conflict"}});
  to->Add(invalid_count_->load(std::memory_order_relaxed), {{"verdict", "invalid"}});
  to->BeginCounter("oncelog_publish_refused_total",
                   "Publish requests that were answered with an error, by its code.");
  for (const ErrorEntry& entry : ErrorTable()) {
    const uint64_t count = traffic_.publish_refused(entry.id);
    if (count > 0 || IsAlarming(entry.id)) to->Add(count, {{"error", entry.code}});
  }
  to->Gauge("oncelog_events", "Events stored that can be read.", totals.events - totals.gone);
  to->Gauge("oncelog_events_gone",
            "Events that were stored; their id is known, their payload gone.", totals.gone);
  to->Gauge("oncelog_topics", "Topics stored.", totals.topics);
}

void MetricsEndpoint::AddStore(Exposition* to) const {
  const ingest::EngineFigures figures = engine_.figures();
  to->Gauge("oncelog_queue_submissions", "Submissions waiting to become durable.",
            figures.queue_submissions);
  to->Gauge("oncelog_queue_bytes", "Bytes of these submissions.", figures.queue_bytes);
  to->BeginHistogram("oncelog_commit_duration_seconds",
                     "Time of a batch from the queue until it is durable and can be read.");
  to->Add(figures.commit_durations);
  to->BeginHistogram("oncelog_sync_duration_seconds", "Time of write and fdatasync of a frame.");
  to->Add(figures.sync_durations);
  to->Gauge("oncelog_retention_suspended",
            "1 while the clock is ahead of itself, so that nothing is deleted by age or size.",
            figures.retention_suspended ? 1 : 0);
  AddLog(figures, to);
  AddSegments(figures, to);
  AddIndex(figures.index, to);
}

void MetricsEndpoint::AddHttp(Exposition* to) const {
  to->BeginCounter("oncelog_http_requests_total",
                   "Requests by route, method and status. What the HTTP server itself refuses has "
                   "the route and the method other.");
  for (const Traffic::Requests& one : traffic_.requests()) {
    const std::string status = one.status == 0 ? "other" : std::to_string(one.status);
    to->Add(one.count, {{"route", one.route}, {"method", one.method}, {"status", status}});
  }
  to->BeginHistogram("oncelog_http_request_duration_seconds",
                     "Time from the whole request to its answer (of a stream, to its start).");
  for (const auto& [route, figures] : traffic_.durations()) to->Add(figures, {{"route", route}});
  to->BeginCounter("oncelog_http_refused_total",
                   "Requests that the HTTP server itself refused, by error code.");
  for (const ErrorEntry& entry : ErrorTable()) {
    const uint64_t count = traffic_.refused(entry.id);
    if (count > 0 || entry.id == ErrorId::kOverloaded) to->Add(count, {{"error", entry.code}});
  }
}

}  // namespace oncelog::api
