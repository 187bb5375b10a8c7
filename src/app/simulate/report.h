// Report: how a simulation went, for people and as JSON.
//
//   PrintReport(report, console);
//   console.out << JsonReport(report);
//
// Threads: pure but for the stream.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "app/output/console.h"
#include "app/simulate/findings.h"
#include "app/simulate/options.h"

namespace oncelog::app::simulate {

struct Report {
  const Options& options;
  const Findings& findings;
  uint64_t received = 0;  // submissions with a final answer
  uint64_t unique = 0;    // events of the run that are stored, each counted once
  uint64_t accepted = 0;  // answers that said so
  uint64_t duplicates = 0;
  uint64_t conflicts = 0;
  uint64_t invalid = 0;
  uint64_t retries = 0;
  uint64_t lost_answers = 0;
  uint64_t lost_requests = 0;
  uint64_t kills = 0;
  std::chrono::milliseconds sending{};
  std::chrono::milliseconds auditing{};
  bool audited = false;  // all lists of events were read to their ends
  bool order_checked = false;
  std::vector<std::string> unchecked;  // what the server does not say, and so was not checked

  [[nodiscard]] bool passed() const { return findings.total() == 0; }
  // False: it failed before anything was sent.
  [[nodiscard]] bool began() const { return received > 0 || sending.count() > 0; }
  // Answers that said which verdict.
  [[nodiscard]] uint64_t verdicts() const { return accepted + duplicates + conflicts + invalid; }
  [[nodiscard]] uint64_t per_second() const;
};

void PrintReport(const Report& report, Console& console);
std::string JsonReport(const Report& report);

}  // namespace oncelog::app::simulate
