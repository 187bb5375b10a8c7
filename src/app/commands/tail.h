// `oncelog tail`: prints events as they become durable.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/client/connection.h"
#include "app/commands/command.h"
#include "app/tail/cursor_file.h"
#include "app/tail/follower.h"

namespace oncelog::app {

class TailCommand : public Command {
 public:
  void Declare(CLI::App& app) override;
  int Run(Console& console) override;

 private:
  int Follow(Connection& server, std::optional<CursorFile> file, std::optional<TailPlace> place,
             Console& console) const;
  int Stopped(const Error& error, Console& console) const;
  void Print(std::string_view lines, Console& console) const;

  ServerUrl url_;
  TailQuery query_;
  std::string cursor_file_;
  std::string interval_ = "500ms";
  std::optional<uint64_t> last_;
  bool from_start_ = false;
  bool json_ = false;
};

}  // namespace oncelog::app
