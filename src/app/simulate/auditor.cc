#include "app/simulate/auditor.h"

#include "app/output/table.h"
#include "base/units.h"
#include "event/timestamp.h"

namespace oncelog::app::simulate {
namespace {

constexpr size_t kShownBytes = 160;
// More than these in one list, and it is read no further.
constexpr uint64_t kExcessMax = 10'000;
constexpr uint64_t kTopicExcessMax = 1000;

// Takes `expected` off the front of `rest`.
bool Skip(std::string_view* rest, std::string_view expected) {
  if (!rest->starts_with(expected)) return false;
  rest->remove_prefix(expected.size());
  return true;
}

std::string_view TakeUntil(std::string_view* rest, std::string_view ends) {
  const std::string_view taken = rest->substr(0, rest->find_first_of(ends));
  rest->remove_prefix(taken.size());
  return taken;
}

// Equal, whatever the order of members and the spelling of numbers.
bool SameValue(const Json& a, const Json& b) {
  if (a.members().size() != b.members().size()) return false;
  for (const auto& [name, value] : a.members()) {
    if (!SameValue(value, b[name])) return false;
  }
  return a.is_null() == b.is_null() && a.text() == b.text() && a.number() == b.number();
}

std::string Shown(std::string_view event) {
  std::string text = ForTerminal(std::string(event.substr(0, kShownBytes)));
  if (event.size() > kShownBytes) text += "…";
  return text;
}

}  // namespace

Auditor::Auditor(const Workload& workload, Ledger& ledger, Findings& findings, Role role)
    : workload_(workload),
      ledger_(ledger),
      findings_(findings),
      role_(role),
      opening_("{\"topic\":\"" + workload.topic_prefix()),
      last_sequences_(workload.topics()),
      by_topic_(workload.topics()),
      compared_(workload.topics()) {}

void Auditor::BeginTopic(uint64_t topic) {
  topic_ = topic;
  topic_opening_ = "{\"topic\":\"" + workload_.TopicName(topic) + "\"";
  excess_ = 0;
}

void Auditor::EndTopic() {
  compared_[*topic_] = true;
  topic_.reset();
}

bool Auditor::Take(std::string_view event) {
  ++scanned_;
  if (!BelongsHere(event)) {
    ++excess_;
    findings_.Add(Breach::kByTopic, "the list of " + workload_.TopicName(*topic_) +
                                        " holds an event of another topic: " + Shown(event));
  } else if (const std::optional<Read> read = TakeBytes(event)) {
    TakeRead(*read);
  } else {
    TakeValues(event);
  }
  return excess_ <= (topic_ ? kTopicExcessMax : kExcessMax);
}

bool Auditor::BelongsHere(std::string_view event) {
  if (!topic_ || event.starts_with(topic_opening_)) return true;
  const Result<Json> parsed = Json::Parse(event);
  return !parsed.ok() || (*parsed)["topic"].text() == workload_.TopicName(*topic_);
}

void Auditor::Add(Breach breach, const std::string& text) {
  // The order within a topic is promised for its own list above all.
  const bool compares = role_ == Role::kCompare && breach != Breach::kOrder;
  findings_.Add(compares ? Breach::kByTopic : breach,
                role_ == Role::kCompare ? "in the list of its topic, " + text : text);
}

void Auditor::AddExcess(Breach breach, const std::string& text) {
  ++excess_;
  Add(breach, text);
}

std::optional<Auditor::Read> Auditor::TakeBytes(std::string_view event) {
  std::string_view rest = event;
  if (!Skip(&rest, opening_)) return std::nullopt;
  TakeUntil(&rest, "\"");
  if (!Skip(&rest, "\",\"event_id\":\"")) return std::nullopt;
  const std::optional<uint64_t> number = workload_.FindEvent(TakeUntil(&rest, "\""));
  constexpr std::string_view kTime = R"(","timestamp":"2025-10-22T10:00:00.000)";
  if (!number || rest.size() < kTime.size() + 3) return std::nullopt;
  const std::optional<uint64_t> stamp = ParseCount(rest.substr(kTime.size(), 3));
  if (!stamp || *stamp >= Workload::kStamps) return std::nullopt;

  expected_.clear();
  workload_.Append({.event = *number, .stamp = static_cast<uint32_t>(*stamp)}, &expected_);
  expected_.pop_back();
  rest = event;
  if (!Skip(&rest, expected_) || !Skip(&rest, ",\"sequence\":")) return std::nullopt;
  const std::optional<uint64_t> sequence = ParseCount(TakeUntil(&rest, ",}"));
  if (!sequence) return std::nullopt;
  return Read{*number, *sequence};
}

void Auditor::TakeValues(std::string_view event) {
  // Another run's, or someone else's: the common case on a server with a past.
  if (event.starts_with("{\"topic\":\"") && !event.starts_with(opening_)) return;
  const Result<Json> stored = Json::Parse(event);
  if (!stored.ok()) {
    AddExcess(Breach::kAltered, "what was read is no JSON: " + Shown(event));
    return;
  }
  const std::string_view topic = (*stored)["topic"].text();
  if (!topic.starts_with(workload_.topic_prefix())) return;
  const std::optional<uint64_t> number = workload_.FindEvent((*stored)["event_id"].text());
  const bool ours = number && workload_.FindTopic(topic) == workload_.TopicOf(*number);
  if (!ours) {
    AddExcess(Breach::kForeign, "stored, but never sent as valid: " + Shown(event));
    return;
  }
  CheckContent(*number, *stored);
  TakeRead({*number, stored->Count("sequence")});
}

void Auditor::CheckContent(uint64_t event, const Json& stored) {
  expected_.clear();
  workload_.Append({.event = event}, &expected_);
  const Result<Json> sent = Json::Parse(expected_);
  Check(sent.ok(), "the workload writes JSON");
  for (const char* member : {"source", "payload"}) {
    if (SameValue((*sent)[member], stored[member])) continue;
    Add(Breach::kAltered,
        workload_.Name(event) + " is stored with another " + member + " than sent first");
    return;
  }
  const std::optional<Instant> time = event::ParseTimestamp(stored["timestamp"].text());
  if (!time || !Workload::IsTimeOf(event, *time)) {
    Add(Breach::kAltered, workload_.Name(event) +
                              " is stored with a timestamp that was never sent: " +
                              ForTerminal(stored.Text("timestamp")));
  }
}

void Auditor::TakeRead(const Read& read) {
  const uint64_t topic = workload_.TopicOf(read.event);
  if (read.sequence == 0) {
    ++without_sequence_;
  } else {
    CheckSequence(read, topic);
  }
  const bool compares = role_ == Role::kCompare;
  if (ledger_.Mark(read.event, compares ? Ledger::kListed : Ledger::kStored)) {
    AddExcess(Breach::kDoubled, workload_.Name(read.event) + " is " +
                                    (compares ? "there" : "stored") + " more than once");
    return;
  }
  ++stored_;
  ++by_topic_[topic];
}

void Auditor::CheckSequence(const Read& read, uint64_t topic) {
  uint64_t& last = last_sequences_[topic];
  if (read.sequence != last + 1) {
    Add(Breach::kOrder, workload_.TopicName(topic) + ": sequence " + std::to_string(read.sequence) +
                            " (" + Workload::EventId(read.event) + ") is read after " +
                            std::to_string(last));
  }
  last = read.sequence;
  const uint64_t answered = ledger_.sequence(read.event);
  if (answered != 0 && answered != read.sequence) {
    Add(Breach::kSequence, workload_.Name(read.event) + " was answered sequence " +
                               std::to_string(answered) + " and is stored as " +
                               std::to_string(read.sequence));
  }
}

void Auditor::Finish() {
  for (uint64_t event = 0; event < ledger_.events(); ++event) {
    if (role_ == Role::kAudit) {
      CheckStored(event);
    } else if (compared_[workload_.TopicOf(event)]) {
      CheckListed(event);
    }
  }
}

void Auditor::CheckStored(uint64_t event) {
  if (!ledger_.Has(event, Ledger::kStored)) {
    if (ledger_.Has(event, Ledger::kAnswered)) {
      Add(Breach::kMissing,
          workload_.Name(event) + " was answered " +
              (ledger_.Has(event, Ledger::kAccepted) ? "\"accepted\"" : "without being accepted") +
              ", but is not stored");
    }
    return;
  }
  if (ledger_.Has(event, Ledger::kJudged) && !ledger_.Has(event, Ledger::kAccepted) &&
      !ledger_.Has(event, Ledger::kUnknown)) {
    Add(Breach::kVerdict, workload_.Name(event) +
                              " is stored, but was never answered \"accepted\", "
                              "though none of its answers was lost");
  }
}

void Auditor::CheckListed(uint64_t event) {
  const bool listed = ledger_.Has(event, Ledger::kListed);
  if (listed == ledger_.Has(event, Ledger::kStored)) return;
  Add(Breach::kByTopic,
      workload_.Name(event) + (listed ? " is there, and not in the list of all topics"
                                      : " is not there, though it is in that of all topics"));
}

}  // namespace oncelog::app::simulate
