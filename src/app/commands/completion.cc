#include "app/commands/completion.h"

#include <CLI/CLI.hpp>

#include "app/describe/completion.h"

namespace oncelog::app {

void CompletionCommand::Declare(CLI::App& app) {
  app_ = &app;
  app.add_option("SHELL", shell_, "bash, zsh or fish")
      ->type_name("bash|zsh|fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}).description(""));
  app.footer(
      "Examples:\n"
      "  source <(oncelog completion bash)    # for this shell; or for good:\n"
      "  oncelog completion bash > ~/.local/share/bash-completion/completions/oncelog\n"
      "  oncelog completion zsh > ~/.zfunc/_oncelog    # a directory of $fpath\n"
      "  oncelog completion fish > ~/.config/fish/completions/oncelog.fish");
}

int CompletionCommand::Run(Console& console) {
  const CommandInfo root = DescribeCommand(*app_->get_parent());
  const std::vector<CommandInfo> commands = DescribeCommands(*app_->get_parent());
  if (shell_ == "bash") console.out << BashCompletion(root, commands);
  if (shell_ == "zsh") console.out << ZshCompletion(root, commands);
  if (shell_ == "fish") console.out << FishCompletion(root, commands);
  return kExitOk;
}

}  // namespace oncelog::app
