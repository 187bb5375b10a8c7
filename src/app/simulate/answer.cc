#include "app/simulate/answer.h"

#include "app/client/json.h"

namespace oncelog::app::simulate {
namespace {

constexpr std::array<std::string_view, 5> kNames = {"accepted", "duplicate", "conflict", "invalid",
                                                    "no verdict"};
constexpr std::array<const char*, PublishAnswer::kVerdicts> kCountNames = {"accepted", "duplicates",
                                                                           "conflicts", "invalid"};

std::optional<uint64_t> Counted(const Json& answer, const char* name) {
  const Json& value = answer[name];
  if (value.is_null()) return std::nullopt;
  return value.count();
}

Verdict VerdictOf(std::string_view text) {
  for (size_t i = 0; i < PublishAnswer::kVerdicts; ++i) {
    if (text == kNames[i]) return static_cast<Verdict>(i);
  }
  return Verdict::kNone;
}

}  // namespace

std::string_view NameOf(Verdict verdict) { return kNames[static_cast<size_t>(verdict)]; }

Result<PublishAnswer> PublishAnswer::Parse(std::string_view body) {
  const Result<Json> json = Json::Parse(body);
  if (!json.ok() || json->members().empty()) {
    return Error(Code::kInvalid, "the answer is no JSON object");
  }
  PublishAnswer answer;
  answer.received = Counted(*json, "received");
  for (size_t i = 0; i < kVerdicts; ++i) answer.counts[i] = Counted(*json, kCountNames[i]);
  answer.has_results = !(*json)["results"].items().empty();
  answer.results.reserve((*json)["results"].items().size());
  for (const Json& result : (*json)["results"].items()) {
    answer.results.push_back({.event_id = result.Text("event_id"),
                              .verdict = VerdictOf(result["status"].text()),
                              .sequence = result.Count("sequence")});
  }
  return answer;
}

}  // namespace oncelog::app::simulate
