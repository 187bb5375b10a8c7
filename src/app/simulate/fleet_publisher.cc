#include "app/simulate/fleet_publisher.h"

#include <algorithm>

#include "app/client/json.h"
#include "app/output/table.h"
#include "app/simulate/plan.h"

namespace oncelog::app::simulate {
namespace {

using std::chrono::milliseconds;

constexpr double kRestampedRetries = 0.25;

RetryOptions RetryFor(const Options& options) {
  return {.base = milliseconds(20), .cap = milliseconds(1000), .total = options.retry_for};
}

// Once the fleet is to stop, there is no time left for retries.
RetryPolicy::Now ClockUntil(const Stop& stop) {
  return [&stop] {
    if (stop.asked()) return milliseconds::max() / 2;
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<milliseconds>(now);
  };
}

// Another try would end the same.
bool IsRefusal(int status) { return status / 100 == 4 && status != 408 && status != 429; }

bool IsInvalid(const Submission& submission) { return submission.kind == Kind::kInvalid; }

}  // namespace

FleetPublisher::FleetPublisher(const Fleet& fleet, uint64_t number)
    : fleet_(fleet),
      number_(number),
      random_(Mix(fleet.options.seed + 3, number)),
      judge_(fleet.workload, fleet.ledger, fleet.findings),
      line_(fleet.server,
            {.answers = fleet.options.lost_answers, .requests = fleet.options.lost_requests},
            Mix(fleet.options.seed + 4, number), fleet.options.Patience()),
      sender_([this](const ClientRequest& request) { return Try(request); },
              RetryPolicy(RetryFor(fleet.options), ClockUntil(fleet.stop),
                          [this] { return random_.Unit(); }),
              [this](milliseconds wait) { fleet_.stop.WaitFor(wait); }, [](const auto&...) {}) {}

void FleetPublisher::Run() {
  Plan plan(fleet_.workload, fleet_.options, number_);
  while (!fleet_.stop.asked() && plan.Next(&batch_)) {
    if (!Deliver()) {
      fleet_.stop.Ask();
      break;
    }
  }
}

bool FleetPublisher::Deliver() {
  maybe_stored_ = false;
  while (!batch_.empty()) {
    const Result<net::ClientResponse> answer = SendBatch();
    if (!answer.ok()) {
      return Fail(Breach::kUnanswered, "no answer in time: " + answer.error().message());
    }
    if (answer->status / 100 == 2) return TakeAnswer(*answer);
    if (!IsRefusal(answer->status)) {
      return Fail(Breach::kUnanswered, "no verdict in time: " + DescribeProblem(*answer));
    }
    if (CountInvalid() == 0) {
      return Fail(Breach::kRefused, "a valid batch was refused: " + DescribeProblem(*answer));
    }
    TakeRefusal(*answer);
  }
  return true;
}

bool FleetPublisher::Fail(Breach breach, const std::string& what) {
  if (!fleet_.stop.asked()) fleet_.findings.Add(breach, ForTerminal(what));
  return false;
}

Result<net::ClientResponse> FleetPublisher::SendBatch() {
  const bool has_invalid = CountInvalid() > 0;
  all_or_none_ = has_invalid && random_.Below(2) == 0;
  tried_ = false;
  WriteBody();
  const bool lines = fleet_.options.body == BodyForm::kNdjson;
  return sender_.Send(
      {.method = "POST",
       .target = has_invalid && !all_or_none_ ? "/publish?on_invalid=skip" : "/publish",
       .fields = {{"Content-Type", lines ? "application/x-ndjson" : "application/json"},
                  {"Accept", "application/json"}}});
}

Result<net::ClientResponse> FleetPublisher::Try(const ClientRequest& request) {
  if (tried_) {
    ++fleet_.counts.retries;
    if (random_.Unit() < kRestampedRetries) Restamp();
  }
  tried_ = true;
  ClientRequest with_body = request;
  with_body.body = body_;
  FaultyLine::Delivery delivery = line_.Send(with_body);
  fleet_.counts.lost_answers += delivery.loss == FaultyLine::Loss::kAnswer ? 1 : 0;
  fleet_.counts.lost_requests += delivery.loss == FaultyLine::Loss::kRequest ? 1 : 0;
  // A batch that is refused as a whole is not stored, whether we hear so or not.
  if (delivery.maybe_stored && !all_or_none_) MarkUnknown();
  return std::move(delivery.answer);
}

void FleetPublisher::MarkUnknown() {
  maybe_stored_ = true;
  fleet_.counts.unknown += batch_.size();
  for (const Submission& submission : batch_) {
    if (!IsInvalid(submission)) fleet_.ledger.Mark(submission.event, Ledger::kUnknown);
  }
}

void FleetPublisher::Restamp() {
  for (Submission& submission : batch_) {
    if (submission.kind != Kind::kFresh && submission.kind != Kind::kCopy) continue;
    submission.stamp = static_cast<uint32_t>(random_.Below(Workload::kStamps));
  }
  WriteBody();
}

void FleetPublisher::WriteBody() {
  const BodyForm form = fleet_.options.body;
  body_.assign(form == BodyForm::kEvents ? "{\"events\":[" : form == BodyForm::kArray ? "[" : "");
  for (const Submission& submission : batch_) {
    fleet_.workload.Append(submission, &body_);
    body_.push_back(form == BodyForm::kNdjson ? '\n' : ',');
  }
  if (form == BodyForm::kNdjson) return;
  body_.back() = ']';
  if (form == BodyForm::kEvents) body_.push_back('}');
}

bool FleetPublisher::TakeAnswer(const net::ClientResponse& answer) {
  const Result<PublishAnswer> parsed = PublishAnswer::Parse(answer.body);
  if (!parsed.ok()) {
    return Fail(Breach::kRefused, "an answer is no JSON object; is it an oncelog at that URL?");
  }
  const VerdictCounts counts = judge_.Take(batch_, maybe_stored_, *parsed);
  fleet_.counts.accepted += counts.accepted;
  fleet_.counts.duplicates += counts.duplicates;
  fleet_.counts.conflicts += counts.conflicts;
  fleet_.counts.invalid += counts.invalid;
  fleet_.counts.received += batch_.size();
  if (!parsed->has_results) ++fleet_.counts.without_results;
  return true;
}

// The invalid ones have their verdict; the others go on by themselves.
void FleetPublisher::TakeRefusal(const net::ClientResponse& answer) {
  const uint64_t invalid = CountInvalid();
  fleet_.counts.invalid += invalid;
  fleet_.counts.received += invalid;
  const Result<Json> problem = Json::Parse(answer.body);
  const size_t listed = problem.ok() ? (*problem)["errors"].items().size() : 0;
  if (listed > 0 && listed != invalid) {
    fleet_.findings.Add(Breach::kVerdict, "a refusal lists " + std::to_string(listed) +
                                              " invalid events instead of " +
                                              std::to_string(invalid));
  }
  batch_.erase(std::remove_if(batch_.begin(), batch_.end(), IsInvalid), batch_.end());
}

uint64_t FleetPublisher::CountInvalid() const {
  return static_cast<uint64_t>(std::count_if(batch_.begin(), batch_.end(), IsInvalid));
}

}  // namespace oncelog::app::simulate
