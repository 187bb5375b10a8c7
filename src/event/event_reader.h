// EventReader: one event of a parsed document: checked against event_rules.h, fingerprinted,
// hashed, and encoded as an event record into the batch's arena.
//
//   EventReader reader(key);
//   JsonCursor at = document.Root();
//   reader.Read(at, index, &batch);         // `at` is behind the event
//
// An event that breaks a rule becomes one InvalidSubmission, which names the first problem in this
// order: the event as a whole (not_an_object, too_large), topic, event_id, timestamp, source,
// payload, other members as they stand.
//
// Threads: one at a time; keeps its buffers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/hash.h"
#include "base/time.h"
#include "event/batch.h"
#include "event/content_walk.h"
#include "event/event_rules.h"
#include "event/json_document.h"

namespace oncelog::event {

// Longer tokens cannot be a valid event_id (each byte of it escaped as \u00XX) and are not echoed.
inline constexpr size_t kEventIdTokenBytesMax = 255 * 6 + 2;

class EventReader {
 public:
  explicit EventReader(const HashKey& key);

  // Steps `at` over the value and appends to batch->submissions or batch->invalid.
  void Read(JsonCursor& at, uint32_t index, Batch* batch);

  void Shrink() { walk_.Shrink(); }

 private:
  struct Scan;

  bool RefuseTooLarge(JsonCursor& at, uint32_t index, Batch* batch);
  static void Refuse(Violation broken, const FoundMember* event_id, uint32_t index, Batch* batch);
  void ScanMembers(JsonCursor& at, Scan* scan);
  void ScanKnown(JsonCursor& at, FoundMember* known, std::string_view name, Scan* scan);
  void ScanOther(JsonCursor& at, size_t object, std::string_view name, Scan* scan);
  // The hash of a member's value; if something in it is wrong, that is noted in `broken` unless
  // another problem already is. Steps over the value either way.
  std::optional<uint64_t> Walk(JsonCursor& at, std::string_view name,
                               std::optional<Violation>* broken);
  void Accept(const Scan& scan, const Instant& timestamp, uint32_t index, Batch* batch) const;

  HashKey key_;
  ContentWalk walk_;
  uint64_t source_text_;  // hashes of the two names that every content has
  uint64_t payload_text_;
};

}  // namespace oncelog::event
