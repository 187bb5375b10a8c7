// Settings: how a server runs, and the one table that says for each setting its name, kind,
// default, bounds and help. Flags, environment, oncelog.toml, `oncelog config`, --help and
// docs/operations.md all follow from it.
//
// A setting has one name, spelled three ways: `queue-bytes` is the flag --queue-bytes, the variable
// ONCELOG_QUEUE_BYTES and the toml key queue-bytes.
//
//   Settings settings;
//   Status s = StoreSetting(*FindSetting("queue-bytes"), {"64MiB"}, settings);
//
// Threads: the table is constant; Settings are values.
// Errors: StoreSetting answers kInvalid, with what is allowed.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/config/host_port.h"
#include "base/result.h"

namespace oncelog::app {

struct Settings {
  std::string data;
  HostPort listen;
  bool allow_anonymous = false;
  std::vector<std::string> allowed_hosts;
  std::vector<std::string> cors_origins;
  std::string log_level;
  std::chrono::seconds shutdown_grace{};

  uint64_t io_threads = 0;  // 0: half of the cores, at least one
  uint64_t connections_max = 0;
  uint64_t body_memory_bytes = 0;
  std::chrono::seconds idle_timeout{};
  std::chrono::seconds body_timeout{};

  uint64_t queue_bytes = 0;
  uint64_t frame_bytes = 0;
  uint64_t log_file_bytes = 0;
  uint64_t merge_bytes_per_second = 0;
  uint64_t seal_bytes_per_second = 0;
  uint64_t seal_backlog_bytes = 0;
  std::chrono::seconds erase_within{};
  uint64_t cache_bytes = 0;
  uint64_t index_table_entries = 0;
  bool bench_limit = false;
  uint64_t test_parts = 0;
};

// What a setting holds, where in Settings, and its bounds (inclusive).
struct TextKind {
  std::string Settings::*to;
};
struct AddressKind {
  HostPort Settings::*to;
};
struct SwitchKind {
  bool Settings::*to;
};
struct ListKind {
  std::vector<std::string> Settings::*to;
  bool (*takes)(std::string_view);  // of each item
  std::string what;
};
struct ChoiceKind {
  std::string Settings::*to;
  std::vector<std::string> choices;
};
struct CountKind {
  uint64_t Settings::*to;
  uint64_t min, max;
};
struct BytesKind {
  uint64_t Settings::*to;
  uint64_t min, max;
};
struct SecondsKind {
  std::chrono::seconds Settings::*to;
  std::chrono::seconds min, max;
};
using SettingKind = std::variant<TextKind, AddressKind, SwitchKind, ListKind, ChoiceKind, CountKind,
                                 BytesKind, SecondsKind>;

struct SettingSpec {
  std::string name;
  SettingKind kind;
  std::string default_text;  // parsed like any other value; empty for an empty list
  std::string help;
  bool advanced = false;  // kept out of the way in --help

  [[nodiscard]] std::string flag() const;         // "--queue-bytes"
  [[nodiscard]] std::string variable() const;     // "ONCELOG_QUEUE_BYTES"
  [[nodiscard]] std::string placeholder() const;  // "SIZE"
  [[nodiscard]] std::string allowed() const;      // "64KiB to 64MiB"
  [[nodiscard]] bool is_switch() const { return std::holds_alternative<SwitchKind>(kind); }
  [[nodiscard]] bool is_list() const { return std::holds_alternative<ListKind>(kind); }
};

std::span<const SettingSpec> SettingsTable();
const SettingSpec* FindSetting(std::string_view name);  // nullptr if there is none
std::vector<std::string> SettingNames();

// Parses `values` (several only for lists) and checks them against the bounds.
Status StoreSetting(const SettingSpec& spec, std::span<const std::string> values,
                    Settings& settings);
// The value as people would write it; lists joined by commas.
std::string ShowSetting(const SettingSpec& spec, const Settings& settings);

}  // namespace oncelog::app
