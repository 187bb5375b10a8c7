#include "app/torture/fault_trial.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <numeric>
#include <thread>
#include <utility>

#include "app/simulate/auditor.h"
#include "app/test_parts.h"
#include "base/check.h"
#include "event/decoder.h"
#include "event/render.h"
#include "store/verify/verifier.h"

namespace oncelog::app::torture {
namespace {

using ingest::Engine;
using ingest::Verdict;
using simulate::Ledger;

constexpr int kLives = 2;
constexpr int kBatches = 20;       // in a life
constexpr uint64_t kNewMax = 20;   // events in a batch
constexpr uint64_t kKnownMax = 5;  // likewise
constexpr int kTries = 2;          // of a batch
constexpr size_t kPage = 100;
constexpr uint64_t kTableEntries = 48;
constexpr int kTierRuns = 2;
constexpr std::chrono::seconds kPatience{2};

ingest::EngineOptions TinyOptions() {
  ingest::EngineOptions options;
  UseTestParts(kTableEntries, &options);
  options.index.tier_runs = kTierRuns;
  options.overlap_bytes_min = size_t{5} << 10;  // some frames are the syncer's
  return options;
}

simulate::Options WorkloadOptions(uint64_t seed) {
  return {.seed = seed,
          .run = "faults",
          .events = kNewMax * kBatches * kLives,
          .duplicates = 0,
          .topics = 5,
          .payload_bytes = 500};
}

std::vector<uint64_t> Numbers(uint64_t first, uint64_t end) {
  std::vector<uint64_t> numbers(end - first);
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

std::string Words(const simulate::Findings& findings) {
  std::string words;
  for (size_t i = 0; i < simulate::kBreaches; ++i) {
    const auto breach = static_cast<simulate::Breach>(i);
    for (const std::string& example : findings.examples(breach)) {
      words += (words.empty() ? "" : "; ") + std::string(NameOf(breach)) + ": " + example;
    }
  }
  return words;
}

}  // namespace

std::string Describe(const store::Fault& fault) {
  const std::vector<store::FaultKind>& kinds = store::FaultKinds();
  const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                 [&](const auto& each) { return each.call == fault.call; });
  return std::string(kind == kinds.end() ? "any call" : kind->name) + " number " +
         std::to_string(fault.nth) + " fails with " + std::string(CodeName(fault.code));
}

FaultTrial::FaultTrial(store::FileSystem& below, std::string directory, uint64_t seed)
    : below_(below),
      faults_(below),
      directory_(std::move(directory)),
      options_(TinyOptions()),
      workload_(WorkloadOptions(seed)),
      random_(seed),
      ledger_(workload_.fresh()) {}

std::string FaultTrial::Run(const std::optional<store::Fault>& fault) {
  if (fault) faults_.Plan(*fault);
  for (int life = 1; life <= kLives; ++life) {
    if (std::string broken = Live(); !broken.empty()) {
      return "life " + std::to_string(life) + ": " + broken;
    }
  }
  std::string broken = LiveOn();
  if (broken.empty()) broken = Verify();
  return broken.empty() ? broken : "afterwards: " + broken;
}

std::string FaultTrial::Live() {
  read_only_ = false;
  faults_before_ = faults_.faults();
  Result<std::unique_ptr<Engine>> engine = Engine::Open(faults_, directory_, options_);
  if (!engine.ok()) {
    const bool damaged = engine.error().code() == Code::kDamaged;
    return StruckNow() && !damaged ? "" : "it does not start: " + engine.error().message();
  }
  for (int i = 0; i < kBatches; ++i) {
    if (std::string broken = Publish(**engine); !broken.empty()) return broken;
  }
  WaitForBackground(**engine);
  const Status stopped = (*engine)->Stop();
  return stopped.ok() || StruckNow() ? "" : "it does not stop: " + stopped.error().message();
}

std::string FaultTrial::Publish(Engine& engine) {
  Unanswered fresh{.first = sent_, .end = sent_ + 1 + random_.Below(kNewMax), .unknown = false};
  sent_ = fresh.end;
  std::vector<uint64_t> batch = Numbers(fresh.first, fresh.end);
  for (uint64_t known = random_.Below(kKnownMax + 1); known > 0 && !answered_.empty(); --known) {
    batch.push_back(answered_[random_.Below(answered_.size())]);
  }
  for (int i = 0; i < kTries; ++i) {
    const ingest::Outcome outcome = Send(engine, batch);
    if (outcome.status.ok()) {
      if (read_only_) return "it answers, though a log write has failed";
      return TakeAnswers(batch, outcome);
    }
    const Error& error = outcome.status.error();
    if (!StruckNow() || error.code() == Code::kDamaged) return "refused: " + error.message();
    read_only_ = fresh.unknown = read_only_ || error.code() == Code::kReadOnly;
  }
  unanswered_.push_back(fresh);
  return "";
}

ingest::Outcome FaultTrial::Send(Engine& engine, const std::vector<uint64_t>& batch) const {
  std::string body;
  for (const uint64_t event : batch) {
    body.push_back(body.empty() ? '[' : ',');
    workload_.Append({.event = event}, &body);
  }
  body.push_back(']');
  event::Decoder decoder(engine.hash_key());
  Result<event::Batch> decoded = decoder.Decode(body, event::BodyFormat::kJson);
  Check(decoded.ok() && decoded->invalid.empty(), "the workload writes valid events");
  return engine.Apply(decoded.Take());
}

// New is what was neither answered before nor read back.
std::string FaultTrial::TakeAnswers(const std::vector<uint64_t>& batch,
                                    const ingest::Outcome& outcome) {
  if (outcome.verdicts.size() != batch.size()) return "not one verdict for each submission";
  for (size_t i = 0; i < batch.size(); ++i) {
    const auto& [verdict, sequence] = outcome.verdicts[i];
    const bool known =
        ledger_.Has(batch[i], Ledger::kAnswered) || ledger_.Has(batch[i], Ledger::kStored);
    if (verdict != (known ? Verdict::kDuplicate : Verdict::kAccepted)) {
      return workload_.Name(batch[i]) +
             (known ? " is there and is not called a duplicate" : " is new and is not accepted");
    }
    if (ledger_.AgreeOnSequence(batch[i], sequence.value) != sequence.value) {
      return workload_.Name(batch[i]) + " is answered with two sequences";
    }
    if (!ledger_.Mark(batch[i], Ledger::kAnswered)) answered_.push_back(batch[i]);
  }
  return "";
}

void FaultTrial::WaitForBackground(Engine& engine) const {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!StruckNow() && std::chrono::steady_clock::now() < until) {
    const ingest::EngineFigures figures = engine.figures();
    if (figures.index.runs <= kTierRuns + 1 && figures.seal_backlog_bytes == 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

std::string FaultTrial::LiveOn() {
  Result<std::unique_ptr<Engine>> engine = Engine::Open(below_, directory_, options_);
  if (!engine.ok()) return "it does not start: " + engine.error().message();
  std::string broken = ReadBack(**engine, ledger_);
  if (broken.empty()) broken = CheckUnanswered();
  if (broken.empty()) broken = SendAllAgain(**engine);
  if (broken.empty()) broken = ReadAllBack(**engine);
  const Status stopped = (*engine)->Stop();
  if (!broken.empty() || stopped.ok()) return broken;
  return "it does not stop: " + stopped.error().message();
}

std::string FaultTrial::ReadBack(Engine& engine, Ledger& ledger) {
  simulate::Findings findings;
  simulate::Auditor auditor(workload_, ledger, findings);
  std::string json;
  store::ScanOptions options{.after = 0, .limit = kPage};
  for (bool more = true; more;) {
    const auto end = engine.reader().ScanAll(options, [&](const store::EventView& event) {
      json.clear();
      event::AppendEventJson(&json, event.json, event.sequence, event.received_at);
      auditor.Take(json);
    });
    if (!end.ok()) return "reading back: " + end.error().message();
    if (end->next <= *options.after && end->has_more) return "reading back does not end";
    options.after = end->next;
    more = end->has_more;
  }
  auditor.Finish();
  if (findings.total() > 0) return Words(findings);
  const uint64_t counted = engine.reader().Totals().events;
  if (counted == auditor.stored() && counted == auditor.scanned()) return "";
  return std::to_string(counted) + " events are counted and " + std::to_string(auditor.scanned()) +
         " are there";
}

std::string FaultTrial::CheckUnanswered() {
  for (const Unanswered& batch : unanswered_) {
    uint64_t stored = 0;
    for (uint64_t event = batch.first; event < batch.end; ++event) {
      if (ledger_.Has(event, Ledger::kStored)) ++stored;
    }
    if (stored == 0) continue;
    const std::string name = "the batch from " + workload_.Name(batch.first) + " on";
    if (!batch.unknown) return name + " was refused and is stored";
    if (stored < batch.end - batch.first) return name + " is stored in part";
  }
  return "";
}

std::string FaultTrial::SendAllAgain(Engine& engine) {
  for (uint64_t first = 0; first < sent_; first += kPage) {
    const std::vector<uint64_t> batch = Numbers(first, std::min(first + kPage, sent_));
    const ingest::Outcome outcome = Send(engine, batch);
    if (!outcome.status.ok()) return "sent again: " + outcome.status.error().message();
    if (std::string broken = TakeAnswers(batch, outcome); !broken.empty()) {
      return "sent again, " + broken;
    }
  }
  return "";
}

// Each has an answer now.
std::string FaultTrial::ReadAllBack(Engine& engine) {
  Ledger ledger(ledger_.events());
  for (uint64_t event = 0; event < sent_; ++event) {
    ledger.Mark(event, Ledger::kAnswered);
    ledger.AgreeOnSequence(event, ledger_.sequence(event));
  }
  return ReadBack(engine, ledger);
}

std::string FaultTrial::Verify() {
  const auto progress = [](uint64_t /*done*/, uint64_t /*all*/) {};
  const Result<store::VerifyReport> report = store::VerifyStore(below_, directory_, progress);
  if (!report.ok()) return "verifying: " + report.error().message();
  return report->clean() ? "" : "verifying: " + Describe(report->findings.damage().front());
}

}  // namespace oncelog::app::torture
