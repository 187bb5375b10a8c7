// EventMaker: the benchmark's workload. Events of exactly kEventBytes, 100 topics by Zipf's law
// (exponent 0.9), random UUIDs as ids, a share of duplicates drawn from all the past.
//
//   EventMaker maker({.seed = 1});
//   char* end = maker.Write(out);      // the next event, kEventBytes of JSON
//   maker.unique()                     // how many identities were written so far
//
// Everything about an event is a keyed mix of its identity's number, so a duplicate of any age is
// made again without remembering it. A duplicate has a new timestamp, as a publisher's retry would.
//
// Threads: one at a time. Cost: some 10 ns an event, no allocation.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace oncelog::load {

inline constexpr size_t kEventBytes = 214;

// The finalizer of SplitMix64 (Steele, Lea, Flood 2014): every bit of input reaches every bit out.
constexpr uint64_t Mix(uint64_t word) {
  word ^= word >> 30;
  word *= 0xbf58476d1ce4e5b9U;
  word ^= word >> 27;
  word *= 0x94d049bb133111ebU;
  return word ^ word >> 31;
}

struct Workload {
  uint64_t seed = 1;
  double duplicates = 0.2;  // the share of submissions that repeat an identity
  uint64_t recent = 0;      // 0: from all the past; else from so many of the newest identities
};

class EventMaker {
 public:
  explicit EventMaker(const Workload& workload)
      : seed_(Mix(workload.seed ^ 0x6f6e63656c6f67U)),
        recent_(workload.recent),
        duplicate_below_(static_cast<uint64_t>(workload.duplicates * 4294967296.0)) {
    FillTopics();
    FillDigits();
  }

  // Writes kEventBytes at `out`, yields their end.
  char* Write(char* out) {
    const uint64_t draw = Mix(seed_ + written_ * kStep);
    const bool duplicate = unique_ > 0 && (draw & 0xffff'ffff) < duplicate_below_;
    const uint64_t identity = duplicate ? Past(draw) : unique_++;
    std::memcpy(out, kTemplate.data(), kEventBytes);
    const uint64_t high = Mix(~seed_ + identity * kStep);
    const uint64_t low = Mix(high + seed_);
    Put2(out + kTopicAt, topics_[low & 0xffff]);
    PutUuid(out + kIdAt, high, low);
    PutStamp(out + kStampAt);
    Put2(out + kSourceAt, static_cast<uint32_t>(high >> 8 & 0xff) % 100);
    Put2(out + kValueAt, static_cast<uint32_t>(high >> 16 & 0xff) % 100);
    ++written_;
    return out + kEventBytes;
  }

  [[nodiscard]] uint64_t written() const { return written_; }
  [[nodiscard]] uint64_t unique() const { return unique_; }

 private:
  static constexpr uint64_t kStep = 0x9e3779b97f4a7c15U;
  static constexpr std::string_view kTemplate =
      R"({"topic":"line.00","event_id":"00000000-0000-4000-8000-000000000000",)"
      R"("timestamp":"2025-10-22T00:00:00.000Z","source":"sensor_00",)"
      R"("payload":{"temperature":29.00,"humidity":61.5,"status":"ok","cycle":84,"shift":"b"}})";
  static_assert(kTemplate.size() == kEventBytes);
  static constexpr size_t kTopicAt = kTemplate.find("line.") + 5;
  static constexpr size_t kIdAt = kTemplate.find("00000000-");
  static constexpr size_t kStampAt = kTemplate.find("T00:") + 1;
  static constexpr size_t kSourceAt = kTemplate.find("sensor_") + 7;
  static constexpr size_t kValueAt = kTemplate.find("29.") + 3;

  uint64_t Past(uint64_t draw) const {
    const uint64_t span = recent_ > 0 && recent_ < unique_ ? recent_ : unique_;
    const auto back = static_cast<uint64_t>(static_cast<unsigned __int128>(Mix(draw)) * span >> 64);
    return unique_ - 1 - back;
  }

  void Put2(char* out, uint32_t number) const { std::memcpy(out, &decimal_[number], 2); }

  void PutUuid(char* out, uint64_t high, uint64_t low) const {
    high = (high & ~uint64_t{0xf0'00}) | 0x40'00;            // version 4, random
    low = (low & ~(uint64_t{3} << 62)) | uint64_t{1} << 63;  // its variant
    size_t at = 0;
    for (int byte = 0; byte < 16; ++byte) {
      if (byte == 4 || byte == 6 || byte == 8 || byte == 10) ++at;  // the template has the '-'
      const uint64_t word = byte < 8 ? high : low;
      std::memcpy(out + at, &hexadecimal_[word >> (56 - 8 * (byte & 7)) & 0xff], 2);
      at += 2;
    }
  }

  // A thousand submissions in a second of the day.
  void PutStamp(char* out) const {
    const auto second = static_cast<uint32_t>(written_ / 1000 % 86'400);
    const auto millis = static_cast<uint32_t>(written_ % 1000);
    Put2(out, second / 3600);
    Put2(out + 3, second / 60 % 60);
    Put2(out + 6, second % 60);
    out[9] = static_cast<char>('0' + millis / 100);
    Put2(out + 10, millis % 100);
  }

  void FillTopics() {
    std::array<double, kTopics> sums{};
    double sum = 0;
    for (size_t rank = 0; rank < kTopics; ++rank) {
      sum += 1 / std::pow(static_cast<double>(rank + 1), 0.9);
      sums[rank] = sum;
    }
    size_t rank = 0;
    for (size_t slot = 0; slot < topics_.size(); ++slot) {
      const double place = (static_cast<double>(slot) + 0.5) / static_cast<double>(topics_.size());
      while (sums[rank] < place * sum) ++rank;
      topics_[slot] = static_cast<uint8_t>(rank);
    }
  }

  void FillDigits() {
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (size_t i = 0; i < hexadecimal_.size(); ++i) {
      hexadecimal_[i] = {kDigits[i >> 4], kDigits[i & 15]};
    }
    for (size_t i = 0; i < decimal_.size(); ++i) decimal_[i] = {kDigits[i / 10], kDigits[i % 10]};
  }

  static constexpr size_t kTopics = 100;

  uint64_t seed_;
  uint64_t recent_;
  uint64_t duplicate_below_;  // of 2^32
  uint64_t written_ = 0;
  uint64_t unique_ = 0;
  std::array<uint8_t, 1 << 16> topics_{};  // a uniform 16-bit draw -> topic
  std::array<std::array<char, 2>, 256> hexadecimal_{};
  std::array<std::array<char, 2>, 100> decimal_{};
};

}  // namespace oncelog::load
