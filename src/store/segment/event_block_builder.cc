#include "store/segment/event_block_builder.h"

#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "store/segment/event_block.h"
#include "store/segment/packed.h"
#include "store/segment/uuid_text.h"

namespace oncelog::store {
namespace {

constexpr size_t kColumnBytes = 8;  // what the columns of an event take, about
constexpr uint32_t kUnitMax = 1'000'000'000;

}  // namespace

bool EventBlockBuilder::HasRoomFor(const event::RecordView& record) const {
  const size_t bytes = text_.size() + sources_.size() + (entry_.items + 1) * kColumnBytes;
  return empty() || bytes + record.json.size() + record.source.size() <= kBlockRawBytes;
}

void EventBlockBuilder::Add(const event::RecordView& record, UnixMs received_at) {
  const Sequence sequence = record.entry.sequence();
  if (empty()) {
    entry_.first_topic = record.topic;
    entry_.first_sequence = sequence;
  }
  if (runs_.empty() || runs_.back().topic != record.topic) {
    Check(runs_.empty() || runs_.back().topic < record.topic, "topics of a block are in order");
    runs_.push_back({record.topic, sequence, 0});
  }
  Run& run = runs_.back();
  Check(sequence.value == run.first.value + run.events, "sequences of a run are dense");
  ++run.events;
  ++entry_.items;
  entry_.last_topic = record.topic;
  entry_.last_sequence = sequence;
  const bool stub = record.json.empty();
  const Instant timestamp = stub ? Instant{last_seconds_, last_nanos_} : record.timestamp;
  entry_.CountTimes(stub ? kNoTimestamp : timestamp, received_at);

  // Differences wrap around, whatever the publisher's clock says.
  const auto difference = [](int64_t to, int64_t from) {
    return static_cast<int64_t>(static_cast<uint64_t>(to) - static_cast<uint64_t>(from));
  };
  PutSigned(&received_, difference(received_at.value, last_received_));
  last_received_ = received_at.value;
  PutSigned(&seconds_, difference(timestamp.seconds, last_seconds_));
  last_seconds_ = timestamp.seconds;
  nanos_.push_back(last_nanos_ = timestamp.nanos);
  while (timestamp.nanos % unit_ != 0) unit_ /= 1000;
  PutVarint(&source_column_, SourceNumber(stub ? std::string_view() : record.source));
  PutText(record.json);
  PutIdentity(record.entry);
}

uint32_t EventBlockBuilder::SourceNumber(std::string_view source) {
  if (!source_numbers_.empty() && source == last_source_text_) return last_source_;
  auto found = source_numbers_.find(source);
  if (found == source_numbers_.end()) {
    const auto number = static_cast<uint32_t>(source_numbers_.size());
    found = source_numbers_.emplace(std::string(source), number).first;
    PutVarint(&sources_, source.size());
    sources_.append(source);
  }
  last_source_text_ = found->first;  // keys of the map stay where they are
  last_source_ = found->second;
  return last_source_;
}

void EventBlockBuilder::PutText(std::string_view json) {
  PutVarint(&lengths_, json.size());
  const std::optional<size_t> cut = FindUuid(json, last_cut_);
  if (!cut) {
    PutVarint(&cuts_, 0);
    text_.append(json);
    return;
  }
  PutVarint(&cuts_, *cut + 1);
  text_.append(json.substr(0, *cut));
  text_.append(json.substr(*cut + kUuidTextBytes));
  std::array<char, kUuidBytes> uuid;
  PackUuid(json.substr(*cut), uuid.data());
  uuids_.append(uuid.data(), uuid.size());
  last_cut_ = *cut;
}

void EventBlockBuilder::PutIdentity(const event::IndexEntry& identity) {
  const event::Fingerprint id = identity.fingerprint();
  const uint64_t content = identity.content().value;
  std::array<char, kIdentityBytes> bytes;
  StoreLe(bytes.data(), id.high);
  StoreLe(bytes.data() + 8, static_cast<uint32_t>(id.low40));
  StoreLe(bytes.data() + 12, static_cast<uint8_t>(id.low40 >> 32));
  StoreLe(bytes.data() + 13, static_cast<uint32_t>(content));
  StoreLe(bytes.data() + 17, static_cast<uint16_t>(content >> 32));
  identities_.append(bytes.data(), bytes.size());
}

BlockEntry EventBlockBuilder::Finish(Compressor& compressor, std::string* stored) {
  Check(!empty(), "a block holds at least one event");
  raw_.clear();
  PutVarint(&raw_, runs_.size());
  TopicId before;
  for (const Run& run : runs_) {
    PutVarint(&raw_, run.topic.value - before.value);
    PutVarint(&raw_, run.first.value);
    PutVarint(&raw_, run.events);
    before = run.topic;
  }
  char zeros = 0;
  for (uint32_t unit = unit_; unit > 1; unit /= 10) ++zeros;
  raw_.push_back(zeros);
  PutVarint(&raw_, source_numbers_.size());
  raw_ += sources_;
  raw_ += received_;
  raw_ += seconds_;
  PutFractions(&raw_);
  raw_ += source_column_;
  raw_ += lengths_;
  raw_ += cuts_;
  raw_ += text_;

  stored->assign(sizeof(uint32_t), '\0');
  compressor.Append(raw_, stored);
  StoreLe(stored->data(), static_cast<uint32_t>(stored->size() - sizeof(uint32_t)));
  *stored += identities_;
  *stored += uuids_;
  BlockEntry entry = entry_;
  entry.raw_bytes = static_cast<uint32_t>(raw_.size());
  entry.stored_bytes = static_cast<uint32_t>(stored->size());
  Clear();
  return entry;
}

void EventBlockBuilder::PutFractions(std::string* raw) const {
  int64_t before = 0;
  for (const uint32_t nanos : nanos_) {
    const int64_t fraction = nanos / unit_;
    PutSigned(raw, fraction - std::exchange(before, fraction));
  }
}

void EventBlockBuilder::Clear() {
  entry_ = {};
  runs_.clear();
  source_numbers_.clear();
  last_source_text_ = {};
  last_received_ = last_seconds_ = 0;
  last_nanos_ = 0;
  nanos_.clear();
  unit_ = kUnitMax;
  for (std::string* part : {&sources_, &received_, &seconds_, &source_column_, &lengths_, &cuts_,
                            &text_, &identities_, &uuids_}) {
    part->clear();
  }
}

}  // namespace oncelog::store
