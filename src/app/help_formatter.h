// HelpFormatter: how --help looks: the flags' own words, wrapped, without CLI11's type remarks.
// Included only by cli.cc; no other file needs CLI11's formatter.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace oncelog::app {

class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter();
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;
  std::string make_description(const CLI::App* app) const override;
  std::string make_usage(const CLI::App* app, std::string name) const override;
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  std::string make_subcommands(const CLI::App* app, CLI::AppFormatMode mode) const override;
};

}  // namespace oncelog::app
