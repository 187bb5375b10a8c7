#include "app/config/resolve.h"

#include <algorithm>
#include <array>

#include "app/config/nearest.h"

namespace oncelog::app {
namespace {

// Variables of ours that are not settings of the server.
constexpr std::array<std::string_view, 2> kOtherVariables = {"ONCELOG_URL", "ONCELOG_CONFIG"};

std::string Quoted(std::span<const std::string> values) {
  std::string text = "\"";
  for (const std::string& value : values) {
    if (text.size() > 1) text += ",";
    text += value;
  }
  return text + "\"";
}

std::vector<std::string> SplitAtCommas(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    if (comma != 0) parts.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return parts;
}

GivenValue DefaultOf(const SettingSpec& spec) {
  if (spec.is_list()) return {SplitAtCommas(spec.default_text), "default"};
  return {{spec.default_text}, "default"};
}

}  // namespace

Result<Effective> Resolve(std::span<const Layer> layers) {
  Effective effective;
  for (const SettingSpec& spec : SettingsTable()) {
    GivenValue given = DefaultOf(spec);
    for (const Layer& layer : layers) {
      const auto found = layer.find(spec.name);
      if (found == layer.end()) continue;
      given = found->second;
      break;
    }
    if (Status s = StoreSetting(spec, given.values, effective.settings); !s.ok()) {
      return s.error().Annotate(spec.name + ": " + Quoted(given.values) + " (from " + given.origin +
                                ") is not allowed");
    }
    effective.origins[spec.name] = given.origin;
  }
  return effective;
}

Layer EnvironmentLayer(const Environment& environment, std::vector<std::string>* warnings) {
  Layer layer;
  std::vector<std::string> known(kOtherVariables.begin(), kOtherVariables.end());
  for (const SettingSpec& spec : SettingsTable()) {
    const std::string variable = spec.variable();
    known.push_back(variable);
    const auto found = environment.find(variable);
    if (found == environment.end()) continue;
    layer[spec.name] = {
        spec.is_list() ? SplitAtCommas(found->second) : std::vector<std::string>{found->second},
        variable};
  }
  for (const auto& [name, value] : environment) {
    if (!name.starts_with("ONCELOG_")) continue;
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    warnings->push_back("the environment's " + name + " is no setting and is ignored" +
                        DidYouMean(name, known));
  }
  return layer;
}

}  // namespace oncelog::app
