#include "app/help_formatter.h"

#include <cctype>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

namespace oncelog::app {
namespace {

constexpr size_t kNameColumns = 34;
constexpr size_t kLineColumns = 96;

// "  name       description", the description wrapped at spaces.
std::string Entry(const std::string& name, const std::string& description, size_t name_columns) {
  std::string line = "  " + name;
  std::string text;
  if (line.size() + 2 > name_columns) {
    text = line + "\n";
    line.clear();
  }
  line.resize(name_columns, ' ');
  std::istringstream words(description);
  bool starts = true;
  for (std::string word; words >> word; starts = false) {
    if (!starts && line.size() + 1 + word.size() > kLineColumns) {
      text += line + "\n";
      line.assign(name_columns, ' ');
      starts = true;
    }
    if (!starts) line += ' ';
    line += word;
  }
  return text + line + "\n";
}

}  // namespace

HelpFormatter::HelpFormatter() { label("Positionals", "Arguments"); }

std::string HelpFormatter::make_help(const CLI::App* app, std::string name,
                                     CLI::AppFormatMode mode) const {
  std::string help = CLI::Formatter::make_help(app, std::move(name), mode);
  constexpr std::string_view kTwoEmptyLines = "\n\n\n";
  for (size_t at = 0; (at = help.find(kTwoEmptyLines, at)) != std::string::npos;) help.erase(at, 1);
  return help;
}

std::string HelpFormatter::make_description(const CLI::App* app) const {
  std::string text = app->get_description();
  if (app->get_parent() == nullptr) return text + "\n";
  // In the list of commands it is a phrase, here a sentence.
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text + ".\n";
}

std::string HelpFormatter::make_usage(const CLI::App* app, std::string name) const {
  std::string usage = "\nUsage: " + name;
  if (app->get_parent() == nullptr) return usage + " COMMAND [flags]\n";
  usage += " [flags]";
  for (const CLI::Option* option : app->get_options()) {
    if (!option->get_positional()) continue;
    const std::string argument = option->get_name(true);
    usage += option->get_required() ? " " + argument : " [" + argument + "]";
  }
  return usage + "\n";
}

std::string HelpFormatter::make_option(const CLI::Option* option, bool is_positional) const {
  std::string name = make_option_name(option, is_positional);
  if (!is_positional && option->get_type_size() != 0) name += " " + option->get_type_name();
  return Entry(name, option->get_description(), kNameColumns);
}

std::string HelpFormatter::make_subcommands(const CLI::App* app, CLI::AppFormatMode) const {
  const std::vector<const CLI::App*> commands = app->get_subcommands({});
  if (commands.empty()) return "";
  constexpr size_t kCommandColumns = 14;
  std::string text = "\nCommands:\n";
  for (const CLI::App* command : commands) {
    text += Entry(command->get_name(), command->get_description(), kCommandColumns);
  }
  return text;
}

}  // namespace oncelog::app
