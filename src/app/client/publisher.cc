#include "app/client/publisher.h"

#include <charconv>
#include <string_view>

#include "app/client/connection.h"
#include "app/output/table.h"

namespace oncelog::app {
namespace {

// As it stands at the end of an event that oncelog gave out; 0 if it does not.
uint64_t SequenceIn(std::string_view line) {
  constexpr std::string_view kName = ",\"sequence\":";
  const size_t at = line.rfind(kName);
  if (at == std::string_view::npos) return 0;
  const std::string_view rest = line.substr(at + kName.size());
  uint64_t sequence = 0;
  const char* end = std::from_chars(rest.data(), rest.data() + rest.size(), sequence).ptr;
  const auto behind = rest.substr(static_cast<size_t>(end - rest.data()));
  return behind.starts_with(",\"received_at\":\"") ? sequence : 0;
}

}  // namespace

Publisher::Publisher(EventReader& reader, Sender& sender, PublisherOptions options)
    : reader_(reader), sender_(sender), options_(options) {}

Status Publisher::Run() {
  for (;;) {
    Status filled = FillBatch();
    // What was read before a broken place is sent all the same.
    if (!places_.empty()) {
      if (Status s = SendBatch(); !s.ok()) return s;
    }
    if (!filled.ok()) return filled;
    if (places_.empty()) return OkStatus();
    if (progress_) progress_(tally_);
  }
}

Status Publisher::FillBatch() {
  body_.clear();
  places_.clear();
  sequences_.clear();
  while (places_.size() < options_.batch_events && body_.size() < options_.batch_bytes) {
    // Rather a small batch now than a full one when the pipe's writer goes on.
    if (!places_.empty() && reader_.WouldWait()) break;
    const size_t before = body_.size();
    const Result<bool> more = reader_.AppendNext(&body_);
    if (!more.ok()) {
      body_.resize(before);
      if (more.error().code() != Code::kTooLarge) return more.error();
      // It is not even worth sending, and the reader stands behind it.
      ++tally_.invalid;
      AddRemark(more.error().message());
      if (!options_.skip_invalid) {
        return Error(Code::kTooLarge, "it was not sent; --on-invalid skip would go on without it");
      }
      continue;
    }
    if (!*more) break;
    places_.push_back(reader_.place());
    if (options_.compare_sequences) {
      sequences_.push_back(SequenceIn(std::string_view(body_).substr(before)));
    }
  }
  return OkStatus();
}

Status Publisher::SendBatch() {
  ClientRequest request{
      .method = "POST",
      .target = options_.skip_invalid ? "/publish?on_invalid=skip" : "/publish",
      .fields = {{"Content-Type", "application/x-ndjson"}, {"Accept", "application/json"}},
      .body = body_};
  if (!options_.compare_sequences) request.fields.push_back({"Prefer", "return=minimal"});
  const Result<net::ClientResponse> answer = sender_.Send(request);
  if (!answer.ok()) return answer.error();
  if (answer->status != 200) return Refused(*answer);
  return TakeAnswer(*answer);
}

Status Publisher::TakeAnswer(const net::ClientResponse& answer) {
  const Result<Json> parsed = Json::Parse(answer.body);
  // Whatever answered, it was no oncelog: claim nothing.
  if (!parsed.ok() || parsed->Count("received") != places_.size()) {
    return Error(Code::kIo, kNotOncelog);
  }
  tally_.accepted += parsed->Count("accepted");
  tally_.duplicates += parsed->Count("duplicates");
  tally_.conflicts += parsed->Count("conflicts");
  tally_.invalid += parsed->Count("invalid");
  const auto& results = (*parsed)["results"].items();
  for (size_t i = 0; i < results.size(); ++i) TakeResult(results[i], i);
  return OkStatus();
}

// Of all events, or only of those that were refused: as the request wanted.
void Publisher::TakeResult(const Json& result, size_t index) {
  if (!options_.compare_sequences) return Remark(result, result.Count("index"));
  const std::string status = result.Text("status");
  if (status == "conflict" || status == "invalid") return Remark(result, index);
  const uint64_t said = index < sequences_.size() ? sequences_[index] : 0;
  const uint64_t given = result.Count("sequence");
  tally_.renumbered += said != 0 && given != said ? 1 : 0;
  tally_.renumbered_lower += said != 0 && given < said ? 1 : 0;
}

Error Publisher::Refused(const net::ClientResponse& answer) {
  const Result<Json> problem = Json::Parse(answer.body);
  if (!problem.ok() || (*problem)["errors"].items().empty()) {
    return {Code::kInvalid, DescribeProblem(answer, sender_.url())};
  }
  const size_t listed = (*problem)["errors"].items().size();
  for (const Json& error : (*problem)["errors"].items()) {
    Remark(error, error.Count("index"));
  }
  tally_.invalid += listed;
  std::string batch = Place(0);
  if (places_.size() > 1) batch += " to " + Place(places_.size() - 1);
  return {Code::kInvalid, "the server refused the whole batch, " + batch +
                              "; --on-invalid skip would store the valid ones"};
}

void Publisher::Remark(const Json& about, uint64_t index) {
  const std::string event_id = about.Text("event_id");
  if (about.Text("status") == "conflict") {
    std::string text = Place(index) + " conflicts: event_id " + event_id;
    if (const std::string topic = about.Text("topic"); !topic.empty()) text += " of topic " + topic;
    AddRemark(text + " is stored with other content, as sequence " +
              std::to_string(about.Count("sequence")));
    return;
  }
  std::string text = Place(index) + " is invalid";
  if (!event_id.empty()) text += " (event_id " + event_id + ")";
  if (const std::string field = about.Text("field"); !field.empty()) text += ": " + field;
  const std::string detail = about.Text("detail");
  text += ": " + (detail.empty() ? about.Text("reason") : detail);
  AddRemark(text);
}

void Publisher::AddRemark(const std::string& text) {
  if (remarks_.size() < kRemarksMax) remarks_.push_back(ForTerminal(text));
}

std::string Publisher::Place(uint64_t index) const {
  const uint64_t place = index < places_.size() ? places_[index] : 0;
  return std::string(reader_.place_word()) + " " + std::to_string(place);
}

}  // namespace oncelog::app
