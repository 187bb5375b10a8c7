// oncelog.toml. The only file that knows toml++.
#include <toml++/toml.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>

#include "app/config/nearest.h"
#include "app/config/resolve.h"

namespace oncelog::app {
namespace {

std::string Place(std::string_view path, const toml::source_region& source) {
  return std::string(path) + ":" + std::to_string(source.begin.line);
}

// A scalar as it would be written in a flag; nullopt for what no setting takes.
std::optional<std::string> ScalarText(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  return std::nullopt;
}

std::optional<std::vector<std::string>> Texts(const toml::node& node, bool is_list) {
  std::vector<std::string> texts;
  if (const auto* array = node.as_array(); array != nullptr && is_list) {
    for (const toml::node& element : *array) {
      std::optional<std::string> text = ScalarText(element);
      if (!text) return std::nullopt;
      texts.push_back(std::move(*text));
    }
    return texts;
  }
  std::optional<std::string> text = ScalarText(node);
  if (!text) return std::nullopt;
  texts.push_back(std::move(*text));
  return texts;
}

Result<Layer> ToLayer(const toml::table& table, std::string_view path) {
  Layer layer;
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    const std::string place = Place(path, node.source());
    const SettingSpec* spec = FindSetting(name);
    if (spec == nullptr) {
      return Error(Code::kInvalid, place + ": there is no setting \"" + name + "\"" +
                                       DidYouMean(name, SettingNames()) +
                                       " (`oncelog serve --help` lists them)");
    }
    std::optional<std::vector<std::string>> texts = Texts(node, spec->is_list());
    if (!texts) {
      return Error(Code::kInvalid,
                   place + ": " + name + " is of the wrong type; it takes " + spec->allowed());
    }
    layer[name] = {std::move(*texts), place};
  }
  return layer;
}

}  // namespace

Result<Layer> ParseToml(std::string_view text, std::string_view path) {
  try {
    return ToLayer(toml::parse(text, path), path);
  } catch (const toml::parse_error& error) {
    return Error(Code::kInvalid,
                 Place(path, error.source()) + ": " + std::string(error.description()));
  }
}

Result<Layer> ReadTomlFile(const std::string& path) {
  const auto close = [](std::FILE* file) { return std::fclose(file); };
  const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "rb"), close);
  std::string text;
  std::array<char, 4096> piece{};
  while (file && !std::feof(file.get()) && !std::ferror(file.get())) {
    text.append(piece.data(), std::fread(piece.data(), 1, piece.size(), file.get()));
  }
  if (!file || std::ferror(file.get())) {
    return Error(Code::kInvalid,
                 "cannot read the configuration file " + path + ": " + std::strerror(errno));
  }
  return ParseToml(text, path);
}

}  // namespace oncelog::app
