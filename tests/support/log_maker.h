// LogMaker: a log file made record by record, and what it holds, to hold readers of it (or of what
// was made of it) against.
//
//   LogMaker log(fs, "d/1.log", {.file_id = 1});
//   log.Topic(0, "sensor.temp");
//   log.Event(0, R"({"topic":"sensor.temp", ...})");
//   log.EndFrame({1000});
//   MakeRandomLog(&log, random, {.topics = 5, .records = 1000});
//
// Records get positions, events sequences and identities of their own. Threads: one.
#pragma once

#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/numbers.h"
#include "base/time.h"
#include "event/record.h"
#include "store/fs/file_system.h"
#include "store/log/frame.h"

namespace oncelog::test {

struct LogRecord {
  Position position;
  UnixMs received_at;
  std::string bytes;  // of the whole record, sealed

  [[nodiscard]] event::RecordView view() const;
};

struct LogStart {
  uint64_t file_id = 1;
  uint64_t store_seed = 42;
  Position position;  // of the first record
  uint64_t link = 0;
  std::map<uint32_t, uint64_t> heads;  // of topics that go on
};

class LogMaker {
 public:
  LogMaker(store::FileSystem& fs, const std::string& path, LogStart start);

  void Topic(uint32_t topic, std::string_view name);
  void Event(uint32_t topic, std::string_view json, Instant timestamp = {},
             std::string_view source = "s");
  void Duplicates(uint32_t topic, uint32_t count, std::string_view source);
  void Conflict(uint32_t topic, std::string_view json);
  void Append(std::string_view record);  // whatever it is
  // Writes what was added since, also if that is nothing.
  void EndFrame(UnixMs received_at, bool mark = false);

  [[nodiscard]] const std::vector<LogRecord>& records() const { return records_; }
  [[nodiscard]] store::File& file() const { return *file_; }
  [[nodiscard]] uint64_t end_offset() const { return offset_; }
  [[nodiscard]] Position end() const { return {start_.position.value + records_.size()}; }
  // For a log file that goes on behind this one.
  [[nodiscard]] LogStart Next(uint64_t file_id) const;

 private:
  const LogStart start_;
  std::unique_ptr<store::File> file_;
  store::FrameBuilder frame_;
  std::vector<LogRecord> records_;
  size_t framed_ = 0;  // records in frames that were written
  std::map<uint32_t, uint64_t> heads_;
  uint64_t offset_ = 0;
  uint64_t link_ = 0;
};

struct RandomLog {
  uint32_t topics = 3;
  size_t records = 500;
  size_t json_bytes_max = 300;
  bool odd_times = false;  // any timestamp that fits its fields
};

// Events (some with UUIDs), duplicates, conflicts, records of a later version, marks between.
void MakeRandomLog(LogMaker* log, std::mt19937_64& random, const RandomLog& shape);

std::string RandomUuid(std::mt19937_64& random);

}  // namespace oncelog::test
