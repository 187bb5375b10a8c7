// Renders what a publisher gets back. Pure functions of a decoded batch and its outcome.
//
//   AppendPublishAnswer(&body, work.batch, work.outcome.verdicts, /*minimal=*/false);
//
// Threads: any. Cost: about 30 ns an event; one reservation.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "api/problem.h"
#include "event/batch.h"
#include "ingest/engine.h"

namespace oncelog::api {

inline constexpr size_t kMinimalResultsMax = 100;  // listed with return=minimal

struct PublishCounts {
  size_t accepted = 0;
  size_t duplicates = 0;
  size_t conflicts = 0;
};

PublishCounts CountVerdicts(std::span<const ingest::EventVerdict> verdicts);

// The whole body of a 200. `minimal`: `results` lists only what conflicts or is invalid, at most
// kMinimalResultsMax; `results_omitted` says how many of those are not listed.
void AppendPublishAnswer(std::string* body, const event::Batch& batch,
                         std::span<const ingest::EventVerdict> verdicts, bool minimal);

// 409: the one event of a bare object conflicts.
Problem ConflictProblem(const event::Batch& batch, std::span<const ingest::EventVerdict> verdicts);

// 400 invalid_event, or 413 event_too_large if one is that: the batch is refused for its invalid
// events, all of which are listed (a batch's largest number bounds them).
Problem InvalidProblem(const event::Batch& batch);

}  // namespace oncelog::api
