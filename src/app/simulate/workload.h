// Workload: every event of a run, made from the seed and its number, so that nothing has to be
// kept: the publishers write it, the auditor writes it again and compares.
//
//   Workload workload(options);
//   std::string body;
//   workload.Append({.event = 17, .stamp = 0, .kind = Kind::kFresh}, &body);
//   // {"topic":"sim.1f3a.4","event_id":"e17","timestamp":"2025-10-22T10:00:00.017000Z",…}
//
// Copies of an event differ in their timestamps only: its milliseconds are the event's, its
// microseconds the copy's `stamp`.
// Threads: immutable; share it freely. Units: events are numbered from 0.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/simulate/options.h"
#include "base/time.h"

namespace oncelog::app::simulate {

enum class Kind : uint8_t {
  kFresh,     // the publisher's first copy of its event
  kCopy,      // another one, re-stamped
  kConflict,  // the same identity with other content
  kInvalid,   // breaks a rule; `event` only numbers it
};

struct Submission {
  uint64_t event = 0;
  uint32_t stamp = 0;  // < kStamps
  Kind kind = Kind::kFresh;
  bool operator==(const Submission&) const = default;
};

class Workload {
 public:
  static constexpr uint32_t kStamps = 1000;

  explicit Workload(const Options& options);

  // How many submissions of each kind the plan holds.
  [[nodiscard]] uint64_t fresh() const { return fresh_; }
  [[nodiscard]] uint64_t copies() const { return copies_; }
  [[nodiscard]] uint64_t conflicts() const { return conflicts_; }
  [[nodiscard]] uint64_t invalid() const { return invalid_; }

  [[nodiscard]] uint64_t topics() const { return topics_; }
  [[nodiscard]] const std::string& topic_prefix() const { return topic_prefix_; }
  [[nodiscard]] std::string TopicName(uint64_t topic) const;
  [[nodiscard]] uint64_t TopicOf(uint64_t event) const;
  [[nodiscard]] static std::string EventId(uint64_t event);
  // The numbers back out of names; nullopt if they are none of this run.
  [[nodiscard]] std::optional<uint64_t> FindTopic(std::string_view name) const;
  [[nodiscard]] std::optional<uint64_t> FindEvent(std::string_view event_id) const;
  // Sent by other publishers, too, perhaps before its own.
  [[nodiscard]] bool IsShared(uint64_t event) const;
  // Whether a copy of the event may bear this time.
  [[nodiscard]] static bool IsTimeOf(uint64_t event, Instant time);

  void Append(const Submission& submission, std::string* out) const;
  // "sim.1f3a.4 / e17", for people.
  [[nodiscard]] std::string Name(uint64_t event) const;

 private:
  void AppendInvalid(const Submission& submission, std::string* out) const;
  void AppendHead(uint64_t topic, char id_mark, uint64_t number, std::string* out) const;
  void AppendPayload(const Submission& submission, std::string* out) const;

  uint64_t seed_;
  uint64_t topics_;
  uint64_t payload_bytes_;
  std::string topic_prefix_;
  uint64_t fresh_ = 0;
  uint64_t copies_ = 0;
  uint64_t conflicts_ = 0;
  uint64_t invalid_ = 0;
};

}  // namespace oncelog::app::simulate
