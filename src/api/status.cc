#include "api/status.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "api/json_writer.h"
#include "api/query_params.h"

namespace oncelog::api {
namespace {

constexpr size_t kTopicsListedMax = 1'000;

std::string SecondsText(double seconds) {
  char text[64];
  const auto end =
      std::to_chars(text, text + sizeof text - 1, seconds, std::chars_format::fixed, 2).ptr;
  *end = 's';
  return {text, static_cast<size_t>(end - text) + 1};
}

void AppendTopics(JsonWriter* json, const std::vector<store::TopicInfo>& topics) {
  json->Key("topics");
  json->Open('[');
  for (const store::TopicInfo& topic : topics) json->Text(topic.name);
  json->Close(']');
  json->Key("events_per_topic");
  json->Open('{');
  for (const store::TopicInfo& topic : topics) {
    json->Member(topic.name, topic.events);
  }
  json->Close('}');
}

void AppendStore(JsonWriter* json, const ingest::Engine& engine) {
  const ingest::EngineFigures figures = engine.figures();
  json->Key("store");
  json->Open('{');
  json->Member("id", engine.store_id());
  json->Member("epoch", engine.epoch());
  json->Member("bytes_on_disk",
               figures.log_bytes + figures.segment_bytes + figures.index.run_bytes);
  json->Member("log_bytes", figures.log_bytes);
  json->Member("log_files", figures.log_files);
  json->Member("log_past_cover_events", figures.log_past_cover_events);
  json->Member("segments", figures.segments);
  json->Member("segment_bytes", figures.segment_bytes);
  json->Member("segment_events", figures.segment_events);
  json->Member("gone_events_on_disk", figures.gone_events_on_disk);
  json->Member("segments_rewritten", figures.segments_rewritten);
  json->Member("index_entries", figures.index.entries);
  json->Member("index_runs", figures.index.runs);
  json->Member("index_bytes", figures.index.run_bytes);
  json->Member("index_filter_bytes", figures.index.filter_bytes);
  json->Member("frames", figures.frames);
  json->Member("frame_bytes", figures.frame_bytes);
  json->Member("queue_bytes", figures.queue_bytes);
  json->Member("syncs", figures.sync.count);
  const std::pair<std::string_view, double> latencies[] = {{"sync_p50_us", figures.sync.p50_us},
                                                           {"sync_p99_us", figures.sync.p99_us},
                                                           {"sync_max_us", figures.sync.max_us}};
  for (const auto& [name, us] : latencies) {
    json->Key(name);
    json->Decimal(us, 1);
  }
  json->Close('}');
}

net::Response Plain(std::string_view body) { return {.body = std::string(body)}; }

}  // namespace

std::string_view HealthName(ingest::Health health) {
  switch (health) {
    case ingest::Health::kOk: return "ok";
    case ingest::Health::kReadOnly: return "read_only";
    case ingest::Health::kDiskFull: return "disk_full";
  }
  return "read_only";
}

std::optional<net::Response> RefuseParameters(const net::Request& request) {
  OrProblem<QueryParams> params = QueryParams::Parse(request.query(), {});
  if (params.ok()) return std::nullopt;
  return Answer(params.problem(), request.id);
}

StatusEndpoint::StatusEndpoint(ingest::Engine& engine, std::string version,
                               const std::atomic<uint64_t>* invalid_count)
    : engine_(engine),
      version_(std::move(version)),
      invalid_count_(invalid_count),
      started_(std::chrono::steady_clock::now()) {}

double StatusEndpoint::UptimeSeconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
}

net::Response StatusEndpoint::Stats(const net::Request& request) const {
  if (auto refused = RefuseParameters(request)) return *std::move(refused);
  const std::vector<store::TopicInfo> topics = engine_.reader().LargestTopics(kTopicsListedMax);
  const store::StoreTotals totals = engine_.reader().Totals();
  const double uptime = UptimeSeconds();
  net::Response response;
  JsonWriter json(&response.body);
  json.Open('{');
  json.Member("received", totals.events + totals.duplicates);
  json.Member("unique_processed", totals.events);
  json.Member("duplicate_dropped", totals.duplicates);
  json.Member("conflicts", totals.conflicts);
  json.Member("invalid", invalid_count_->load(std::memory_order_relaxed));
  json.Member("total_topics", totals.topics);
  json.Member("total_events", totals.events - totals.gone);
  json.Member("events_gone", totals.gone);
  AppendTopics(&json, topics);
  json.Member("queue_length", engine_.figures().queue_submissions);
  json.Key("uptime_seconds");
  json.Decimal(uptime, 2);
  json.Member("uptime", SecondsText(uptime));
  json.Member("version", version_);
  json.Member("status", HealthName(engine_.health()));
  AppendStore(&json, engine_);
  json.Close('}');
  response.body += '\n';
  return response;
}

net::Response StatusEndpoint::Summary(const net::Request& request) const {
  if (auto refused = RefuseParameters(request)) return *std::move(refused);
  const store::StoreTotals totals = engine_.reader().Totals();
  net::Response response;
  response.fields.push_back({"Vary", "Accept"});  // browsers are to get a page of their own here
  JsonWriter json(&response.body);
  json.Open('{');
  json.Member("name", std::string_view("oncelog"));
  json.Member("version", version_);
  json.Member("status", HealthName(engine_.health()));
  json.Member("total_events", totals.events - totals.gone);
  json.Member("total_topics", totals.topics);
  json.Key("links");
  json.Open('{');
  for (const std::string_view name :
       {"publish", "events", "topics", "stats", "health", "metrics", "errors"}) {
    json.Member(name, "/" + std::string(name));
  }
  json.Member("openapi", std::string_view("/openapi.json"));
  json.Close('}');
  json.Close('}');
  response.body += '\n';
  return response;
}

net::Response StatusEndpoint::Health(const net::Request& request) const {
  if (auto refused = RefuseParameters(request)) return *std::move(refused);
  const ingest::Health health = engine_.health();
  net::Response response;
  JsonWriter json(&response.body);
  json.Open('{');
  json.Member("status", HealthName(health));
  if (const std::string detail = engine_.health_detail(); !detail.empty()) {
    json.Member("detail", detail);
  }
  json.Member("version", version_);
  json.Key("uptime_seconds");
  json.Decimal(UptimeSeconds(), 2);
  json.Member("store_id", engine_.store_id());
  json.Member("epoch", engine_.epoch());
  json.Close('}');
  response.body += '\n';
  return response;
}

net::Response StatusEndpoint::Live(const net::Request& request) const {
  if (auto refused = RefuseParameters(request)) return *std::move(refused);
  return Plain("{\"status\":\"ok\"}\n");
}

net::Response StatusEndpoint::Ready(const net::Request& request) const {
  OrProblem<QueryParams> params = QueryParams::Parse(request.query(), {"for"});
  if (!params.ok()) return Answer(params.problem(), request.id);
  OrProblem<size_t> purpose = params->Word("for", {"read", "publish"});
  if (!purpose.ok()) return Answer(purpose.problem(), request.id);
  const ingest::Health health = engine_.health();
  if (*purpose == 0 || health == ingest::Health::kOk) return Plain("{\"status\":\"ok\"}\n");
  return Answer({.id = ErrorId::kNotReady,
                 .detail = std::string(HealthName(health)) + ": " + engine_.health_detail()},
                request.id);
}

}  // namespace oncelog::api
