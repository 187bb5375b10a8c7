#include "app/simulate/audit.h"

#include "app/output/numbers.h"

namespace oncelog::app::simulate {

Audit::Audit(const Workload& workload, Ledger& ledger, Readback& readback, Findings& findings)
    : workload_(workload),
      ledger_(ledger),
      readback_(readback),
      findings_(findings),
      auditor_(workload, ledger, findings) {}

void Audit::Run(const std::function<void(uint64_t read)>& progress) {
  progress_ = progress;
  for (uint64_t event = 0; event < ledger_.events(); ++event) {
    ledger_.Unmark(event, Ledger::kStored);
    ledger_.Unmark(event, Ledger::kListed);
  }
  if (!ReadAll()) return;
  if (!lists_all_) {
    complete_ = ReadTopics(auditor_, 1);
    if (complete_) auditor_.Finish();
    return;
  }
  auditor_.Finish();
  Auditor by_topic(workload_, ledger_, findings_, Auditor::Role::kCompare);
  complete_ = ReadTopics(by_topic, (workload_.topics() + kTopicsMax - 1) / kTopicsMax);
  by_topic.Finish();
}

bool Audit::ReadAll() {
  const Result<bool> all =
      readback_.ReadAll([&](std::string_view event) { return Take(auditor_, event); });
  if (!all.ok()) {
    Unreadable("GET /events", all.error());
    return false;
  }
  lists_all_ = *all;
  return true;
}

bool Audit::ReadTopics(Auditor& auditor, uint64_t step) {
  for (uint64_t topic = 0; topic < workload_.topics(); topic += step) {
    auditor.BeginTopic(topic);
    const std::string name = workload_.TopicName(topic);
    const Status read =
        readback_.ReadTopic(name, [&](std::string_view event) { return Take(auditor, event); });
    if (!read.ok()) {
      Unreadable("GET /events?topic=" + name, read.error());
      return false;
    }
    auditor.EndTopic();
    ++topics_read_;
  }
  return true;
}

bool Audit::Take(Auditor& auditor, std::string_view event) {
  constexpr uint64_t kShownEvery = 20'000;
  if (++read_ % kShownEvery == 0) progress_(read_);
  return auditor.Take(event);
}

void Audit::Unreadable(const std::string& list, const Error& error) {
  findings_.Add(Breach::kUnreadable, list + ": " + error.message());
}

std::optional<uint64_t> Audit::scanned() const {
  if (!lists_all_) return std::nullopt;
  return auditor_.scanned();
}

std::vector<std::string> Audit::unchecked() const {
  std::vector<std::string> unchecked;
  if (auditor_.without_sequence() > 0) {
    unchecked.emplace_back(auditor_.without_sequence() < auditor_.stored()
                               ? "order within a topic, as some events have no `sequence`"
                               : "order within a topic, as events have no `sequence`");
  }
  if (!complete_) {
    unchecked.emplace_back("the rest, as the events could not be read to the end");
  } else if (!lists_all_) {
    unchecked.emplace_back("the list of all topics, as GET /events wants a `topic`");
  } else if (topics_read_ < workload_.topics()) {
    unchecked.emplace_back("the lists of " + Grouped(workload_.topics() - topics_read_) +
                           " topics, which are too many to read each by itself");
  }
  return unchecked;
}

}  // namespace oncelog::app::simulate
