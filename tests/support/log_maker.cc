#include "tests/support/log_maker.h"

#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"
#include "tests/support/index_entries.h"

namespace oncelog::test {

event::RecordView LogRecord::view() const {
  return event::ParseRecord(bytes, 0, /*verify=*/false).Take();
}

LogMaker::LogMaker(store::FileSystem& fs, const std::string& path, LogStart start)
    : start_(std::move(start)),
      file_(fs.Open(path, store::OpenMode::kCreateNew).Take()),
      heads_(start_.heads),
      link_(start_.link) {}

void LogMaker::Append(std::string_view record) {
  records_.push_back({end(), {}, std::string(record)});
  frame_.payload()->append(record);
  frame_.CountRecord();
}

void LogMaker::Topic(uint32_t topic, std::string_view name) {
  std::string record;
  event::AppendTopicRecord(&record, {topic}, name, start_.store_seed);
  Append(record);
}

void LogMaker::Event(uint32_t topic, std::string_view json, Instant timestamp,
                     std::string_view source) {
  const event::IndexEntry entry = EntryOf(end().value);
  std::string record;
  event::AppendEventRecord(&record, entry.fingerprint(), entry.content(), timestamp, source, json);
  event::SealEventRecord(record.data(), record.size(), {topic}, {++heads_[topic]},
                         start_.store_seed);
  Append(record);
}

void LogMaker::Duplicates(uint32_t topic, uint32_t count, std::string_view source) {
  std::string record;
  event::AppendDuplicatesRecord(&record, {topic}, count, count / 2, source, start_.store_seed);
  Append(record);
}

void LogMaker::Conflict(uint32_t topic, std::string_view json) {
  std::string record;
  event::AppendConflictRecord(&record, {topic}, EntryOf(1), "s", json, start_.store_seed);
  Append(record);
}

void LogMaker::EndFrame(UnixMs received_at, bool mark) {
  for (; framed_ < records_.size(); ++framed_) records_[framed_].received_at = received_at;
  frame_.Finish({.file_id = start_.file_id,
                 .first_position = {end().value - frame_.records()},
                 .received_at = received_at,
                 .link = link_,
                 .mark = mark},
                start_.store_seed);
  Check(file_->WriteAt(offset_, frame_.bytes()).ok() && file_->DataSync().ok(),
        "a test can write its log");
  offset_ += frame_.bytes().size();
  link_ = frame_.header().checksum;
  frame_.Clear();
}

LogStart LogMaker::Next(uint64_t file_id) const {
  return {file_id, start_.store_seed, end(), link_, heads_};
}

std::string RandomUuid(std::mt19937_64& random) {
  std::string uuid = "00000000-0000-4000-8000-000000000000";
  for (char& c : uuid) {
    if (c != '-') c = "0123456789abcdef"[random() % 16];
  }
  return uuid;
}

namespace {

std::string RandomJson(std::mt19937_64& random, size_t bytes_max) {
  std::string json = R"({"topic":"t",)";
  if (random() % 4 == 0) json += R"("a":"\u00e9\n",)";
  switch (random() % 5) {
    case 0: json += R"("event_id":")" + std::to_string(random()) + "\""; break;
    case 1: json += R"("event_id":"0F000000-0000-4000-8000-000000000000")"; break;
    default: json += R"("event_id":")" + RandomUuid(random) + "\"";
  }
  json += R"(,"payload":{"text":")";
  for (size_t n = random() % bytes_max; n > 0; --n) {
    json += random() % 8 == 0 ? std::string("\xc3\xa4")
                              : std::string(1, static_cast<char>('a' + random() % 20));
  }
  return json + "\"}}";
}

Instant RandomTime(std::mt19937_64& random, bool odd) {
  constexpr uint32_t kUnits[] = {1, 1000, 1'000'000, 1'000'000'000};
  const uint32_t unit = kUnits[random() % 4];
  const auto nanos = static_cast<uint32_t>(random() % 1'000'000'000 / unit * unit);
  if (odd) return {static_cast<int64_t>(random()), nanos};
  return {1'760'000'000 + static_cast<int64_t>(random() % 100'000), nanos};
}

// A record that this version does not know and may skip.
std::string UnknownRecord(std::mt19937_64& random) {
  std::string record(12 + random() % 20, '\0');
  StoreLe(record.data(), static_cast<uint32_t>(record.size()));
  record[8] = 0x05;
  for (size_t i = 12; i < record.size(); ++i) record[i] = static_cast<char>(random());
  StoreLe(record.data() + 4, static_cast<uint32_t>(Checksum64(std::string_view(record).substr(8),
                                                              LogStart().store_seed)));
  return record;
}

}  // namespace

void MakeRandomLog(LogMaker* log, std::mt19937_64& random, const RandomLog& shape) {
  const size_t begin = log->records().size();
  int64_t now = 1'760'000'000'000;
  std::vector<bool> known(shape.topics);
  while (log->records().size() - begin < shape.records) {
    const auto topic = static_cast<uint32_t>(random() % shape.topics);
    if (!known[topic]) {
      log->Topic(topic, "тема " + std::to_string(topic));
      known[topic] = true;
    }
    const uint64_t dice = random() % 20;
    if (dice == 0) {
      log->Duplicates(topic, static_cast<uint32_t>(random() % 9 + 1), "source");
    } else if (dice == 1) {
      log->Conflict(topic, RandomJson(random, shape.json_bytes_max));
    } else if (dice == 2) {
      log->Append(UnknownRecord(random));
    } else {
      log->Event(topic, RandomJson(random, shape.json_bytes_max),
                 RandomTime(random, shape.odd_times),
                 std::string(random() % 3, 's') + std::to_string(random() % 4));
    }
    now += static_cast<int64_t>(random() % 5);
    if (random() % 50 == 0) log->EndFrame({now});
    if (random() % 200 == 0) log->EndFrame({now});
    if (random() % 300 == 0) {
      log->EndFrame({now});
      log->EndFrame({now}, /*mark=*/true);
    }
  }
  log->EndFrame({now});
}

}  // namespace oncelog::test
