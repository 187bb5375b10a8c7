// Audit: reads everything back and holds it against what was sent: all topics in one list, then
// each topic in a list of its own, which must hold the same. A server that lists only one topic at
// a time is audited by those.
//
//   Audit audit(workload, ledger, readback, findings);
//   audit.Run([](uint64_t read) { … });
//   if (audit.complete()) CheckCounters(…);
//
// Threads: one. A list that cannot be read is a finding, and ends it; so does Ctrl-C, which is the
// caller's to notice. Cost: every event is read twice. Of more than kTopicsMax topics only so many
// are read by themselves, spread over all.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/simulate/auditor.h"
#include "app/simulate/findings.h"
#include "app/simulate/ledger.h"
#include "app/simulate/readback.h"
#include "app/simulate/workload.h"

namespace oncelog::app::simulate {

class Audit {
 public:
  static constexpr uint64_t kTopicsMax = 10'000;

  Audit(const Workload& workload, Ledger& ledger, Readback& readback, Findings& findings);

  void Run(const std::function<void(uint64_t read)>& progress);

  // Everything was read to its end.
  [[nodiscard]] bool complete() const { return complete_; }
  // Events of all topics; nullopt if the server does not list those.
  [[nodiscard]] std::optional<uint64_t> scanned() const;
  // Of the run, each once.
  [[nodiscard]] uint64_t stored() const { return auditor_.stored(); }
  [[nodiscard]] const std::vector<uint64_t>& stored_by_topic() const {
    return auditor_.stored_by_topic();
  }
  // What could not be checked, in words.
  [[nodiscard]] std::vector<std::string> unchecked() const;
  [[nodiscard]] bool order_checked() const { return complete_ && auditor_.without_sequence() == 0; }

 private:
  bool ReadAll();
  bool ReadTopics(Auditor& auditor, uint64_t step);
  bool Take(Auditor& auditor, std::string_view event);
  void Unreadable(const std::string& list, const Error& error);

  const Workload& workload_;
  Ledger& ledger_;
  Readback& readback_;
  Findings& findings_;
  std::function<void(uint64_t read)> progress_;
  Auditor auditor_;
  uint64_t read_ = 0;
  uint64_t topics_read_ = 0;
  bool lists_all_ = true;
  bool complete_ = false;
};

}  // namespace oncelog::app::simulate
