// What a simulation does: the values of the flags of `oncelog simulate`.
//
// Threads: a plain value. Units: rates are parts of 1; bytes.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

namespace oncelog::app::simulate {

// How a request's events are written down.
enum class BodyForm { kEvents, kArray, kNdjson };  // {"events":[…]}, […], one a line

struct Options {
  uint64_t seed = 0;
  std::string run;         // part of the topics' names, so that runs do not meet
  uint64_t events = 5000;  // submissions in the plan, copies included; retries come on top
  double duplicates = 0.2;
  double conflicts = 0;
  double invalid = 0;
  uint64_t topics = 10;
  uint64_t publishers = 4;
  uint64_t batch = 100;  // on average; sizes are random
  uint64_t payload_bytes = 100;
  double lost_answers = 0.01;
  double lost_requests = 0.01;
  BodyForm body = BodyForm::kEvents;
  std::chrono::seconds retry_for{60};

  // For each wait without any progress: no longer than a request may take in all.
  [[nodiscard]] std::chrono::seconds Patience() const {
    return std::clamp(retry_for, std::chrono::seconds(1), std::chrono::seconds(60));
  }
};

}  // namespace oncelog::app::simulate
