#include "app/commands/torture.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <sstream>
#include <system_error>

#include "app/output/numbers.h"
#include "app/output/table.h"
#include "app/simulate/random.h"
#include "base/units.h"

namespace oncelog::app {
namespace {

namespace fs = std::filesystem;
using simulate::Interrupt;
using torture::Torture;

constexpr const char* kSubdirectory = "oncelog-torture";
// A store with its spare log files, a copy of it, and what merges write meanwhile.
constexpr uint64_t kSpaceBytes = uint64_t{512} << 20;
constexpr uint64_t kSpaceBytesPerEvent = 4096;

}  // namespace

void TortureCommand::Declare(CLI::App& app) {
  app.add_option("DIR", parent_, "a directory on the disk in question")->required();
  app.add_option("--minutes", minutes_, "how long (default 10); at least one round is done")
      ->type_name("N")
      ->check(CLI::Range(0.0, 100'000.0).description(""));
  app.add_option("--events", options_.events, "submissions in a round (default 100000)")
      ->type_name("N")
      ->check(CLI::Range(1000, 10'000'000).description(""));
  app.add_option("--seed", seed_, "decides what is done, not when exactly (default: random)")
      ->type_name("N");
  app.add_option("--program", options_.program, "torture this oncelog (default: this one)")
      ->type_name("FILE");
  app.add_flag("--json", json_, "print the report as JSON");
  app.footer(
      "In rounds: a server of its own is filled by the publishers of `oncelog simulate` while it "
      "is\n"
      "killed under load and during its start, while all writes fail, and while no file can be\n"
      "opened; every answer is judged and everything is read back. Its parts are so small that "
      "index\n"
      "runs are written and merged and log files sealed all the while. Events of one more topic "
      "are\n"
      "erased or go by retention, which no kill may undo. Then it is stopped, single calls of the\n"
      "file system fail in small stores beside it, by the engine of this program, and in copies of "
      "its\n"
      "data one file of each kind is changed by a bit, cut, zeroed, removed, and exchanged with\n"
      "another: the damage must be named, or do no harm. It cannot take the power away: pull the\n"
      "plug for that.\n"
      "Everything happens in DIR/oncelog-torture, which is removed after PASS (exit code 0) and "
      "kept\n"
      "after FAIL (1); 2 says that it could not begin.\n"
      "\n"
      "Examples:\n"
      "  oncelog torture /var/lib --minutes 60      # before this disk holds what matters\n"
      "  oncelog torture . --minutes 1 --json");
}

Status TortureCommand::Complete() {
  const std::optional<uint64_t> seed = seed_.empty() ? simulate::RandomSeed() : ParseCount(seed_);
  if (!seed) return Error(Code::kInvalid, "--seed: \"" + seed_ + "\" is no whole number");
  options_.seed = *seed;
  options_.time = std::chrono::seconds(static_cast<int64_t>(minutes_ * 60));
  options_.directory = (fs::path(parent_) / kSubdirectory).string();
  return MakeDirectory();
}

Status TortureCommand::MakeDirectory() {
  std::error_code error;
  if (!fs::is_directory(parent_, error)) {
    return Error(Code::kInvalid, parent_ + ": no such directory; name one that is there");
  }
  const fs::space_info space = fs::space(parent_, error);
  const uint64_t needed = kSpaceBytes + options_.events * kSpaceBytesPerEvent;
  if (error || space.available < needed) {
    return Error(Code::kInvalid, parent_ + ": " + MiB(needed) + " must be free there, " +
                                     (error ? error.message() : MiB(space.available) + " are"));
  }
  if (fs::exists(options_.directory, error) && !fs::is_empty(options_.directory, error)) {
    return Error(Code::kInvalid, options_.directory +
                                     " is not empty; an earlier run that failed may have left it: "
                                     "move it away or remove it");
  }
  fs::create_directories(options_.directory, error);
  if (error) {
    return Error(Code::kInvalid, "making " + options_.directory + ": " + error.message());
  }
  return OkStatus();
}

int TortureCommand::Run(Console& console) {
  if (Status s = Complete(); !s.ok()) return console.FailUsage(ForTerminal(s.error().message()));
  if (console.err_is_terminal || !json_) {
    console.err << "seed " << options_.seed << ", in " << ForTerminal(options_.directory)
                << std::endl;
  }
  Interrupt interrupt;
  Torture torture(options_, interrupt);
  if (console.err_is_terminal) {
    torture.OnProgress([&](const torture::Report& report) { ShowProgress(report, console); });
  }
  const Status done = torture.Run();
  if (console.err_is_terminal) console.err << "\r\x1b[K" << std::flush;
  return Finish(done, torture.report(), interrupt.Came(), console);
}

// One line on stderr that rewrites itself, for people only.
void TortureCommand::ShowProgress(const torture::Report& report, Console& console) const {
  std::ostringstream line;
  line << "round " << report.rounds << ": " << Plural(report.kills + report.recovery_kills, "kill")
       << ", " << Grouped(report.submissions) << " answers judged, "
       << Plural(report.failed_calls, "failed call") << ", "
       << Plural(report.damaged, "damaged store") << "  (" << report.elapsed.count() / 1000
       << " of " << options_.time.count() << " s)";
  console.err << "\r\x1b[K" << line.str() << std::flush;
}

int TortureCommand::Finish(const Status& done, const torture::Report& report, bool interrupted,
                           Console& console) {
  if (report.passed() && (done.ok() || interrupted)) {
    std::error_code ignored;
    fs::remove_all(options_.directory, ignored);
  } else {
    console.err << "oncelog: kept for a look: " << ForTerminal(options_.directory) << std::endl;
  }
  if (!done.ok()) return console.Fail(ForTerminal(done.error().message()));
  if (json_) {
    console.out << torture::JsonReport(report);
  } else {
    torture::PrintReport(report, console);
  }
  return report.passed() ? kExitOk : kExitFailed;
}

}  // namespace oncelog::app
