#include <string_view>

#include "app/describe/completion.h"

namespace oncelog::app {
namespace {

// Inside single quotes. Brackets would end a description; nothing can keep them.
std::string Quoted(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '\'': safe += "'\\''"; break;
      case '[': safe += '('; break;
      case ']': safe += ')'; break;
      case ':': safe += "\\:"; break;
      default: safe += c;
    }
  }
  return safe;
}

// ":name:action" behind a flag or argument.
std::string Value(const FlagInfo& flag) {
  const std::vector<std::string> choices = flag.choices();
  if (!choices.empty()) {
    std::string words;
    for (const std::string& choice : choices) words += (words.empty() ? "" : " ") + choice;
    return ":value:(" + words + ")";
  }
  const std::string name = ":" + Quoted(flag.value) + ":";
  if (flag.value == "FILE") return name + "_files";
  if (flag.value == "DIR") return name + "_directories";
  return name + " ";
}

std::string CaseOf(const CommandInfo& command) {
  std::string text = "    " + command.name + ")\n      _arguments -S";
  for (const FlagInfo& flag : command.flags) {
    for (const std::string& name : flag.names) {
      const bool is_long = name.starts_with("--");
      text += " \\\n        '*" + name;
      if (!flag.value.empty()) text += is_long ? "=" : "+";
      text += "[" + Quoted(flag.help) + "]";
      if (!flag.value.empty()) text += Value(flag);
      text += "'";
    }
  }
  for (const FlagInfo& argument : command.arguments)
    text += " \\\n        '" + Value(argument) + "'";
  return text + " ;;\n";
}

constexpr std::string_view kTail = R"(  esac
}
if [[ $funcstack[1] == _oncelog ]]; then
  _oncelog "$@"
else
  compdef _oncelog oncelog
fi
)";

}  // namespace

std::string ZshCompletion(const CommandInfo& root, const std::vector<CommandInfo>& commands) {
  std::string text =
      "#compdef oncelog\n"
      "# zsh completion for oncelog, made by: oncelog completion zsh\n"
      "_oncelog() {\n"
      "  local -a commands=(\n";
  for (const CommandInfo& command : commands) {
    text += "    '" + command.name + ":" + Quoted(command.summary) + "'\n";
  }
  for (const FlagInfo& flag : root.flags) {
    text += "    '" + flag.names.back() + ":" + Quoted(flag.help) + "'\n";
  }
  text +=
      "  )\n"
      "  if (( CURRENT == 2 )); then\n"
      "    _describe command commands\n"
      "    return\n"
      "  fi\n"
      "  shift words\n"
      "  (( CURRENT-- ))\n"
      "  case $words[1] in\n";
  for (const CommandInfo& command : commands) text += CaseOf(command);
  return text.append(kTail);
}

}  // namespace oncelog::app
