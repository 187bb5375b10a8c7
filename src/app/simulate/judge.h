// Judge: holds each answer of one publisher against what it sent, notes in the ledger what was
// answered, and in the findings what cannot be true.
//
//   Judge judge(workload, ledger, findings);
//   judge.Take(batch, /*maybe_stored_before=*/retried, answer);
//
// What it demands: a verdict for each submission, in order; `accepted` once for an identity;
// conflicts and invalid ones called so; one sequence for an identity, whoever asks; events that are
// sent after an answer behind those of that answer; and a retried batch that is all new or all
// known, as far as nobody else sent its events.
// Threads: one at a time; each publisher has a judge of its own, they share ledger and findings.
#pragma once

#include <cstdint>
#include <vector>

#include "app/simulate/answer.h"
#include "app/simulate/findings.h"
#include "app/simulate/ledger.h"
#include "app/simulate/workload.h"

namespace oncelog::app::simulate {

struct VerdictCounts {
  uint64_t accepted = 0;
  uint64_t duplicates = 0;
  uint64_t conflicts = 0;
  uint64_t invalid = 0;
};

class Judge {
 public:
  Judge(const Workload& workload, Ledger& ledger, Findings& findings);

  // A final answer to `batch`. `maybe_stored_before`: an earlier try of it may have been stored.
  VerdictCounts Take(const std::vector<Submission>& batch, bool maybe_stored_before,
                     const PublishAnswer& answer);

 private:
  bool HasAllResults(const std::vector<Submission>& batch, const PublishAnswer& answer);
  void TakeOne(const Submission& submission, const SubmissionResult& result);
  void TakeStored(const Submission& submission, const SubmissionResult& result);
  void CheckSequence(const Submission& submission, uint64_t sequence);
  void CheckWhole(const std::vector<Submission>& batch, const PublishAnswer& answer,
                  bool maybe_stored_before);
  void CheckCounts(const PublishAnswer& answer, const VerdictCounts& counted, size_t size);
  // Nobody but this publisher sends it before it has its verdict.
  [[nodiscard]] bool IsOwnFresh(const Submission& submission) const;

  const Workload& workload_;
  Ledger& ledger_;
  Findings& findings_;
  std::vector<uint64_t> last_sequences_;  // of each topic, as this publisher knows it
};

}  // namespace oncelog::app::simulate
