// What was erased and cannot leave the disk in time: told in every way there is, until it has left.
#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "tests/model/tiny_store.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/publishing.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::test {
namespace {

using ingest::Change;
using ingest::Engine;
using ingest::EngineOptions;

TestEvent Made(int id) { return {"topic0", std::to_string(id), 1}; }

// Eight events.
void Publish(Engine& engine, int from) {
  std::vector<TestEvent> events;
  for (int id = from; id < from + 8; ++id) events.push_back(Made(id));
  ASSERT_TRUE(engine.Apply(BatchOf(engine.hash_key(), events)).status.ok());
}

void Erase(Engine& engine, int id) {
  const TestEvent event = Made(id);
  Change change{ingest::EraseEvent{event.topic, event.id, event.Json().size()}, {}};
  ASSERT_TRUE(engine.ApplyChange(&change).ok());
}

// What was erased is in the file that is written to, and there is no other to go on in.
TEST(EraseOverdueTest, IsToldAndMends) {
  UnsyncedFileSystem fs;
  FaultFileSystem faults(fs);
  std::mutex mutex;
  std::vector<std::string> alarms;
  EngineOptions options = TinySealingOptions();
  options.sealing.erase_within = std::chrono::milliseconds(4);
  options.log_file_bytes_min = uint64_t{2} << 20;  // nothing but erasing asks for another file
  options.log_file_bytes_max = options.log_file_bytes_min;
  options.alarm = [&](const std::string& line) {
    const std::lock_guard lock(mutex);
    alarms.push_back(line);
  };
  auto engine = Engine::Open(faults, "data", options).Take();
  Publish(*engine, 0);
  const uint64_t before = faults.faults();
  faults.Plan({.call = FsCall::kExists,  // of the name of a new file
               .code = Code::kDiskFull,
               .for_ever = true,
               .path_part = ".log"});
  Erase(*engine, 3);  // may leave yet, if the next file was made already
  ASSERT_TRUE(Becomes([&] { return faults.faults() > before; })) << "the one behind it was not";
  Publish(*engine, 8);
  Erase(*engine, 11);
  const auto detail_tells = [&] {
    return engine->health_detail().find("should have left the disk") != std::string::npos;
  };
  EXPECT_TRUE(Becomes([&] { return engine->figures().erase_overdue && detail_tells(); }));
  EXPECT_EQ(engine->health(), ingest::Health::kOk) << "events are taken all the same";
  {
    const std::lock_guard lock(mutex);
    EXPECT_TRUE(std::any_of(alarms.begin(), alarms.end(), [](const std::string& line) {
      return line.find("erase-within") != std::string::npos;
    }));
  }
  faults.Heal();
  EXPECT_TRUE(Becomes([&] { return !engine->figures().erase_overdue && !detail_tells(); }));
  EXPECT_TRUE(Becomes([&] { return engine->figures().gone_events_on_disk == 0; }));
}

}  // namespace
}  // namespace oncelog::test
