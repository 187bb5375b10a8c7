// FaultTrial: an engine with a store of its own, in this process, of whose file system calls one
// fails. In two lives that end by a stop, batches are published and known events retried. Then it
// is opened again without faults, read back, sent everything again, stopped and verified: what was
// answered is there once, with its sequence and its bytes; other batches whole or not at all, and
// not at all if they were refused; nothing is answered after a log write has failed; nothing is
// called damaged; nothing goes wrong before the call has failed.
//
//   FaultTrial clean(fs, "/disk/faults", seed);
//   if (std::string broken = clean.Run(); !broken.empty()) …        // in words
//   uint64_t renames = clean.calls(FsCall::kRename);
//   FaultTrial trial(fs, "/disk/other", seed);
//   std::string broken = trial.Run({{.call = FsCall::kRename, .nth = renames / 2}});
//   if (trial.struck()) …                      // threads meet as they like: it need not come to it
//
// Threads: one, and the engine's. Ownership: the file system must outlive it; the directory is made
// and stays. Errors: none; whatever goes wrong with no call failing is a broken promise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/simulate/findings.h"
#include "app/simulate/ledger.h"
#include "app/simulate/random.h"
#include "app/simulate/workload.h"
#include "base/result.h"
#include "ingest/engine.h"
#include "store/fs/fault_file_system.h"
#include "store/fs/file_system.h"

namespace oncelog::app::torture {

// "Rename number 3 fails with disk_full"
std::string Describe(const store::Fault& fault);

class FaultTrial {
 public:
  // `directory`: not there yet, or empty.
  FaultTrial(store::FileSystem& below, std::string directory, uint64_t seed);

  // Once. The promise that was broken, in words; empty: none.
  std::string Run(const std::optional<store::Fault>& fault = {});

  // Made in the two lives.
  [[nodiscard]] uint64_t calls(store::FsCall call) const { return faults_.calls(call); }
  [[nodiscard]] bool struck() const { return faults_.faults() > 0; }

 private:
  // The new events of a batch that was not answered.
  struct Unanswered {
    uint64_t first, end;
    bool unknown;  // whether they are stored; else they are not
  };

  // In this life: only then may anything be refused.
  [[nodiscard]] bool StruckNow() const { return faults_.faults() > faults_before_; }

  // Each of these says what is wrong, or nothing.
  std::string Live();
  std::string Publish(ingest::Engine& engine);
  std::string TakeAnswers(const std::vector<uint64_t>& batch, const ingest::Outcome& outcome);
  std::string LiveOn();
  std::string ReadBack(ingest::Engine& engine, simulate::Ledger& ledger);
  std::string CheckUnanswered();
  std::string SendAllAgain(ingest::Engine& engine);
  std::string ReadAllBack(ingest::Engine& engine);
  std::string Verify();

  ingest::Outcome Send(ingest::Engine& engine, const std::vector<uint64_t>& batch) const;
  // What is to be merged and sealed, so that calls of all kinds are made. Says nothing: how far it
  // comes in that time is the machine's affair.
  void WaitForBackground(ingest::Engine& engine) const;

  store::FileSystem& below_;
  store::FaultFileSystem faults_;
  const std::string directory_;
  const ingest::EngineOptions options_;
  const simulate::Workload workload_;
  simulate::Random random_;
  simulate::Ledger ledger_;
  std::vector<uint64_t> answered_;
  std::vector<Unanswered> unanswered_;
  uint64_t faults_before_ = 0;  // this life
  uint64_t sent_ = 0;           // events 0 … sent_ - 1
  bool read_only_ = false;      // a log write has failed in this life
};

}  // namespace oncelog::app::torture
