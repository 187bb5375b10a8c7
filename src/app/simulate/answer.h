// PublishAnswer: what a server answered to POST /publish, as far as it said it.
//
//   Result<PublishAnswer> answer = PublishAnswer::Parse(body);
//   if (answer->has_results) answer->results[0].verdict;
//
// Another implementation may say less; what is missing is left empty.
// Threads: a plain value. Errors: kInvalid for what is no JSON object.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace oncelog::app::simulate {

enum class Verdict : uint8_t { kAccepted, kDuplicate, kConflict, kInvalid, kNone };

std::string_view NameOf(Verdict verdict);

struct SubmissionResult {
  std::string event_id;
  Verdict verdict = Verdict::kNone;
  uint64_t sequence = 0;  // 0: not said
};

struct PublishAnswer {
  static constexpr size_t kVerdicts = 4;

  std::optional<uint64_t> received;
  std::array<std::optional<uint64_t>, kVerdicts> counts;  // by Verdict
  bool has_results = false;
  std::vector<SubmissionResult> results;

  static Result<PublishAnswer> Parse(std::string_view body);
};

}  // namespace oncelog::app::simulate
