#include "tests/simulation/store_world.h"

#include <condition_variable>
#include <utility>

#include "store/backup/backup.h"
#include "store/backup/restore.h"
#include "store/verify/verifier.h"
#include "tests/support/disk_image.h"

namespace oncelog::test {
namespace {

using ingest::Engine;
using ingest::EngineOptions;

const std::string kRetained = "retained";
constexpr uint64_t kRetainedBytes = 3000;
constexpr uint64_t kNotTheSchedulers = 0x9e3779b97f4a7c15;  // draws of its own

// What may have been done, to be told before it is: others can see it before who asked for it.
Status Perhaps() { return Error(Code::kReadOnly, "not known yet"); }

}  // namespace

// The works of one publisher that are on their way.
struct StoreWorld::Inbox {
  std::condition_variable news;
  size_t settled = 0;
  bool all_ok = true;
};

struct StoreWorld::Numbered : ingest::Work {
  Numbered(size_t its_number, Inbox& its_inbox) : number(its_number), inbox(its_inbox) {}
  const size_t number;  // of the batch, as the oracle counts
  Inbox& inbox;
};

StoreWorld::StoreWorld(Simulation& simulation, uint64_t seed)
    : simulation_(simulation), random_(seed ^ kNotTheSchedulers) {
  oracle_.Retains(kRetained, kRetainedBytes);
}

EngineOptions StoreWorld::Options() {
  EngineOptions options;
  options.log_file_bytes_min = uint64_t{16} << 10;
  options.log_file_bytes_max = uint64_t{64} << 10;
  options.frame_bytes = size_t{8} << 10;
  options.overlap_bytes_min = Draw(3) == 0 ? 0 : Draw(8) << 10;  // who syncs which frames
  if (Draw(4) == 0) options.queue_bytes_max = 2048;              // then some are told to come again
  options.index.table_entries_max = 64;
  options.index.group_entries_max = 1024;
  options.index.tier_runs = 2;
  options.sealing.group_bytes_max = uint64_t{32} << 10;
  if (Draw(4) == 0) options.sealing.backlog_bytes_max = (8 + Draw(120)) << 10;
  options.sealing.erase_within = std::chrono::milliseconds(40);
  options.retention_every = std::chrono::milliseconds(10);
  return options;
}

void StoreWorld::Wrong(std::string what) {
  if (wrong_.empty()) wrong_ = std::move(what);
}

bool StoreWorld::MayBe(const Status& answer) const {
  return answer.ok() || Disturbed() || answer.error().code() == Code::kBusy;
}

void StoreWorld::Die(FaultFileSystem& faults) {
  dead_ = true;
  faults.PlanInstead({.call = FsCall::kChange, .for_ever = true});
}

void StoreWorld::PlanFault(FaultFileSystem& faults) {
  const FaultKind& kind = FaultKinds()[Draw(FaultKinds().size())];
  faulty_ = true;
  faults.Plan({.call = kind.call,
               .nth = 1 + Draw(uint64_t{1} << Draw(9)),
               .code = kind.takes_space && Draw(2) == 0 ? Code::kDiskFull : Code::kIo,
               .for_ever = Draw(2) == 0});
}

// One sink for all publishers: within a frame, too, the oracle hears the answers in their order.
void StoreWorld::Settled(std::vector<std::unique_ptr<ingest::Work>> works) {
  const std::lock_guard lock(mutex_);
  for (const auto& work : works) {
    const auto& numbered = static_cast<const Numbered&>(*work);
    const Status& status = work->outcome.status;
    if (!dead_) Wrong(oracle_.Answered(numbered.number, work->outcome));
    if (!status.ok() && !Disturbed()) Wrong("refused for no reason: " + status.error().message());
    Inbox& inbox = numbered.inbox;
    inbox.all_ok = inbox.all_ok && status.ok();
    ++inbox.settled;
    inbox.news.notify_all();
  }
}

std::string StoreWorld::Live() {
  if (std::string wrong = Check(); !wrong.empty()) return "at rest: " + wrong;
  FaultFileSystem faults(*fs_);
  const auto end = static_cast<End>(Draw(4));
  dead_ = false;
  faulty_ = false;
  changes_ = Draw(2) == 0;
  if (end == End::kFault) PlanFault(faults);
  if (end == End::kKill || end == End::kPowerLoss) {
    simulation_.After(Draw(uint64_t{1} << (6 + Draw(10))), [&] { Die(faults); });
  }
  Result<std::unique_ptr<Engine>> engine = Engine::Open(faults, "data", Options());
  if (engine.ok()) {
    Use(**engine);
    const Status stopped = (*engine)->Stop();
    const ingest::EngineFigures figures = (*engine)->figures();
    happened_.deaths += dead_ ? 1 : 0;
    happened_.faults += faults.faults() > 0 && !dead_ ? 1 : 0;
    happened_.segments += figures.segments;
    happened_.rewritten += figures.segments_rewritten;
    happened_.gone += (*engine)->reader().Totals().gone;
    if (!Disturbed() && !stopped.ok()) Wrong("no clean stop: " + stopped.error().message());
    engine->reset();
  } else if (!Disturbed() || engine.error().code() == Code::kDamaged) {
    Wrong("refused to start: " + engine.error().message());
  }
  simulation_.Forget();
  if (end == End::kPowerLoss || (end == End::kFault && Draw(2) == 0)) {
    const size_t sector_bytes = Draw(2) == 0 ? 512 : 4096;
    fs_ = fs_->LosePower(random_(), sector_bytes);
  }
  if (copy_ && wrong_.empty()) wrong_ = CheckBackup(*copy_);
  copy_.reset();
  return wrong_;
}

std::string StoreWorld::Check() {
  if (!*fs_->Exists("data")) return "";  // not used yet
  const std::unique_ptr<UnsyncedFileSystem> copy = PutImage(TakeImage(*fs_, "data"));
  Result<std::unique_ptr<Engine>> engine = Engine::Open(*copy, "data", Options());
  if (!engine.ok()) return engine.error().message();
  // Stopped, as nothing is to go while it is counted.
  if (Status s = (*engine)->Stop(); !s.ok()) return s.error().message();
  return oracle_.Check(**engine);
}

std::string StoreWorld::CheckBackup(const Copy& copy) {
  const std::string directory = "restored/" + std::to_string(happened_.backups);
  const Result<store::BackupList> restored =
      store::RestoreBackup(*fs_, copy.directory, directory, UnixMs{1}, nullptr);
  if (!restored.ok()) return "a backup is not restored: " + restored.error().message();
  Result<std::unique_ptr<Engine>> engine = Engine::Open(*fs_, directory, Options());
  if (!engine.ok()) return "a restored backup does not start: " + engine.error().message();
  if (Status s = (*engine)->Stop(); !s.ok()) return s.error().message();
  Oracle known = copy.oracle;
  for (size_t batch = known.batches(); batch < sent_.size(); ++batch) known.Sent(sent_[batch]);
  const std::string wrong = known.Check(**engine);
  return wrong.empty() ? "" : "restored from a backup: " + wrong;
}

void StoreWorld::Use(Engine& engine) {
  SetUp(engine);
  std::vector<std::thread> threads;
  for (uint64_t publishers = 1 + Draw(3); publishers > 0; --publishers) {
    threads.emplace_back([&, seed = random_()] { Publish(engine, seed); });
  }
  if (changes_) threads.emplace_back([&, seed = random_()] { ChangeThings(engine, seed); });
  if (Draw(2) == 0) threads.emplace_back([&, seed = random_()] { Read(engine, seed); });
  if (!changes_ && Draw(4) == 0) threads.emplace_back([&] { TakeBackup(); });
  for (std::thread& thread : threads) thread.join();
}

// Before anything is sent to that topic.
void StoreWorld::SetUp(Engine& engine) {
  ingest::Change change{ingest::SetSettings{kRetained, {0, kRetainedBytes}}, {}};
  const Status set = engine.ApplyChange(&change);
  if (!MayBe(set)) Wrong("settings were refused: " + set.error().message());
  if (set.ok() && !dead_) retains_ = true;
}

TestEvent StoreWorld::EventOf(uint64_t id) const {
  const bool retained = retains_ && id % 6 == 5;
  return {retained ? kRetained : "topic" + std::to_string(id % 5), "id" + std::to_string(id),
          static_cast<int>(id % 7), id * 2654435761 % (id % 20 == 0 ? 3000 : 300)};
}

std::vector<TestEvent> StoreWorld::DrawBatch(std::mt19937_64& random) {
  std::vector<TestEvent> events;
  for (uint64_t left = random() % 5 == 0 ? 1 + random() % 40 : 1 + random() % 4; left > 0; --left) {
    if (!sent_.empty() && random() % 3 == 0) {
      const std::vector<TestEvent>& batch = sent_[random() % sent_.size()];
      // Often what somebody else is sending just now.
      const std::vector<TestEvent>& from = random() % 2 == 0 ? sent_.back() : batch;
      events.push_back(from[random() % from.size()]);
      if (random() % 8 == 0) ++events.back().value;  // a conflict
    } else {
      events.push_back(EventOf(next_id_++));
    }
  }
  return events;
}

void StoreWorld::Publish(Engine& engine, uint64_t seed) {
  std::mt19937_64 random(seed);
  for (uint64_t rounds = random() % 16; rounds > 0; --rounds) {
    if (!PublishSome(engine, random)) return;
  }
}

bool StoreWorld::PublishSome(Engine& engine, std::mt19937_64& random) {
  Inbox inbox;
  std::vector<TestEvent> taken;  // one of each batch
  for (uint64_t works = 1 + random() % 3; works > 0; --works) {
    std::unique_lock lock(mutex_);
    const std::vector<TestEvent> events = DrawBatch(random);
    sent_.push_back(events);
    std::unique_ptr<ingest::Work> work = std::make_unique<Numbered>(oracle_.Sent(events), inbox);
    lock.unlock();
    work->batch = BatchOf(engine.hash_key(), events);
    work->sink = this;
    const Status submitted = engine.Submit(work);
    if (submitted.ok()) taken.push_back(events.front());
    lock.lock();
    if (!MayBe(submitted)) Wrong("not taken: " + submitted.error().message());
  }
  {
    std::unique_lock lock(mutex_);
    inbox.news.wait(lock, [&] { return inbox.settled == taken.size(); });
    if (!inbox.all_ok) return false;
  }
  for (const TestEvent& event : taken) FindAcked(engine, event);
  return true;
}

// Who has an answer finds the event, unless it is gone; whether it may be, Check asks.
void StoreWorld::FindAcked(Engine& engine, const TestEvent& event) {
  const Status found =
      engine.reader().Find(event.topic, event.id, [](const store::EventView& /*event*/) {});
  if (found.ok() || found.error().code() == Code::kGone || Disturbed()) return;
  const std::lock_guard lock(mutex_);
  Wrong(event.id + " is not found by who has its answer: " + found.error().message());
}

void StoreWorld::ChangeThings(Engine& engine, uint64_t seed) {
  std::mt19937_64 random(seed);
  for (uint64_t changes = random() % 12; changes > 0; --changes) {
    TestEvent event;
    {
      const std::lock_guard lock(mutex_);
      if (sent_.empty()) return;
      const std::vector<TestEvent>& batch = sent_[random() % sent_.size()];
      event = batch[random() % batch.size()];
    }
    if (random() % 3 == 0) {
      Set(engine, event.topic, 1'000'000 + random() % 3);
    } else {
      Erase(engine, event);
    }
  }
}

void StoreWorld::Set(Engine& engine, const std::string& topic, uint64_t age_seconds) {
  if (topic == kRetained || !engine.reader().Topic(topic)) return;
  const event::TopicSettings settings{age_seconds, 0};  // reaches nothing
  {
    const std::lock_guard lock(mutex_);
    oracle_.Set(topic, settings, Perhaps());
  }
  ingest::Change change{ingest::SetSettings{topic, settings}, {}};
  const Status set = engine.ApplyChange(&change);
  const std::lock_guard lock(mutex_);
  if (!MayBe(set)) Wrong("settings were refused: " + set.error().message());
  if (!dead_) oracle_.Set(topic, settings, set);
}

void StoreWorld::Erase(Engine& engine, const TestEvent& event) {
  if (event.topic == kRetained) return;
  ingest::EraseEvent erase{event.topic, event.id};
  uint64_t sequence = 0;
  const auto look = [&](const store::EventView& view) {
    erase.json_bytes = view.json.size();
    sequence = view.sequence.value;
  };
  if (!engine.reader().Find(event.topic, event.id, look).ok()) return;
  {
    const std::lock_guard lock(mutex_);
    oracle_.Erased(event.topic, sequence, Perhaps());
  }
  ingest::Change change{erase, {}};
  const Status erased = engine.ApplyChange(&change);
  const Status found = engine.reader().Find(event.topic, event.id, look);
  const std::lock_guard lock(mutex_);
  if (!MayBe(erased)) Wrong("erasing was refused: " + erased.error().message());
  if (erased.ok() && found.ok()) Wrong(event.id + " is erased and was read");
  if (!dead_) oracle_.Erased(event.topic, sequence, erased);
}

void StoreWorld::Read(Engine& engine, uint64_t seed) {
  std::mt19937_64 random(seed);
  for (uint64_t rounds = random() % 8; rounds > 0; --rounds) {
    ReadTopic(engine, "topic" + std::to_string(random() % 5));
  }
}

// What was read is durable, so it is never lost.
void StoreWorld::ReadTopic(Engine& engine, const std::string& topic) {
  store::ScanOptions options;
  options.limit = 7;
  uint64_t last = 0;
  for (bool more = true; more;) {
    std::vector<std::pair<std::string, uint64_t>> page;
    const auto end = engine.reader().ScanTopic(topic, options, [&](const store::EventView& event) {
      page.emplace_back(event.json, event.sequence.value);
    });
    const std::lock_guard lock(mutex_);
    if (!end.ok()) return Disturbed() ? void() : Wrong("not readable: " + end.error().message());
    if (!dead_) {
      for (const auto& [json, sequence] : page) {
        Wrong(oracle_.Seen(topic, json, sequence));
        if (sequence <= last) Wrong(topic + " was read out of order");
        last = sequence;
      }
    }
    options.after = end->next;
    more = end->has_more;
  }
}

// Of the disk, as somebody else's process would.
void StoreWorld::TakeBackup() {
  Copy copy{"backups/" + std::to_string(happened_.backups), {}};
  {
    const std::lock_guard lock(mutex_);
    copy.oracle = oracle_;
  }
  const Result<store::BackupReport> report = store::TakeBackup(
      *fs_, "data", copy.directory, {.link = Draw(2) == 0, .version = "test"}, nullptr);
  const std::lock_guard lock(mutex_);
  if (!report.ok()) return Disturbed() ? void() : Wrong("no backup: " + report.error().message());
  ++happened_.backups;
  copy_ = std::move(copy);
}

// As often as it is told to come again.
std::string StoreWorld::SendAgain(Engine& engine, const std::vector<TestEvent>& events) {
  for (;;) {
    const size_t batch = oracle_.Sent(events);
    const ingest::Outcome answer = engine.Apply(BatchOf(engine.hash_key(), events));
    if (answer.status.ok()) return oracle_.Answered(batch, answer);
    if (answer.status.error().code() != Code::kBusy) return answer.status.error().message();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

std::string StoreWorld::LastLife() {
  if (std::string wrong = Check(); !wrong.empty()) return "at rest: " + wrong;
  dead_ = faulty_ = changes_ = false;
  Result<std::unique_ptr<Engine>> engine = Engine::Open(*fs_, "data", Options());
  if (!engine.ok()) return engine.error().message();
  for (const std::vector<TestEvent>& events : sent_) {
    if (std::string wrong = SendAgain(**engine, events); !wrong.empty()) return wrong;
  }
  if (Status s = (*engine)->Stop(); !s.ok()) return s.error().message();
  engine->reset();
  const Result<store::VerifyReport> report = store::VerifyStore(*fs_, "data", nullptr);
  if (!report.ok()) return report.error().message();
  for (const store::Finding& finding : report->findings.damage()) return Describe(finding);
  return Check();
}

}  // namespace oncelog::test
