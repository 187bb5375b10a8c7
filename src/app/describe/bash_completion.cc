#include <string_view>

#include "app/describe/completion.h"

namespace oncelog::app {
namespace {

std::string Joined(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += between;
    text += word;
  }
  return text;
}

// What sets `from` (files, directories) or `words` for a value.
std::string Source(const FlagInfo& flag) {
  if (flag.value == "FILE") return "from=file";
  if (flag.value == "DIR") return "from=directory";
  return "words='" + Joined(flag.choices(), " ") + "'";
}

std::string CaseOf(const CommandInfo& command) {
  std::string text = "    " + command.name + ")\n      case $before in\n";
  std::vector<std::string> names;
  for (const FlagInfo& flag : command.flags) {
    names.insert(names.end(), flag.names.begin(), flag.names.end());
    if (flag.value.empty()) continue;
    text += "        " + Joined(flag.names, "|") + ") " + Source(flag) + " ;;\n";
  }
  text += "        *)\n          if [[ $word == -* ]]; then words='" + Joined(names, " ") + "'\n";
  // The first one stands for all: where on the line it is, is not looked at.
  if (!command.arguments.empty()) {
    text += "          else " + Source(command.arguments.front()) + "\n";
  }
  return text + "          fi ;;\n      esac ;;\n";
}

constexpr const char* kHead = R"(# bash completion for oncelog, made by: oncelog completion bash
_oncelog() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words= from=
  # Bash takes --flag=value for three words.
  if [[ $word == = ]]; then
    word=
  elif [[ $before == = ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if [[ COMP_CWORD -eq 1 ]]; then
)";

constexpr const char* kTail = R"(  esac; fi
  COMPREPLY=()
  case $from in
    file) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    directory) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word") ;;
  esac
}
complete -F _oncelog oncelog
)";

}  // namespace

std::string BashCompletion(const CommandInfo& root, const std::vector<CommandInfo>& commands) {
  std::vector<std::string> first;
  first.reserve(commands.size());
  for (const CommandInfo& command : commands) first.push_back(command.name);
  for (const FlagInfo& flag : root.flags) {
    first.insert(first.end(), flag.names.begin(), flag.names.end());
  }
  std::string text = kHead;
  text += "    words='" + Joined(first, " ") + "'\n  else case ${COMP_WORDS[1]} in\n";
  for (const CommandInfo& command : commands) text += CaseOf(command);
  return text + kTail;
}

}  // namespace oncelog::app
