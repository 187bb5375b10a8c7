// Stubs: events of segments whose JSON has left the disk (docs/adr/0003, point 5). Their rows still
// say fingerprint, sequence and content hash, so they count for the index; but how many bytes a
// topic has cannot be counted without their sizes, and whether they may be stubs is for the fold to
// say, which is known only when all of the log has been read.
//
//   Stubs stubs;
//   stubs.Add(topic, sequence, segment_number, block_offset);      // while reading
//   stubs.ForEachNotGone(retention, [](const StubRun& run) { … damage … });
//   for (const auto& [topic, bytes] : BytesOfStubs(parts, stubs, counted)) …
//
// The sizes follow from what the erase and retain records say: all bytes that went, less those of
// the gone events that still have their JSON, are those of the stubs.
//
// Threads: one. Memory: 40 bytes a run of neighbouring sequences in a block.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "store/state/retention_state.h"
#include "store/verify/read_again.h"

namespace oncelog::store {

// Neighbouring events of one topic in one block.
struct StubRun {
  TopicId topic;
  uint64_t first = 0, last = 0;  // sequences
  size_t segment = 0;            // which of the manifest's
  uint64_t offset = 0;           // of the block
};

class Stubs {
 public:
  void Add(TopicId topic, Sequence sequence, size_t segment, uint64_t offset);
  [[nodiscard]] bool empty() const { return runs_.empty(); }
  [[nodiscard]] bool Has(TopicId topic) const { return topics_.count(topic) > 0; }
  // Of any of the topics in between, both included.
  [[nodiscard]] bool HasAny(TopicId first, TopicId last) const;
  // Runs of which not every event is gone; `retention` as it stands at the end of the log.
  void ForEachNotGone(const RetentionState& retention,
                      const std::function<void(const StubRun&)>& visit) const;

 private:
  std::vector<StubRun> runs_;
  std::map<TopicId, uint64_t> topics_;  // and how many stubs each has
};

// What the records up to some position say is gone, and of how many bytes each topic was freed.
struct GoneSoFar {
  RetentionState retention;
  std::map<TopicId, uint64_t> freed_bytes;
};

// The same up to the end of the log; `so_far` up to the cover.
GoneSoFar GoneAtTheEnd(const StoreParts& parts, GoneSoFar so_far);

// Bytes of JSON that the stubs of each topic had; `gone` up to the end of the log.
std::map<TopicId, uint64_t> BytesOfStubs(const StoreParts& parts, const Stubs& stubs,
                                         const GoneSoFar& gone);

}  // namespace oncelog::store
