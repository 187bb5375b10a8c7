// TopicScan: one page of one topic's events, in order of sequence, up or down, out of segments and
// log files.
//
//   TopicScan scan(state, store_seed, topic, options, visit);
//   Result<ScanEnd> end = scan.Run();
//
// Threads: one. Places in log files are looked up in chunks, so that no lock is held over a disk
// read.
#pragma once

#include <vector>

#include "store/read/page.h"
#include "store/read/record_fetcher.h"
#include "store/read/segment_search.h"
#include "store/state/durable_state.h"

namespace oncelog::store {

class TopicScan {
 public:
  TopicScan(const DurableState& state, uint64_t store_seed, DurableState::TopicHead topic,
            const ScanOptions& options, const Visitor& visit);

  Result<ScanEnd> Run();

 private:
  // One event's place.
  struct Place {
    const LogFile* file;
    uint32_t offset;
    UnixMs received_at;
  };

  Status Up(uint64_t after);
  Status Down(uint64_t before);
  // Visits the topic's events in that segment from the one behind `*at` on; leaves in `*at` where
  // to go on.
  Status UpSegment(const TopicInSegment& in, uint64_t* at);
  Status DownSegment(const TopicInSegment& in, uint64_t* at);
  Status UpLogs(uint64_t* at);
  Status DownLogs(uint64_t* at);
  // Fills places_ with those events of sequences [first, last] that lie in the same file as
  // `anchor`, which is one of them; yields the sequence of the first.
  Result<uint64_t> FindPlaces(uint64_t first, uint64_t last, uint64_t anchor);
  Status AddPlaces(const LogFile& file, const TopicIndex& index);
  Status Visit(const Place& place, uint64_t sequence);

  const DurableState& state_;
  const DurableState::TopicHead topic_;
  const ScanOptions& options_;
  DurableState::Pinned pinned_;
  Page page_;
  RecordFetcher fetcher_;
  size_t chunk_;
  std::vector<uint32_t> offsets_;
  std::vector<Place> places_;
};

}  // namespace oncelog::store
