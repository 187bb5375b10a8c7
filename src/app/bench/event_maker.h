// EventMaker: the benchmarks' workload, for oncelog, its limit and its peers alike. Events of
// exactly kEventBytes, 100 topics by Zipf's law (exponent 0.9), random UUIDs as ids, a share of
// duplicates drawn from all the past.
//
//   EventMaker maker({.seed = 1, .run = random});
//   char* end = maker.Write(out);      // the next event, kEventBytes of JSON
//   IdentityIn(out).event_id           // for who must know it without parsing
//   maker.unique()                     // how many new identities were written so far
//
// Everything about an event is a keyed mix of its identity's number, so a duplicate of any age is
// made again without remembering it. A duplicate has a new timestamp, as a publisher's retry would.
//
// Threads: one at a time. Cost: some 10 ns an event, no allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace oncelog::app::bench {

inline constexpr size_t kEventBytes = 214;
// Every topic of a benchmark begins like this, so that its events are told from others.
inline constexpr std::string_view kTopicPrefix = "bench.";
inline constexpr uint32_t kZipfTopics = 100;
inline constexpr uint32_t kTopicsMax = 1'000'000;

struct Workload {
  uint64_t seed = 1;        // of which identity comes when, in which topic
  uint64_t run = 0;         // of the ids: two runs have none in common
  double duplicates = 0.2;  // the share of submissions that repeat an identity
  uint64_t recent = 0;      // 0: from all the past; else from so many of the newest identities
  uint64_t known = 0;       // so many identities of this seed and run were stored before
  uint32_t topics = kZipfTopics;  // any other number, to kTopicsMax: all equally likely
};

struct EventIdentity {
  std::string_view topic;
  std::string_view event_id;
};
// Of an event that an EventMaker wrote at `event`.
EventIdentity IdentityIn(const char* event);

class EventMaker {
 public:
  explicit EventMaker(const Workload& workload);

  // Writes kEventBytes at `out`, yields their end.
  char* Write(char* out);

  [[nodiscard]] uint64_t written() const { return written_; }
  [[nodiscard]] uint64_t unique() const { return identities_ - known_; }

 private:
  [[nodiscard]] uint64_t Past(uint64_t draw) const;
  void PutTopic(char* out, uint64_t content) const;
  void Put2(char* out, uint32_t number) const;
  void PutUuid(char* out, uint64_t high, uint64_t low) const;
  void PutStamp(char* out) const;
  void FillTopics();
  void FillDigits();

  uint64_t draws_;
  uint64_t ids_;
  uint64_t recent_;
  uint64_t duplicate_below_;  // of 2^32
  uint64_t known_;
  uint32_t topic_count_;
  uint64_t written_ = 0;
  uint64_t identities_;                    // known and written ones
  std::array<uint8_t, 1 << 16> topics_{};  // a uniform 16-bit draw -> topic
  std::array<std::array<char, 2>, 256> hexadecimal_{};
  std::array<std::array<char, 2>, 100> decimal_{};
};

}  // namespace oncelog::app::bench
