#include "app/simulate/judge.h"

#include <algorithm>
#include <string>

namespace oncelog::app::simulate {
namespace {

std::string Called(Verdict verdict) { return "\"" + std::string(NameOf(verdict)) + "\""; }

VerdictCounts CountsOf(const PublishAnswer& answer) {
  const auto said = [&](Verdict verdict) {
    return answer.counts[static_cast<size_t>(verdict)].value_or(0);
  };
  return {said(Verdict::kAccepted), said(Verdict::kDuplicate), said(Verdict::kConflict),
          said(Verdict::kInvalid)};
}

void Count(Verdict verdict, VerdictCounts* counts) {
  switch (verdict) {
    case Verdict::kAccepted: ++counts->accepted; break;
    case Verdict::kDuplicate: ++counts->duplicates; break;
    case Verdict::kConflict: ++counts->conflicts; break;
    case Verdict::kInvalid: ++counts->invalid; break;
    case Verdict::kNone: break;
  }
}

}  // namespace

Judge::Judge(const Workload& workload, Ledger& ledger, Findings& findings)
    : workload_(workload),
      ledger_(ledger),
      findings_(findings),
      last_sequences_(workload.topics()) {}

bool Judge::IsOwnFresh(const Submission& submission) const {
  return submission.kind == Kind::kFresh && !workload_.IsShared(submission.event);
}

VerdictCounts Judge::Take(const std::vector<Submission>& batch, bool maybe_stored_before,
                          const PublishAnswer& answer) {
  for (const Submission& submission : batch) {
    if (submission.kind != Kind::kInvalid) ledger_.Mark(submission.event, Ledger::kAnswered);
  }
  if (!HasAllResults(batch, answer)) return CountsOf(answer);
  VerdictCounts counted;
  for (size_t i = 0; i < batch.size(); ++i) {
    Count(answer.results[i].verdict, &counted);
    TakeOne(batch[i], answer.results[i]);
  }
  CheckWhole(batch, answer, maybe_stored_before);
  CheckCounts(answer, counted, batch.size());
  return counted;
}

bool Judge::HasAllResults(const std::vector<Submission>& batch, const PublishAnswer& answer) {
  if (!answer.has_results) return false;
  if (answer.results.size() == batch.size()) return true;
  findings_.Add(Breach::kVerdict, "a batch of " + std::to_string(batch.size()) + " got " +
                                      std::to_string(answer.results.size()) + " results");
  return false;
}

void Judge::TakeOne(const Submission& submission, const SubmissionResult& result) {
  const Verdict verdict = result.verdict;
  const bool is_invalid = submission.kind == Kind::kInvalid;
  if (is_invalid != (verdict == Verdict::kInvalid)) {
    const std::string what = is_invalid ? "the invalid x" + std::to_string(submission.event)
                                        : workload_.Name(submission.event);
    findings_.Add(Breach::kVerdict, what + " was called " + Called(verdict));
    return;
  }
  if (is_invalid) return;
  if (!result.event_id.empty() && result.event_id != Workload::EventId(submission.event)) {
    findings_.Add(Breach::kVerdict, workload_.Name(submission.event) +
                                        " got the result of another event, " + result.event_id);
    return;
  }
  const bool is_conflict = submission.kind == Kind::kConflict;
  if (is_conflict != (verdict == Verdict::kConflict) || verdict == Verdict::kNone) {
    findings_.Add(Breach::kVerdict, (is_conflict ? "other content for " : "the same content for ") +
                                        workload_.Name(submission.event) + " was called " +
                                        Called(verdict));
    return;
  }
  TakeStored(submission, result);
}

void Judge::TakeStored(const Submission& submission, const SubmissionResult& result) {
  ledger_.Mark(submission.event, Ledger::kJudged);
  if (result.verdict == Verdict::kAccepted && ledger_.Mark(submission.event, Ledger::kAccepted)) {
    findings_.Add(Breach::kAcceptedTwice,
                  workload_.Name(submission.event) + " was accepted more than once");
  }
  if (result.sequence != 0) CheckSequence(submission, result.sequence);
}

void Judge::CheckSequence(const Submission& submission, uint64_t sequence) {
  const uint64_t known = ledger_.AgreeOnSequence(submission.event, sequence);
  if (known != sequence) {
    findings_.Add(Breach::kSequence, workload_.Name(submission.event) + " was given sequence " +
                                         std::to_string(known) + " and " +
                                         std::to_string(sequence));
    return;
  }
  uint64_t& last = last_sequences_[workload_.TopicOf(submission.event)];
  if (IsOwnFresh(submission) && sequence <= last) {
    findings_.Add(Breach::kOrder,
                  workload_.Name(submission.event) + " has sequence " + std::to_string(sequence) +
                      ", though it was sent after the answer for " + std::to_string(last));
  }
  last = std::max(last, sequence);
}

void Judge::CheckWhole(const std::vector<Submission>& batch, const PublishAnswer& answer,
                       bool maybe_stored_before) {
  uint64_t accepted = 0;
  uint64_t duplicates = 0;
  const Submission* known = nullptr;
  for (size_t i = 0; i < batch.size(); ++i) {
    if (!IsOwnFresh(batch[i])) continue;
    accepted += answer.results[i].verdict == Verdict::kAccepted ? 1 : 0;
    if (answer.results[i].verdict != Verdict::kDuplicate) continue;
    ++duplicates;
    known = &batch[i];
  }
  if (known == nullptr) return;
  if (!maybe_stored_before) {
    findings_.Add(Breach::kVerdict, workload_.Name(known->event) +
                                        " was called \"duplicate\", though nothing that was sent "
                                        "before could have stored it");
  } else if (accepted > 0) {
    findings_.Add(Breach::kSplitBatch,
                  "a retried batch was known in part: " + std::to_string(duplicates) +
                      " of its events duplicates, as " + workload_.Name(known->event) + ", " +
                      std::to_string(accepted) + " accepted");
  }
}

void Judge::CheckCounts(const PublishAnswer& answer, const VerdictCounts& counted, size_t size) {
  const VerdictCounts said = CountsOf(answer);
  const auto wrong = [&](Verdict verdict, uint64_t ours, uint64_t theirs) {
    return answer.counts[static_cast<size_t>(verdict)] && ours != theirs;
  };
  if (wrong(Verdict::kAccepted, counted.accepted, said.accepted) ||
      wrong(Verdict::kDuplicate, counted.duplicates, said.duplicates) ||
      wrong(Verdict::kConflict, counted.conflicts, said.conflicts) ||
      wrong(Verdict::kInvalid, counted.invalid, said.invalid) ||
      answer.received.value_or(size) != size) {
    findings_.Add(Breach::kCounts, "an answer's counts are not those of its results");
  }
}

}  // namespace oncelog::app::simulate
