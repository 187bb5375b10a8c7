#include "app/bench/event_maker.h"

#include <cmath>
#include <cstring>

namespace oncelog::app::bench {
namespace {

constexpr uint64_t kStep = 0x9e3779b97f4a7c15U;
constexpr size_t kTopicAt = 10 + kTopicPrefix.size();

// An event whose changing places are zeros, and where they are.
struct Template {
  std::string_view text;
  size_t topic_digits = text.find('"', kTopicAt) - kTopicAt;
  size_t id_at = text.find("00000000-");
  size_t stamp_at = text.find("T00:") + 1;
  size_t source_at = text.find("sensor_") + 7;
  size_t value_at = text.find("29.") + 3;
};
constexpr Template kZipf{
    R"({"topic":"bench.00","event_id":"00000000-0000-4000-8000-000000000000",)"
    R"("timestamp":"2025-10-22T00:00:00.000Z","source":"sensor_00",)"
    R"("payload":{"temperature":29.00,"humidity":61.5,"status":"ok","cycle":8,"shift":"b"}})"};
constexpr Template kUniform{
    R"({"topic":"bench.000000","event_id":"00000000-0000-4000-8000-000000000000",)"
    R"("timestamp":"2025-10-22T00:00:00.000Z","source":"sensor_00",)"
    R"("payload":{"temperature":29.00,"humidity":61.5,"status":"ok","up":8,"room":"b"}})"};
static_assert(kZipf.text.size() == kEventBytes && kUniform.text.size() == kEventBytes);
static_assert(kZipf.text.substr(10).starts_with(kTopicPrefix) && kUniform.topic_digits == 6);

// The finalizer of SplitMix64 (Steele, Lea, Flood 2014): every bit of input reaches every bit out.
constexpr uint64_t Mix(uint64_t word) {
  word ^= word >> 30;
  word *= 0xbf58476d1ce4e5b9U;
  word ^= word >> 27;
  word *= 0x94d049bb133111ebU;
  return word ^ word >> 31;
}

}  // namespace

EventIdentity IdentityIn(const char* event) {
  const Template& form = event[kTopicAt + kZipf.topic_digits] == '"' ? kZipf : kUniform;
  const char* topic = event + kTopicAt - kTopicPrefix.size();
  return {{topic, kTopicPrefix.size() + form.topic_digits}, {event + form.id_at, 36}};
}

EventMaker::EventMaker(const Workload& workload)
    : draws_(Mix(workload.seed ^ 0x6f6e63656c6f67U)),
      ids_(Mix(workload.run ^ 0x6265'6e63'68U)),
      recent_(workload.recent),
      duplicate_below_(static_cast<uint64_t>(workload.duplicates * 4294967296.0)),
      known_(workload.known),
      topic_count_(workload.topics),
      identities_(workload.known) {
  FillTopics();
  FillDigits();
}

char* EventMaker::Write(char* out) {
  const uint64_t draw = Mix(draws_ + written_ * kStep);
  const bool duplicate = identities_ > 0 && (draw & 0xffff'ffff) < duplicate_below_;
  const uint64_t identity = duplicate ? Past(draw) : identities_++;
  const Template& form = topic_count_ == kZipfTopics ? kZipf : kUniform;
  std::memcpy(out, form.text.data(), kEventBytes);
  const uint64_t content = Mix(~draws_ + identity * kStep);
  const uint64_t high = Mix(~ids_ + identity * kStep);
  PutTopic(out + kTopicAt, content);
  PutUuid(out + form.id_at, high, Mix(high + ids_));
  PutStamp(out + form.stamp_at);
  Put2(out + form.source_at, static_cast<uint32_t>(content >> 16 & 0xff) % 100);
  Put2(out + form.value_at, static_cast<uint32_t>(content >> 24 & 0xff) % 100);
  ++written_;
  return out + kEventBytes;
}

uint64_t EventMaker::Past(uint64_t draw) const {
  const uint64_t span = recent_ > 0 && recent_ < identities_ ? recent_ : identities_;
  const auto back = static_cast<uint64_t>(static_cast<unsigned __int128>(Mix(draw)) * span >> 64);
  return identities_ - 1 - back;
}

void EventMaker::PutTopic(char* out, uint64_t content) const {
  if (topic_count_ == kZipfTopics) return Put2(out, topics_[content & 0xffff]);
  const auto topic = static_cast<uint32_t>((content >> 32) * topic_count_ >> 32);
  Put2(out, topic / 10'000);
  Put2(out + 2, topic / 100 % 100);
  Put2(out + 4, topic % 100);
}

void EventMaker::Put2(char* out, uint32_t number) const { std::memcpy(out, &decimal_[number], 2); }

void EventMaker::PutUuid(char* out, uint64_t high, uint64_t low) const {
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
void EventMaker::PutStamp(char* out) const {
  const auto second = static_cast<uint32_t>(written_ / 1000 % 86'400);
  const auto millis = static_cast<uint32_t>(written_ % 1000);
  Put2(out, second / 3600);
  Put2(out + 3, second / 60 % 60);
  Put2(out + 6, second % 60);
  out[9] = static_cast<char>('0' + millis / 100);
  Put2(out + 10, millis % 100);
}

void EventMaker::FillTopics() {
  std::array<double, kZipfTopics> sums{};
  double sum = 0;
  for (size_t rank = 0; rank < kZipfTopics; ++rank) {
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

void EventMaker::FillDigits() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (size_t i = 0; i < hexadecimal_.size(); ++i) {
    hexadecimal_[i] = {kDigits[i >> 4], kDigits[i & 15]};
  }
  for (size_t i = 0; i < decimal_.size(); ++i) decimal_[i] = {kDigits[i / 10], kDigits[i % 10]};
}

}  // namespace oncelog::app::bench
