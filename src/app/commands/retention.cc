#include "app/commands/retention.h"

#include <CLI/CLI.hpp>

#include "app/output/table.h"
#include "base/units.h"

namespace oncelog::app {
namespace {

constexpr std::string_view kNone = "none";

// A member of the settings: what the flag says, else what is set now.
std::string Value(const std::optional<std::string>& flag, std::optional<uint64_t> parsed,
                  const Json& current) {
  if (flag) return *flag == kNone ? "null" : std::to_string(parsed.value_or(0));
  return current.is_null() ? "null" : std::to_string(current.count());
}

std::string Describe(const Json& topic) {
  const Json& age = topic["retention_age"];
  const Json& bytes = topic["retention_bytes"];
  if (age.is_null() && bytes.is_null()) return "all of it is kept for ever";
  std::string text = "kept";
  if (!age.is_null()) {
    text += " for " + FormatSeconds(std::chrono::seconds(static_cast<int64_t>(age.count())));
  }
  if (!bytes.is_null()) {
    text += std::string(age.is_null() ? "" : ", and") + " up to " + FormatBytes(bytes.count());
  }
  return text;
}

}  // namespace

void RetentionCommand::Declare(CLI::App& app) {
  url_.Declare(app);
  app.add_option("TOPIC", topic_, "the topic; made if it is set and not there yet")
      ->required()
      ->type_name("TOPIC");
  app.add_option("--age", age_, "keep events for so long, as 36h or 30d; none: for ever")
      ->type_name("TIME");
  app.add_option("--bytes", bytes_, "keep so much of their JSON, as 500MB or 10GiB; none: all")
      ->type_name("SIZE");
  app.add_flag("--json", json_, "print the server's answer as it is: the topic");
  app.footer(
      "Without --age and --bytes it shows what is set; what a flag does not name stays as it is.\n"
      "Of events past it the payload goes, for good; their ids stay known.\n"
      "\n"
      "Examples:\n"
      "  oncelog retention sensor.temp\n"
      "  oncelog retention sensor.temp --age 30d --bytes 10GiB\n"
      "  oncelog retention sensor.temp --age none");
}

Result<Json> RetentionCommand::Current(Connection& server, bool may_be_new) const {
  Result<net::ClientResponse> answer = server.Send(JsonRequest(PathOf({"topics", topic_})));
  if (answer.ok() && answer->status == 404 && may_be_new) return Json();
  const Result<std::string> body = BodyOf(std::move(answer), server.url());
  if (!body.ok()) return body.error();
  Result<Json> topic = Json::Parse(*body);
  if (!topic.ok() || (*topic)["last_sequence"].is_null()) return Error(Code::kInvalid, kNotOncelog);
  return topic;
}

Result<std::string> RetentionCommand::Settings(const Json& current) const {
  std::optional<uint64_t> age;
  if (age_ && *age_ != kNone) {
    const std::optional<std::chrono::seconds> parsed = ParseSeconds(*age_);
    if (!parsed) {
      return Error(Code::kInvalid, "--age takes a time like 36h or 30d, or none");
    }
    age = static_cast<uint64_t>(parsed->count());
  }
  std::optional<uint64_t> bytes;
  if (bytes_ && *bytes_ != kNone) {
    bytes = ParseBytes(*bytes_);
    if (!bytes) return Error(Code::kInvalid, "--bytes takes a size like 500MB or 10GiB, or none");
  }
  return "{\"retention_age\":" + Value(age_, age, current["retention_age"]) +
         ",\"retention_bytes\":" + Value(bytes_, bytes, current["retention_bytes"]) + "}";
}

int RetentionCommand::Run(Console& console) {
  const bool sets = age_ || bytes_;
  if (const Result<std::string> flags = Settings(Json()); !flags.ok()) {
    return console.FailUsage(flags.error().message());
  }
  Result<Connection> server = url_.Connect(console);
  if (!server.ok()) return console.FailUsage(server.error().message());
  Result<Json> topic = Current(*server, sets);
  if (!topic.ok()) return console.Fail(ForTerminal(topic.error().message()));
  ClientRequest request = JsonRequest(PathOf({"topics", topic_}));
  const Result<std::string> settings = Settings(*topic);
  if (sets) {
    request.method = "PUT";
    request.fields.push_back({"Content-Type", "application/json"});
    request.body = *settings;
  }
  Result<net::ClientResponse> answer = server->Send(request);
  if (answer.ok() && answer->status == 201) answer->status = 200;
  const Result<std::string> body = BodyOf(std::move(answer), server->url());
  if (!body.ok()) return console.Fail(ForTerminal(body.error().message()));
  topic = Json::Parse(*body);
  if (!topic.ok() || (*topic)["last_sequence"].is_null()) return console.Fail(kNotOncelog);
  if (json_) {
    console.out << console.Shown(*body);
  } else {
    console.out << ForTerminal(topic_) << ": " << Describe(*topic) << "\n";
  }
  return kExitOk;
}

}  // namespace oncelog::app
