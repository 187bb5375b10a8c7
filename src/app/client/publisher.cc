#include "app/client/publisher.h"

#include "app/output/table.h"

namespace oncelog::app {

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
  while (places_.size() < options_.batch_events && body_.size() < options_.batch_bytes) {
    // Rather a small batch now than a full one when the pipe's writer goes on.
    if (!places_.empty() && reader_.WouldWait()) break;
    const size_t before = body_.size();
    const Result<bool> more = reader_.AppendNext(&body_);
    if (!more.ok()) {
      body_.resize(before);
      return more.error();
    }
    if (!*more) break;
    places_.push_back(reader_.place());
  }
  return OkStatus();
}

Status Publisher::SendBatch() {
  const ClientRequest request{
      .method = "POST",
      .target = options_.skip_invalid ? "/publish?on_invalid=skip" : "/publish",
      .fields = {{"Content-Type", "application/x-ndjson"},
                 {"Accept", "application/json"},
                 {"Prefer", "return=minimal"}},
      .body = body_};
  const Result<net::ClientResponse> answer = sender_.Send(request);
  if (!answer.ok()) return answer.error();
  if (answer->status != 200) return Refused(*answer);
  return TakeAnswer(*answer);
}

Status Publisher::TakeAnswer(const net::ClientResponse& answer) {
  const Result<Json> parsed = Json::Parse(answer.body);
  // Whatever answered, it was no oncelog: claim nothing.
  if (!parsed.ok() || parsed->Count("received") != places_.size()) {
    return Error(Code::kIo, "the answer is not one of an oncelog server; check --url");
  }
  tally_.accepted += parsed->Count("accepted");
  tally_.duplicates += parsed->Count("duplicates");
  tally_.conflicts += parsed->Count("conflicts");
  tally_.invalid += parsed->Count("invalid");
  for (const Json& result : (*parsed)["results"].items()) Remark(result);
  return OkStatus();
}

Error Publisher::Refused(const net::ClientResponse& answer) {
  const Result<Json> problem = Json::Parse(answer.body);
  if (!problem.ok() || (*problem)["errors"].items().empty()) {
    return {Code::kInvalid, DescribeProblem(answer)};
  }
  const size_t listed = (*problem)["errors"].items().size();
  for (const Json& error : (*problem)["errors"].items()) Remark(error);
  tally_.invalid += listed + problem->Count("errors_omitted");
  std::string batch = Place(0);
  if (places_.size() > 1) batch += " to " + Place(places_.size() - 1);
  return {Code::kInvalid, "the server refused the whole batch, " + batch +
                              "; --on-invalid skip would store the valid ones"};
}

void Publisher::Remark(const Json& about) {
  if (remarks_.size() >= kRemarksMax) return;
  const std::string event_id = about.Text("event_id");
  if (about.Text("status") == "conflict") {
    remarks_.push_back(ForTerminal("conflict: event_id " + event_id +
                                   " is stored with other content, as sequence " +
                                   std::to_string(about.Count("sequence"))));
    return;
  }
  std::string text = Place(about.Count("index")) + " is invalid";
  if (!event_id.empty()) text += " (event_id " + event_id + ")";
  if (const std::string field = about.Text("field"); !field.empty()) text += ": " + field;
  const std::string detail = about.Text("detail");
  text += ": " + (detail.empty() ? about.Text("reason") : detail);
  remarks_.push_back(ForTerminal(text));
}

std::string Publisher::Place(uint64_t index) const {
  const uint64_t place = index < places_.size() ? places_[index] : 0;
  return std::string(reader_.place_word()) + " " + std::to_string(place);
}

}  // namespace oncelog::app
