// `oncelog export`: all events as NDJSON, in the order of durability, from a server or from the
// directory of a stopped one.
#pragma once

#include <cstdint>
#include <string>

#include "app/client/connection.h"
#include "app/client/retry_flag.h"
#include "app/commands/command.h"
#include "app/output/progress_line.h"
#include "app/output/whole_file.h"

namespace oncelog::app {

class ExportCommand : public Command {
 public:
  void Declare(CLI::App& app) override;
  int Run(Console& console) override;

 private:
  // How many events were written.
  Result<uint64_t> FromServer(Connection& server, WholeFile& file, ProgressLine& progress,
                              Console& console) const;
  Result<uint64_t> FromDirectory(WholeFile& file, ProgressLine& progress) const;

  ServerUrl url_;
  RetryFlag retry_for_;
  std::string data_;  // empty: from a server
  std::string file_ = "-";
};

}  // namespace oncelog::app
