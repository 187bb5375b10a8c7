// `oncelog events`: stored events that match, one JSON object a line.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "app/client/connection.h"
#include "app/client/retry_flag.h"
#include "app/commands/command.h"

namespace oncelog::app {

class EventsCommand : public Command {
 public:
  void Declare(CLI::App& app) override;
  int Run(Console& console) override;

 private:
  [[nodiscard]] std::string PageTarget(const std::string& after, uint64_t limit) const;
  // Page after page; false when the limit ended it, with the cursor to go on from.
  Result<bool> PrintPages(Connection& server, Console& console, std::string* after) const;
  int PrintRaw(Connection& server, Console& console) const;

  ServerUrl url_;
  RetryFlag retry_for_;
  // The filters by the names that the flags and the API share; empty: not given.
  std::string topic_, event_id_, source_, from_, to_, received_from_, received_to_;
  std::string after_, order_;
  uint64_t limit_ = 1000;
  bool all_ = false;
  bool json_ = false;
};

}  // namespace oncelog::app
