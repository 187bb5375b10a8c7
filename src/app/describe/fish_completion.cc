#include "app/describe/completion.h"

namespace oncelog::app {
namespace {

std::string Quoted(const std::string& text) {
  std::string safe = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') safe += '\\';
    safe += c;
  }
  return safe + "'";
}

std::string Value(const FlagInfo& flag) {
  const std::vector<std::string> choices = flag.choices();
  if (!choices.empty()) {
    std::string words;
    for (const std::string& choice : choices) words += (words.empty() ? "" : " ") + choice;
    return " -x -a " + Quoted(words);
  }
  if (flag.value == "FILE") return " -r -F";
  if (flag.value == "DIR") return " -x -a '(__fish_complete_directories)'";
  return " -x";
}

std::string Flag(const std::string& condition, const FlagInfo& flag) {
  std::string line = "complete -c oncelog -n " + Quoted(condition);
  for (const std::string& name : flag.names) {
    const bool is_long = name.starts_with("--");
    line += is_long ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (!flag.value.empty()) line += Value(flag);
  return line + " -d " + Quoted(flag.help) + "\n";
}

}  // namespace

std::string FishCompletion(const CommandInfo& root, const std::vector<CommandInfo>& commands) {
  std::string text =
      "# fish completion for oncelog, made by: oncelog completion fish\n"
      "complete -c oncelog -f\n";
  for (const FlagInfo& flag : root.flags) text += Flag("__fish_use_subcommand", flag);
  for (const CommandInfo& command : commands) {
    text += "complete -c oncelog -n '__fish_use_subcommand' -a " + command.name + " -d " +
            Quoted(command.summary) + "\n";
    const std::string condition = "__fish_seen_subcommand_from " + command.name;
    for (const FlagInfo& flag : command.flags) text += Flag(condition, flag);
    for (const FlagInfo& argument : command.arguments) {
      text += "complete -c oncelog -n " + Quoted(condition);
      text += argument.value == "FILE" ? " -F\n" : Value(argument) + "\n";
    }
  }
  return text;
}

}  // namespace oncelog::app
