#include "api/publish_answer.h"

#include <algorithm>
#include <string_view>

#include "api/json_writer.h"
#include "base/check.h"
#include "event/render.h"

namespace oncelog::api {
namespace {

using event::InvalidSubmission;
using event::Submission;
using ingest::EventVerdict;
using ingest::Verdict;

std::string_view StatusMember(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAccepted: return R"(,"status":"accepted","sequence":)";
    case Verdict::kDuplicate: return R"(,"status":"duplicate","sequence":)";
    case Verdict::kConflict: return R"(,"status":"conflict","sequence":)";
  }
  CheckFailed("a verdict is one of three");
}

void AppendCount(std::string* body, std::string_view member, size_t count) {
  body->append(member);
  AppendNumber(body, count);
}

// Without the opening brace, behind which a place in the request may come first.
void AppendResult(std::string* body, std::string_view event_id, const EventVerdict& verdict) {
  body->append(R"("event_id":)");
  body->append(event_id);
  body->append(StatusMember(verdict.verdict));
  AppendNumber(body, verdict.sequence.value);
  body->append("},");
}

// Without the closing brace: `{"index":3,"event_id":"a","field":…,"reason":…,"detail":…`.
void AppendInvalid(std::string* body, const InvalidSubmission& invalid, bool is_result) {
  body->append(R"({"index":)");
  AppendNumber(body, invalid.index);
  if (!invalid.event_id.empty()) body->append(R"(,"event_id":)").append(invalid.event_id);
  if (is_result) body->append(R"(,"status":"invalid")");
  body->append(R"(,"field":)");
  event::AppendJsonString(body, invalid.field);
  body->append(R"(,"reason":)");
  event::AppendJsonString(body, invalid.reason);
  body->append(R"(,"detail":)");
  event::AppendJsonString(body, invalid.detail);
  body->append("},");
}

// A list was written with a comma behind each item.
void DropLastComma(std::string* body) {
  if (body->back() == ',') body->pop_back();
}

// Valid and invalid ones in the order of the request: each of the two lists is in that order.
template <typename OnValid, typename OnInvalid>
void InOrder(const event::Batch& batch, const OnValid& on_valid, const OnInvalid& on_invalid) {
  size_t next_invalid = 0;
  const auto invalid_before = [&](uint32_t index) {
    while (next_invalid < batch.invalid.size() && batch.invalid[next_invalid].index < index) {
      on_invalid(batch.invalid[next_invalid++]);
    }
  };
  for (size_t i = 0; i < batch.submissions.size(); ++i) {
    invalid_before(batch.submissions[i].index);
    on_valid(i);
  }
  invalid_before(UINT32_MAX);
}

void AppendAllResults(std::string* body, const event::Batch& batch,
                      std::span<const EventVerdict> verdicts) {
  const auto append_valid = [&](size_t i) {
    body->push_back('{');
    AppendResult(body, batch.View(batch.submissions[i].event_id), verdicts[i]);
  };
  InOrder(batch, append_valid,
          [&](const InvalidSubmission& invalid) { AppendInvalid(body, invalid, true); });
}

// Only what went wrong; yields how many of those were left out.
size_t AppendMinimalResults(std::string* body, const event::Batch& batch,
                            std::span<const EventVerdict> verdicts) {
  size_t wrong = 0;
  const auto append_conflict = [&](size_t i) {
    if (verdicts[i].verdict != Verdict::kConflict || ++wrong > kMinimalResultsMax) return;
    AppendCount(body, R"({"index":)", batch.submissions[i].index);
    body->append(R"(,"topic":)");
    event::AppendJsonString(body, batch.View(batch.submissions[i].topic));
    body->push_back(',');
    AppendResult(body, batch.View(batch.submissions[i].event_id), verdicts[i]);
  };
  InOrder(batch, append_conflict, [&](const InvalidSubmission& invalid) {
    if (++wrong <= kMinimalResultsMax) AppendInvalid(body, invalid, true);
  });
  return wrong - std::min(wrong, kMinimalResultsMax);
}

size_t FullAnswerBytes(const event::Batch& batch) {
  constexpr size_t kHeadBytes = 256;
  constexpr size_t kResultBytes = 64;  // besides the id: names, status, a sequence of 7 digits
  size_t bytes = kHeadBytes + batch.submissions.size() * kResultBytes;
  for (const Submission& submission : batch.submissions) bytes += submission.event_id.bytes;
  for (const InvalidSubmission& invalid : batch.invalid) bytes += 160 + invalid.detail.size();
  return bytes;
}

}  // namespace

PublishCounts CountVerdicts(std::span<const EventVerdict> verdicts) {
  PublishCounts counts;
  for (const EventVerdict& verdict : verdicts) {
    counts.accepted += verdict.verdict == Verdict::kAccepted;
    counts.duplicates += verdict.verdict == Verdict::kDuplicate;
    counts.conflicts += verdict.verdict == Verdict::kConflict;
  }
  return counts;
}

void AppendPublishAnswer(std::string* body, const event::Batch& batch,
                         std::span<const EventVerdict> verdicts, bool minimal) {
  Check(verdicts.size() == batch.submissions.size(), "the engine gives one verdict a submission");
  const PublishCounts counts = CountVerdicts(verdicts);
  const bool partial = counts.conflicts > 0 || !batch.invalid.empty();
  body->reserve(minimal ? 512 : FullAnswerBytes(batch));
  body->append(partial ? R"({"status":"partial")" : R"({"status":"ok")");
  AppendCount(body, R"(,"received":)", batch.received());
  AppendCount(body, R"(,"accepted":)", counts.accepted);
  AppendCount(body, R"(,"duplicates":)", counts.duplicates);
  AppendCount(body, R"(,"conflicts":)", counts.conflicts);
  AppendCount(body, R"(,"invalid":)", batch.invalid.size());
  AppendCount(body, R"(,"added_to_queue":)", counts.accepted);
  body->append(R"(,"results":[)");
  size_t omitted = 0;
  if (minimal) {
    omitted = AppendMinimalResults(body, batch, verdicts);
  } else {
    AppendAllResults(body, batch, verdicts);
  }
  DropLastComma(body);
  body->append("]");
  if (omitted > 0) AppendCount(body, R"(,"results_omitted":)", omitted);
  body->append("}\n");
}

Problem ConflictProblem(const event::Batch& batch, std::span<const EventVerdict> verdicts) {
  Problem problem{.id = ErrorId::kConflict,
                  .detail = "this topic and event_id are known with other content, as sequence " +
                            std::to_string(verdicts[0].sequence.value) +
                            "; the first one stays, this one was counted and not stored"};
  problem.members = R"(,"results":[{)";
  AppendResult(&problem.members, batch.View(batch.submissions[0].event_id), verdicts[0]);
  DropLastComma(&problem.members);
  problem.members += "]";
  return problem;
}

Problem InvalidProblem(const event::Batch& batch) {
  const bool too_large = std::any_of(batch.invalid.begin(), batch.invalid.end(),
                                     [](const auto& one) { return one.reason == "too_large"; });
  const InvalidSubmission& first = batch.invalid.front();
  Problem problem{.id = too_large ? ErrorId::kEventTooLarge : ErrorId::kInvalidEvent};
  problem.detail = "event " + std::to_string(first.index);
  if (!first.field.empty()) problem.detail += ", " + first.field;
  problem.detail += ": " + (first.detail.empty() ? first.reason : first.detail);
  if (batch.invalid.size() > 1) {
    problem.detail += " (and " + std::to_string(batch.invalid.size() - 1) + " more invalid)";
  }
  problem.detail += "; nothing of this request was stored";
  std::string& members = problem.members;
  members = R"(,"errors":[)";
  for (const InvalidSubmission& invalid : batch.invalid) AppendInvalid(&members, invalid, false);
  DropLastComma(&members);
  members += "]";
  return problem;
}

}  // namespace oncelog::api
