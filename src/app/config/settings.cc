#include "app/config/settings.h"

#include <algorithm>
#include <type_traits>

#include "base/units.h"

namespace oncelog::app {
namespace {

Error Malformed(const SettingSpec& spec) { return {Code::kInvalid, "it takes " + spec.allowed()}; }

template <typename Number, typename Kind>
Status StoreBounded(const std::optional<Number>& value, const Kind& kind, const SettingSpec& spec,
                    Settings& settings) {
  if (!value || *value < kind.min || *value > kind.max) return Malformed(spec);
  settings.*kind.to = *value;
  return OkStatus();
}

struct Storer {
  const SettingSpec& spec;
  const std::string& text;
  Settings& settings;

  Status operator()(const TextKind& kind) const {
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
    if (text.empty() || std::any_of(text.begin(), text.end(), is_control)) return Malformed(spec);
    settings.*kind.to = text;
    return OkStatus();
  }
  Status operator()(const AddressKind& kind) const {
    Result<HostPort> at = ParseHostPort(text);
    if (!at.ok() || !at->IsAddress()) return Malformed(spec);
    settings.*kind.to = at.Take();
    return OkStatus();
  }
  Status operator()(const SwitchKind& kind) const {
    if (text != "true" && text != "false") return Malformed(spec);
    settings.*kind.to = text == "true";
    return OkStatus();
  }
  Status operator()(const ListKind& kind) const {
    if (!kind.takes(text)) return Malformed(spec);
    (settings.*kind.to).push_back(text);
    return OkStatus();
  }
  Status operator()(const ChoiceKind& kind) const {
    if (std::ranges::find(kind.choices, text) == kind.choices.end()) return Malformed(spec);
    settings.*kind.to = text;
    return OkStatus();
  }
  Status operator()(const CountKind& kind) const {
    return StoreBounded(ParseCount(text), kind, spec, settings);
  }
  Status operator()(const BytesKind& kind) const {
    return StoreBounded(ParseBytes(text), kind, spec, settings);
  }
  Status operator()(const SecondsKind& kind) const {
    return StoreBounded(ParseSeconds(text), kind, spec, settings);
  }
};

std::string Join(std::span<const std::string> parts, std::string_view between) {
  std::string joined;
  for (const std::string& part : parts) {
    if (!joined.empty()) joined += between;
    joined += part;
  }
  return joined;
}

struct Shower {
  const Settings& settings;

  std::string operator()(const TextKind& kind) const { return settings.*kind.to; }
  std::string operator()(const AddressKind& kind) const { return (settings.*kind.to).ToString(); }
  std::string operator()(const SwitchKind& kind) const {
    return settings.*kind.to ? "true" : "false";
  }
  std::string operator()(const ListKind& kind) const { return Join(settings.*kind.to, ","); }
  std::string operator()(const ChoiceKind& kind) const { return settings.*kind.to; }
  std::string operator()(const CountKind& kind) const { return std::to_string(settings.*kind.to); }
  std::string operator()(const BytesKind& kind) const { return FormatBytes(settings.*kind.to); }
  std::string operator()(const SecondsKind& kind) const { return FormatSeconds(settings.*kind.to); }
};

struct Placeholder {
  std::string operator()(const TextKind&) const { return "DIR"; }
  std::string operator()(const AddressKind&) const { return "HOST:PORT"; }
  std::string operator()(const SwitchKind&) const { return ""; }
  std::string operator()(const ListKind&) const { return "NAME"; }
  std::string operator()(const ChoiceKind& kind) const { return Join(kind.choices, "|"); }
  std::string operator()(const CountKind&) const { return "N"; }
  std::string operator()(const BytesKind&) const { return "SIZE"; }
  std::string operator()(const SecondsKind&) const { return "TIME"; }
};

struct Allowed {
  std::string operator()(const TextKind&) const { return "a path"; }
  std::string operator()(const AddressKind&) const {
    return "an IP address or localhost, and a port, such as 127.0.0.1:8080 or [::1]:8080";
  }
  std::string operator()(const SwitchKind&) const { return "true or false"; }
  std::string operator()(const ListKind& kind) const { return kind.what; }
  std::string operator()(const ChoiceKind& kind) const { return Join(kind.choices, ", "); }
  std::string operator()(const CountKind& kind) const {
    return std::to_string(kind.min) + " to " + std::to_string(kind.max);
  }
  std::string operator()(const BytesKind& kind) const {
    return FormatBytes(kind.min) + " to " + FormatBytes(kind.max);
  }
  std::string operator()(const SecondsKind& kind) const {
    return FormatSeconds(kind.min) + " to " + FormatSeconds(kind.max);
  }
};

}  // namespace

std::string SettingSpec::flag() const { return "--" + name; }

std::string SettingSpec::variable() const {
  std::string variable = "ONCELOG_" + name;
  for (char& c : variable) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == '-') c = '_';
  }
  return variable;
}

std::string SettingSpec::placeholder() const { return std::visit(Placeholder{}, kind); }

std::string SettingSpec::allowed() const { return std::visit(Allowed{}, kind); }

const SettingSpec* FindSetting(std::string_view name) {
  for (const SettingSpec& spec : SettingsTable()) {
    if (spec.name == name) return &spec;
  }
  return nullptr;
}

std::vector<std::string> SettingNames() {
  std::vector<std::string> names;
  for (const SettingSpec& spec : SettingsTable()) names.push_back(spec.name);
  return names;
}

Status StoreSetting(const SettingSpec& spec, std::span<const std::string> values,
                    Settings& settings) {
  if (const auto* list = std::get_if<ListKind>(&spec.kind)) {
    (settings.*list->to).clear();
  } else if (values.size() != 1) {
    return Error(Code::kInvalid, "it takes one value, " + spec.allowed());
  }
  for (const std::string& value : values) {
    if (Status s = std::visit(Storer{spec, value, settings}, spec.kind); !s.ok()) return s;
  }
  return OkStatus();
}

std::string ShowSetting(const SettingSpec& spec, const Settings& settings) {
  return std::visit(Shower{settings}, spec.kind);
}

}  // namespace oncelog::app
