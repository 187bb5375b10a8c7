// Reader: what a partition has to say about its durable events. It never shows an event that is not
// on stable storage, and always shows what was acked before the call.
//
//   Result<ScanEnd> end = reader.ScanTopic("sensor.temp", {.after = 7, .limit = 1000}, visit);
//
// Threads: any number at once. Calls may read the disk: not for I/O loops.
// Ownership: views given to a visitor are valid during its call only.
// Errors: kDamaged (names file, offset, topic), kIo. An unknown topic is an empty scan.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/numbers.h"
#include "base/result.h"
#include "base/time.h"
#include "event/record.h"

namespace oncelog::store {

struct EventView {
  std::string_view json;  // as sent; see event/render.h
  Sequence sequence;
  Position position;  // only in ScanAll
  UnixMs received_at;
  Instant timestamp;        // the event's own
  std::string_view source;  // unescaped
};

// What a scan in several calls keeps from one to the next, so that each goes on where the last one
// ended at no cost. Empty at first; of one Reader, and of scans that differ in `after` only.
class ScanMemory {
 public:
  virtual ~ScanMemory() = default;
};

struct ScanOptions {
  bool descending = false;
  // Ascending: events behind this sequence (ScanTopic) or position (ScanAll); nullopt: from the
  // first. Descending: events before it; nullopt: from the newest.
  std::optional<uint64_t> after;
  size_t limit = 1000;          // events visited at most
  size_t scan_max = 2'000'000;  // records looked at at most: bounds a page of a rare filter
  // Of EventView::json over the whole scan: the event that reaches it is the last one visited, so
  // that a page of large events stays bounded in memory and reading.
  size_t bytes_max = SIZE_MAX;
  std::optional<std::string> source;
  std::optional<Instant> from, to;                   // timestamp, half-open
  std::optional<UnixMs> received_from, received_to;  // half-open
  std::unique_ptr<ScanMemory>* memory = nullptr;     // for a scan in several calls

  [[nodiscard]] bool filtered() const {
    return source || from || to || received_from || received_to;
  }
};

struct ScanEnd {
  uint64_t next = 0;  // give it as `after` to go on, also behind an empty page
  bool has_more =
      false;  // another matching event is stored, or scan_max or bytes_max ended the page
  uint64_t readable = 0;  // events that the scan could see, filters and `after` aside
};

using Visitor = std::function<void(const EventView&)>;
using TopicVisitor = std::function<void(uint64_t topic, const EventView&)>;

struct TopicInfo {
  std::string name;
  Sequence last_sequence;   // = events ever stored in it
  uint64_t events = 0;      // that can be read: the others' payloads are gone
  uint64_t duplicates = 0;  // dropped submissions, conflicts included
  uint64_t conflicts = 0;
  uint64_t bytes = 0;                          // of event JSON that can be read
  UnixMs first_received_at, last_received_at;  // of all ever stored; 0: none yet
  event::TopicSettings settings;
};

struct StoreTotals {
  uint64_t events = 0;      // ever stored
  uint64_t gone = 0;        // of these: the payload is gone
  uint64_t duplicates = 0;  // conflicts included
  uint64_t conflicts = 0;
  uint64_t topics = 0;
};

class Reader {
 public:
  virtual ~Reader() = default;
  virtual Result<ScanEnd> ScanTopic(std::string_view topic, const ScanOptions& options,
                                    const Visitor& visit) = 0;
  virtual Result<ScanEnd> ScanAll(const ScanOptions& options, const Visitor& visit) = 0;
  // kNotFound if there is none; kGone if its payload was erased or is past its retention.
  virtual Status Find(std::string_view topic, std::string_view event_id, const Visitor& visit) = 0;
  // The one event with that id of each of the next topics, from number `from` on in the order in
  // which topics were made. Answers how far it came: the number behind the last one looked at, and
  // `from` if there is none.
  virtual Result<uint64_t> FindInTopics(std::string_view event_id, uint64_t from,
                                        const TopicVisitor& visit) = 0;

  virtual std::optional<TopicInfo> Topic(std::string_view name) = 0;
  // In order of name, behind `after`, at most `limit`.
  virtual std::vector<TopicInfo> Topics(std::string_view prefix, std::string_view after,
                                        size_t limit) = 0;
  // The topics with the most events, largest first.
  virtual std::vector<TopicInfo> LargestTopics(size_t limit) = 0;
  virtual StoreTotals Totals() = 0;
};

}  // namespace oncelog::store
