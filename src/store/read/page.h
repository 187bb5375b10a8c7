// Page: what both kinds of scan share: filters, the limit, and where the page ends. Events whose
// payload is gone are passed over.
//
//   page.Offer(topic, view, key);        // key: the sequence or position to go on behind
//   if (page.full()) break;
//
// Threads: one.
#pragma once

#include <cstdint>

#include "store/read/reader.h"
#include "store/segment/event_block.h"
#include "store/segment/time_window.h"
#include "store/state/durable_state.h"

namespace oncelog::store {

class Page {
 public:
  Page(const DurableState& state, const ScanOptions& options, const Visitor& visit)
      : state_(state), options_(options), visit_(visit) {}

  // Whether an event received then can be on the page at all: saves reading it.
  [[nodiscard]] bool Wants(UnixMs received_at) const {
    return (!options_.received_from || received_at >= *options_.received_from) &&
           (!options_.received_to || received_at < *options_.received_to);
  }
  void Offer(TopicId topic, const EventView& event, uint64_t key) {
    if (!Matches(event) || state_.IsGone(topic, event.sequence)) {
      Skip(key);
    } else if (visited_ == options_.limit || bytes_ >= options_.bytes_max) {
      has_more_ = true;  // one more than fits: the page ends before it
    } else {
      ++visited_;
      bytes_ += event.json.size();
      visit_(event);
      Skip(key);
    }
  }
  void OfferSegment(const SegmentEvent& event, Position position, uint64_t key) {
    if (event.is_stub()) return Skip(key);
    Offer(event.topic,
          {event.json, event.sequence, position, event.received_at, event.timestamp, event.source},
          key);
  }
  // The record with that key, and those between it and the one before, are not for this page.
  void Skip(uint64_t key) {
    next_ = key;
    if (++scanned_ >= options_.scan_max) has_more_ = true;
  }

  [[nodiscard]] bool full() const { return has_more_; }
  [[nodiscard]] TimeWindow window() const {
    return {options_.from, options_.to, options_.received_from, options_.received_to};
  }
  // `start`: where the page began, if nothing was looked at; `readable`: of what it is a page.
  [[nodiscard]] ScanEnd End(uint64_t start, uint64_t readable) const {
    return {scanned_ == 0 ? start : next_, has_more_, readable};
  }

 private:
  [[nodiscard]] bool Matches(const EventView& event) const {
    return Wants(event.received_at) && (!options_.source || event.source == *options_.source) &&
           (!options_.from || event.timestamp >= *options_.from) &&
           (!options_.to || event.timestamp < *options_.to);
  }

  const DurableState& state_;
  const ScanOptions& options_;
  const Visitor& visit_;
  size_t visited_ = 0;
  size_t bytes_ = 0;
  size_t scanned_ = 0;
  uint64_t next_ = 0;
  bool has_more_ = false;
};

}  // namespace oncelog::store
