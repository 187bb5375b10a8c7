// `oncelog retention`: shows or sets how much of a topic is kept.
#pragma once

#include <optional>
#include <string>

#include "app/client/connection.h"
#include "app/commands/command.h"

namespace oncelog::app {

class RetentionCommand : public Command {
 public:
  void Declare(CLI::App& app) override;
  int Run(Console& console) override;

 private:
  // The topic as the server shows it; a topic that is not there yet is null if it may be made.
  Result<Json> Current(Connection& server, bool may_be_new) const;
  // All settings, as PUT wants them: the flags over the current ones.
  Result<std::string> Settings(const Json& current) const;

  ServerUrl url_;
  std::string topic_;
  std::optional<std::string> age_;
  std::optional<std::string> bytes_;
  bool json_ = false;
};

}  // namespace oncelog::app
