#include "app/torture/torture.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>
#include <vector>

#include "app/simulate/simulation.h"
#include "app/torture/damage.h"
#include "app/torture/damage_trial.h"
#include "app/torture/disturber.h"
#include "app/torture/eraser.h"
#include "store/fs/file_system.h"

namespace oncelog::app::torture {
namespace {

namespace fs = std::filesystem;
using simulate::OwnServer;
using std::chrono::milliseconds;

constexpr uint64_t kDisturbances = 12;  // in a round
constexpr uint64_t kFailedCalls = 24;   // in a round, each in a store of its own
constexpr uint64_t kTables = 200;       // of the index, that a round fills, and as many log files
constexpr uint64_t kTableEntriesMin = 64;

// With parts so small that between two disturbances index runs are written and merged, and log
// files sealed.
std::vector<std::string> ServerFlags(const Options& options) {
  return {"--test-parts", std::to_string(std::max(options.events / kTables, kTableEntriesMin))};
}

// Of a kind that was made, one of those that were.
store::Fault Draw(const FaultTrial& clean, simulate::Random& random) {
  std::vector<store::FaultKind> kinds = store::FaultKinds();
  std::erase_if(kinds, [&](const store::FaultKind& kind) { return clean.calls(kind.call) == 0; });
  const store::FaultKind& kind = kinds[random.Below(kinds.size())];
  const bool full = kind.takes_space && random.Below(2) == 0;
  return {.call = kind.call,
          .nth = 1 + random.Below(clean.calls(kind.call)),
          .code = full ? Code::kDiskFull : Code::kIo};
}

std::string Describe(std::error_code error, const std::string& doing) {
  return doing + ": " + error.message();
}

}  // namespace

Torture::Torture(const Options& options, simulate::Interrupt& interrupt)
    : options_(options),
      server_flags_(ServerFlags(options)),
      interrupt_(interrupt),
      random_(options.seed),
      report_{.options = options},
      store_(options.directory + "/store"),
      copy_(options.directory + "/damaged"),
      faults_(options.directory + "/faults") {}

Status Torture::Run() {
  do {
    log_ = options_.directory + "/round-" + std::to_string(report_.rounds + 1) + ".log";
    if (Status s = Round(); !s.ok()) return s;
    if (!report_.passed()) break;
    std::error_code error;
    fs::remove_all(store_, error);
    fs::remove(log_, error);
    if (error) return Error(Code::kIo, Describe(error, "removing " + store_));
  } while (!TimeIsUp());
  return OkStatus();
}

Status Torture::Round() {
  ++report_.rounds;
  const simulate::Options fleet = FleetOptions();
  Result<OwnServer> server = OwnServer::Create(store_, log_, options_.program, server_flags_);
  if (!server.ok()) return server.error();
  if (Status s = server->Start(interrupt_); !s.ok()) return s;
  if (Status s = Load(fleet, *server); !s.ok()) return s;
  if (!report_.passed()) return OkStatus();
  if (Status s = Eraser(*server, random_, interrupt_, report_).Run(); !s.ok()) return s;
  if (!report_.passed()) return OkStatus();
  if (const Status stopped = server->Stop(); !stopped.ok()) {
    report_.Fail(stopped.error().message());
    return OkStatus();
  }
  if (Status s = FailCalls(); !s.ok()) return s;
  if (!report_.passed()) return OkStatus();
  return TryDamages(fleet);
}

simulate::Options Torture::FleetOptions() {
  simulate::Options fleet;
  fleet.seed = random_.Next();
  fleet.run = "torture-" + std::to_string(report_.rounds);
  fleet.events = options_.events;
  fleet.conflicts = 0.01;
  fleet.invalid = 0.005;
  fleet.lost_answers = 0.02;
  fleet.topics = 1 + random_.Below(50);
  fleet.publishers = 8;
  fleet.batch = 1 + random_.Below(200);
  fleet.body = static_cast<simulate::BodyForm>(random_.Below(3));
  return fleet;
}

// What goes wrong with the server here is a broken promise: it must always start again.
Status Torture::Load(const simulate::Options& fleet, OwnServer& server) {
  simulate::Simulation simulation(fleet, server.address(), interrupt_);
  Disturber disturber(server, random_, interrupt_, report_);
  simulation.UseOwn(server, kDisturbances, [&] {
    Show();
    return disturber.Disturb();
  });
  const Status done = simulation.Run();
  if (interrupt_.Came()) return Error(Code::kIo, "interrupted");
  const simulate::Report said = simulation.report();
  report_.submissions += said.received;
  report_.events += said.unique;
  if (!done.ok()) report_.Fail(done.error().message());
  for (size_t i = 0; i < simulate::kBreaches; ++i) {
    const auto breach = static_cast<simulate::Breach>(i);
    for (const std::string& example : said.findings.examples(breach)) {
      report_.Fail(std::string(NameOf(breach)) + ": " + example);
    }
  }
  return OkStatus();
}

// What is drawn here changes nothing of what the other parts of the round draw.
Status Torture::FailCalls() {
  simulate::Random random(simulate::Mix(options_.seed, report_.rounds));
  const uint64_t seed = random.Next();
  FaultTrial clean(store::PosixFileSystem(), faults_, seed);
  if (Status s = FailCall(clean, {}); !s.ok()) return s;
  for (uint64_t i = 0; i < kFailedCalls && report_.passed(); ++i) {
    if (report_.rounds > 1 && TimeIsUp()) return OkStatus();
    FaultTrial trial(store::PosixFileSystem(), faults_, seed);
    if (Status s = FailCall(trial, Draw(clean, random)); !s.ok()) return s;
  }
  return OkStatus();
}

Status Torture::FailCall(FaultTrial& trial, const std::optional<store::Fault>& fault) {
  Show();
  if (interrupt_.Came()) return Error(Code::kIo, "interrupted");
  const std::string broken = trial.Run(fault);
  if (trial.struck()) ++report_.failed_calls;
  if (!broken.empty()) {
    report_.Fail((fault ? Describe(*fault) : "no call fails") + ": " + broken);
    return OkStatus();  // the store stays
  }
  std::error_code error;
  fs::remove_all(faults_, error);
  if (error) return Error(Code::kIo, Describe(error, "removing " + faults_));
  return OkStatus();
}

// One file of each kind, in each way, and two of a kind exchanged.
Status Torture::TryDamages(const simulate::Options& fleet) {
  std::map<std::string, std::vector<std::string>> kinds;
  for (std::string& file : FilesOf(store_)) {
    const std::string kind = KindOf(file);
    if (kind == ".run") ++report_.runs;
    if (kind == ".seg") ++report_.segments;
    kinds[kind].push_back(std::move(file));
  }
  for (const auto& [kind, files] : kinds) {
    for (const Damage damage : kDamages) {
      if (report_.rounds > 1 && TimeIsUp()) return OkStatus();
      const std::vector<std::string> chosen = Choose(damage, files, random_);
      if (chosen.empty()) continue;
      if (Status s = TryOne(fleet, chosen, damage); !s.ok()) return s;
      if (!report_.passed()) return OkStatus();
    }
  }
  return OkStatus();
}

Status Torture::TryOne(const simulate::Options& fleet, const std::vector<std::string>& files,
                       Damage damage) {
  Show();
  std::error_code error;
  fs::copy(store_, copy_, fs::copy_options::recursive, error);
  if (error) return Error(Code::kIo, Describe(error, "copying " + store_));
  const Result<std::string> what = Apply(damage, copy_, files, random_);
  if (!what.ok()) return what.error();
  const simulate::Workload workload(fleet);
  const std::string log = options_.directory + "/damaged.log";
  const Result<DamageTrial::Outcome> outcome =
      DamageTrial(options_, server_flags_, workload, interrupt_).Run(copy_, log, files);
  if (!outcome.ok()) return outcome.error();
  ++report_.damaged;
  switch (outcome->kind) {
    case DamageTrial::Kind::kRefused: ++report_.refused; break;
    case DamageTrial::Kind::kNamed: ++report_.named; break;
    case DamageTrial::Kind::kHarmless: ++report_.harmless; break;
    case DamageTrial::Kind::kBroken:
      report_.Fail(files.front() + ", " + *what + ": " + outcome->detail);
      return OkStatus();  // the copy stays
  }
  fs::remove_all(copy_, error);
  fs::remove(log, error);
  if (error) return Error(Code::kIo, Describe(error, "removing " + copy_));
  return OkStatus();
}

bool Torture::TimeIsUp() const {
  return std::chrono::steady_clock::now() - started_ >= options_.time;
}

void Torture::Show() {
  const auto elapsed = std::chrono::steady_clock::now() - started_;
  report_.elapsed = std::chrono::duration_cast<milliseconds>(elapsed);
  progress_(report_);
}

}  // namespace oncelog::app::torture
