// StoreWorld: a store on a file system in memory and everybody who uses it, for one Simulation:
// publishers who send the same events at the same time, one who changes settings and erases, a
// reader, backups; lives that end by a stop, a kill at any step, a power loss or a fault; and the
// oracle that holds the store against what was answered and read.
//
//   Simulation simulation(seed);
//   simulation.Run([&] {
//     StoreWorld world(simulation, seed);
//     while (…) wrong = world.Live();
//     wrong = world.LastLife();
//   });
//
// Threads: the calls are the body's of a simulation.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "ingest/engine.h"
#include "tests/model/oracle.h"
#include "tests/simulation/scheduler.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::test {

class StoreWorld : private ingest::CompletionSink {
 public:
  StoreWorld(Simulation& simulation, uint64_t seed);

  // The store as it lies there is checked; then it is used until the life's end. Yields what is
  // wrong, or empty.
  std::string Live();
  // All that was ever sent is sent again, undisturbed; then the stopped store is verified.
  std::string LastLife();

  [[nodiscard]] const Oracle& oracle() const { return oracle_; }
  // So that a test can see that it did not simulate nothing.
  struct Happened {
    uint64_t deaths = 0, faults = 0, backups = 0, segments = 0, rewritten = 0, gone = 0;
  };
  [[nodiscard]] const Happened& happened() const { return happened_; }

 private:
  struct Inbox;
  struct Numbered;
  enum class End { kStop, kKill, kPowerLoss, kFault };
  struct Copy {  // a backup, and what was known when it was begun
    std::string directory;
    Oracle oracle;
  };

  uint64_t Draw(uint64_t below) { return random_() % below; }
  ingest::EngineOptions Options();

  // From here on nothing gets to the disk any more, and nobody hears or sees anything.
  void Die(FaultFileSystem& faults);
  void PlanFault(FaultFileSystem& faults);
  // Whether an error is what this life has to expect.
  [[nodiscard]] bool Disturbed() const { return dead_ || faulty_; }
  [[nodiscard]] bool MayBe(const Status& answer) const;  // to a change
  void Wrong(std::string what);

  void Settled(std::vector<std::unique_ptr<ingest::Work>> works) override;

  std::string Check();  // the store on the disk, by a start on a copy of it
  std::string CheckBackup(const Copy& copy);
  void Use(ingest::Engine& engine);
  void SetUp(ingest::Engine& engine);

  void Publish(ingest::Engine& engine, uint64_t seed);
  // False if it was not answered with verdicts.
  bool PublishSome(ingest::Engine& engine, std::mt19937_64& random);
  void FindAcked(ingest::Engine& engine, const TestEvent& event);
  std::vector<TestEvent> DrawBatch(std::mt19937_64& random);
  TestEvent EventOf(uint64_t id) const;

  void ChangeThings(ingest::Engine& engine, uint64_t seed);
  void Erase(ingest::Engine& engine, const TestEvent& event);
  void Set(ingest::Engine& engine, const std::string& topic, uint64_t age_seconds);
  void Read(ingest::Engine& engine, uint64_t seed);
  void ReadTopic(ingest::Engine& engine, const std::string& topic);
  void TakeBackup();
  std::string SendAgain(ingest::Engine& engine, const std::vector<TestEvent>& events);

  Simulation& simulation_;
  std::mt19937_64 random_;
  std::unique_ptr<UnsyncedFileSystem> fs_ = std::make_unique<UnsyncedFileSystem>();
  bool dead_ = false;  // these two: of the life that is being lived
  bool faulty_ = false;
  bool changes_ = false;

  std::mutex mutex_;  // guards what follows, which many threads tell and ask
  Oracle oracle_;
  std::vector<std::vector<TestEvent>> sent_;
  uint64_t next_id_ = 0;
  bool retains_ = false;  // the topic that loses its oldest events is set up
  std::string wrong_;
  std::optional<Copy> copy_;
  Happened happened_;
};

}  // namespace oncelog::test
