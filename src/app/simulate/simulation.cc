#include "app/simulate/simulation.h"

#include <algorithm>
#include <memory>
#include <thread>

#include "app/simulate/audit.h"
#include "app/simulate/counters.h"

namespace oncelog::app::simulate {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A server that answers before it has stored may take its time, as long as it gets on.
constexpr milliseconds kSettleStep{500};
constexpr milliseconds kSettleMax{60'000};

Error Interrupted() { return {Code::kIo, "interrupted; nothing was audited"}; }

}  // namespace

Simulation::Simulation(const Options& options, const HostPort& server, Interrupt& interrupt)
    : options_(options),
      server_(server),
      interrupt_(interrupt),
      workload_(options),
      ledger_(workload_.fresh()),
      readback_(server, options.Patience(), interrupt),
      random_(Mix(options.seed + 5)) {}

void Simulation::UseOwn(OwnServer& server, uint64_t times, std::function<Status()> disturb) {
  own_ = &server;
  disturb_ = std::move(disturb);
  for (uint64_t i = 0; i < times; ++i) {
    kills_at_.push_back(1 + random_.Below(std::max<uint64_t>(options_.events * 9 / 10, 1)));
  }
  std::sort(kills_at_.rbegin(), kills_at_.rend());
}

Status Simulation::Run() {
  const Result<bool> is_new = readback_.Begin(workload_);
  if (!is_new.ok()) {
    if (interrupt_.Came()) return Interrupted();
    findings_.Add(Breach::kUnreadable, is_new.error().message());
    return OkStatus();
  }
  if (!*is_new) {
    return Error(Code::kInvalid,
                 "the server holds events of this run already; "
                 "leave --run out, or choose another one");
  }
  before_ = readback_.Stats();
  if (const Status sent = Send(); !sent.ok()) {
    if (interrupt_.Came()) return Interrupted();
    findings_.Add(Breach::kUnanswered, sent.error().message());
    unchecked_.emplace_back("what is stored, as the server is away");
    return OkStatus();
  }
  return Settle();
}

Status Simulation::Send() {
  started_ = steady_clock::now();
  const Fleet fleet{.options = options_,
                    .server = server_,
                    .workload = workload_,
                    .ledger = ledger_,
                    .findings = findings_,
                    .counts = counts_,
                    .stop = stop_};
  std::vector<std::thread> threads;
  running_ = options_.publishers;
  for (uint64_t number = 0; number < options_.publishers; ++number) {
    threads.emplace_back([this, &fleet, number] {
      FleetPublisher(fleet, number).Run();
      --running_;
    });
  }
  Status watched = WatchFleet();
  if (!watched.ok()) stop_.Ask();
  for (std::thread& thread : threads) thread.join();
  sending_ = Elapsed();
  // A small run may be over before its last kills; what was answered is to survive them as well.
  while (watched.ok() && !kills_at_.empty()) watched = KillOnce();
  return watched;
}

Status Simulation::WatchFleet() {
  constexpr milliseconds kTick{1};
  constexpr milliseconds kShown{100};
  milliseconds shown{0};
  while (running_ > 0) {
    if (interrupt_.WaitFor(kTick)) return Interrupted();
    if (!kills_at_.empty() && counts_.received >= kills_at_.back()) {
      if (interrupt_.WaitFor(milliseconds(random_.Below(20)))) return Interrupted();
      if (Status s = KillOnce(); !s.ok()) return s;
    }
    if (const milliseconds now = Elapsed(); now - shown >= kShown) {
      shown = now;
      Show(0);
    }
  }
  return OkStatus();
}

Status Simulation::KillOnce() {
  kills_at_.pop_back();
  ++kills_;
  if (disturb_) return disturb_();
  own_->Kill();
  return own_->Start(interrupt_);
}

Status Simulation::Settle() {
  const milliseconds begin = Elapsed();
  for (uint64_t unique_before = UINT64_MAX;; unique_before = unique_) {
    Findings findings;
    AuditOnce(findings);
    if (interrupt_.Came()) return Interrupted();
    auditing_ = Elapsed() - begin;
    const bool may_settle = counts_.without_results > 0 && findings.total() > 0 &&
                            findings.count(Breach::kUnreadable) == 0;
    if (!may_settle || unique_ == unique_before || auditing_ > kSettleMax) {
      findings_.Merge(findings);
      return OkStatus();
    }
    if (interrupt_.WaitFor(kSettleStep)) return Interrupted();
  }
}

void Simulation::AuditOnce(Findings& findings) {
  const Json at_end = readback_.Stats();
  Audit audit(workload_, ledger_, readback_, findings);
  audit.Run([this](uint64_t read) { Show(read); });
  unique_ = audit.stored();
  audited_ = audit.complete();
  order_checked_ = audit.order_checked();
  unchecked_ = audit.unchecked();
  if (counts_.without_results > 0) {
    unchecked_.emplace_back("verdicts of single events, as the answers hold no `results`");
  }
  if (at_end.is_null() || before_.is_null()) {
    unchecked_.emplace_back("counters, as there is no /stats");
  } else if (audit.complete()) {
    CheckFigures(audit, at_end, findings);
  }
}

void Simulation::CheckFigures(const Audit& audit, const Json& at_end, Findings& findings) {
  const Json after = readback_.Stats();
  CheckCounters({.before = before_,
                 .at_end = at_end,
                 .after = after,
                 .scanned = audit.scanned(),
                 .stored = audit.stored(),
                 .stored_by_topic = audit.stored_by_topic(),
                 .dropped = counts_.duplicates + counts_.conflicts,
                 .unknown = counts_.unknown,
                 .alone = own_ != nullptr},
                workload_, findings);
}

void Simulation::Show(uint64_t audited) {
  progress_({.counts = counts_, .kills = kills_, .audited = audited, .elapsed = Elapsed()});
}

milliseconds Simulation::Elapsed() const {
  return std::chrono::duration_cast<milliseconds>(steady_clock::now() - started_);
}

Report Simulation::report() const {
  return {.options = options_,
          .findings = findings_,
          .received = counts_.received,
          .unique = unique_,
          .accepted = counts_.accepted,
          .duplicates = counts_.duplicates,
          .conflicts = counts_.conflicts,
          .invalid = counts_.invalid,
          .retries = counts_.retries,
          .lost_answers = counts_.lost_answers,
          .lost_requests = counts_.lost_requests,
          .kills = kills_,
          .sending = sending_,
          .auditing = auditing_,
          .audited = audited_,
          .order_checked = order_checked_,
          .unchecked = unchecked_};
}

}  // namespace oncelog::app::simulate
