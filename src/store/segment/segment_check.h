// All of a segment, front to back: to make index and checkpoint again, and to verify every byte.
//
//   Status s = ReadSegment(*segment, {.record = ..., .event = ...});
//   Status s = VerifySegment(*segment, store_seed);
//   CheckSegment(*segment, store_seed, visitor);         // goes on behind damage, and tells all
//
// Events come first, by topic and sequence, then all records that are no events, in order of
// position. A fold over them yields the same state as the log's order: a topic's events come in the
// order of their durability, what says that some are gone comes behind them, and nothing in the
// state depends on the order of different topics. (The numbers of topics are in their records.)
//
// CheckSegment reads every block and finds, besides damage, whatever a faulty writer could have got
// wrong: bounds of times, the count of stubs, the list of topics, an order that is no permutation,
// or that has a topic's events out of sequence. VerifySegment answers with the first thing it
// finds.
//
// Threads: any number at once. Memory: one block; the checks 8 bytes a record that is no event
// and 28 a topic.
// Blocks are not kept in the cache. Errors: as segment.h says, and those of the visitors.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "store/segment/segment.h"

namespace oncelog::store {

struct SegmentVisitor {
  std::function<Status(const SegmentRecord&)> record;
  std::function<Status(const SegmentEvent&, const event::IndexEntry&)> event;
};

Status ReadSegment(const Segment& segment, const SegmentVisitor& visitor);

// Events of a topic that a block holds.
struct TopicEvents {
  TopicId topic;
  Sequence first, last;
};

class SegmentCheckVisitor {
 public:
  virtual ~SegmentCheckVisitor() = default;
  // Before what it holds, or before it is told to be damaged.
  virtual void Block(const BlockEntry& /*entry*/) {}
  virtual void Event(const SegmentEvent& event, const event::IndexEntry& identity,
                     const BlockEntry& block) = 0;
  virtual void Record(const SegmentRecord& record, const BlockEntry& block) = 0;
  // `lost`: the events that can no longer be read, as far as they are known.
  virtual void Damage(const Error& error, const std::vector<TopicEvents>& lost) = 0;
  // Asked behind each block.
  virtual bool enough() { return false; }
};

// `store_seed`: of the checksums of the records themselves.
void CheckSegment(const Segment& segment, uint64_t store_seed, SegmentCheckVisitor& visitor);
Status VerifySegment(const Segment& segment, uint64_t store_seed);

}  // namespace oncelog::store
