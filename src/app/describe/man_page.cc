#include "app/describe/man_page.h"

#include <cctype>
#include <sstream>

#include "app/config/settings.h"

namespace oncelog::app {
namespace {

std::string Bold(std::string_view text) { return "\\fB" + Roff(text) + "\\fR"; }
std::string Italic(std::string_view text) { return "\\fI" + Roff(text) + "\\fR"; }

std::string Sentence(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text + ".";
}

// A term and what it means.
std::string Entry(const std::string& term, const std::string& meaning) {
  return ".TP\n" + term + "\n" + Roff(meaning) + "\n";
}

std::string FlagTerm(const FlagInfo& flag) {
  std::string term;
  for (const std::string& name : flag.names) term += (term.empty() ? "" : ", ") + Bold(name);
  if (flag.value.empty()) return term;
  return (term.empty() ? "" : term + " ") + Italic(flag.value);
}

// Prose as it is for --help: lines that are indented are examples and keep their breaks, and so do
// lines before them that end in a colon.
std::string Prose(const std::string& text) {
  std::string roff;
  bool example = false;
  bool wants_paragraph = false;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) {
      wants_paragraph = true;
      continue;
    }
    const bool indented = line.starts_with("  ");
    if (example && !indented) roff += ".EE\n.RE\n";
    if (!indented && (wants_paragraph || example)) roff += ".PP\n";
    if (!example && indented) roff += ".PP\n.RS 4\n.EX\n";
    example = indented;
    wants_paragraph = false;
    roff += Roff(indented ? line.substr(2) : line) + "\n";
  }
  return example ? roff + ".EE\n.RE\n" : roff;
}

std::string Section(const CommandInfo& command) {
  std::string text = ".SS " + Bold("oncelog " + command.name) + " [" + Italic("flags") + "]";
  for (const FlagInfo& argument : command.arguments) text += " [" + Italic(argument.value) + "]";
  text += "\n" + Roff(Sentence(command.summary)) + "\n";
  for (const FlagInfo& argument : command.arguments)
    text += Entry(FlagTerm(argument), argument.help);
  for (const FlagInfo& flag : command.flags) {
    if (flag.names.back() != "--help") text += Entry(FlagTerm(flag), flag.help);
  }
  return text + ".PP\n" + Prose(command.footer);
}

std::string Environment() {
  std::string text = ".SH ENVIRONMENT\n";
  text += Entry(Bold("ONCELOG_URL"), "The server for all commands that take --url.");
  text += Entry(Bold("ONCELOG_CONFIG"), "The file of settings, for serve and config.");
  for (const SettingSpec& spec : SettingsTable()) {
    text += Entry(Bold(spec.variable()), "As " + spec.flag() + ".");
  }
  return text + Entry(Bold("NO_COLOR"), "If it is not empty, nothing is coloured or bold.");
}

constexpr std::string_view kEnd = R"(.SH EXIT STATUS
.TP
.B 0
All was done; for serve and tail: ended as asked.
.TP
.B 1
It failed, or an event was refused; the last line on standard error says why.
.TP
.B 2
Wrong usage: a flag, a setting or a URL; nothing was done.
.SH FILES
.TP
.I oncelog.toml
Settings, read by serve and config from the directory they are started in.
.TP
.I data
The default directory of events.
Its file
.I LOCK
holds the number of the process that serves it.
.SH SEE ALSO
.BR curl (1),
.BR jq (1)
)";

}  // namespace

std::string Roff(std::string_view text) {
  std::string roff;
  bool starts_line = true;
  for (const char c : text) {
    if (starts_line && (c == '.' || c == '\'')) roff += "\\&";
    starts_line = c == '\n';
    switch (c) {
      case '\\': roff += "\\e"; break;
      case '-': roff += "\\-"; break;
      case '\'': roff += "\\(aq"; break;
      case '`': roff += "\\(ga"; break;
      case '^': roff += "\\(ha"; break;
      case '~': roff += "\\(ti"; break;
      default: roff += c;
    }
  }
  return roff;
}

std::string ManPage(std::string_view version, const CommandInfo& root,
                    const std::vector<CommandInfo>& commands) {
  std::string text = ".\\\" Made by: oncelog man\n.TH ONCELOG 1 \"\" \"oncelog ";
  text.append(version).append("\" \"User Commands\"\n");
  text += ".SH NAME\noncelog \\- keep each event exactly once\n";
  text += ".SH SYNOPSIS\n" + Bold("oncelog") + " " + Italic("COMMAND") + " [" + Italic("flags") +
          "]\n.br\n" + Bold("oncelog") + " " + Italic("COMMAND") + " " + Bold("--help") + "\n";
  text += ".SH DESCRIPTION\n" + Prose(root.summary) + Prose("\n" + root.footer);
  text += ".SH GENERAL FLAGS\n";
  for (const FlagInfo& flag : root.flags) text += Entry(FlagTerm(flag), flag.help);
  text += ".SH COMMANDS\n";
  for (const CommandInfo& command : commands) text += Section(command);
  return (text + Environment()).append(kEnd);
}

}  // namespace oncelog::app
