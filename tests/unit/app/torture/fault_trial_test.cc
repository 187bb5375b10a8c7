// A trial passes whatever single call fails, and goes red on file systems that lose what they say
// they have done.
#include "app/torture/fault_trial.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/unsynced_file_system.h"

namespace oncelog::app::torture {
namespace {

using store::Fault;
using store::File;
using store::FsCall;

constexpr uint64_t kSeed = 5;

// Whether a call of that kind is lost: it does nothing and is answered ok. Asked under no lock.
struct Loss {
  std::function<bool(const std::string& path, std::string_view bytes)> of_write;
  std::function<bool(const std::string& to)> of_rename;
};

class LossyFile final : public File {
 public:
  LossyFile(const Loss& loss, std::unique_ptr<File> below)
      : loss_(loss), below_(std::move(below)) {}
  Result<size_t> ReadAt(uint64_t offset, char* to, size_t size) override {
    return below_->ReadAt(offset, to, size);
  }
  Status WriteAt(uint64_t offset, std::string_view bytes) override {
    if (loss_.of_write && loss_.of_write(path(), bytes)) return OkStatus();
    return below_->WriteAt(offset, bytes);
  }
  Status DataSync() override { return below_->DataSync(); }
  Result<uint64_t> Size() override { return below_->Size(); }
  Status Truncate(uint64_t size) override { return below_->Truncate(size); }
  Result<std::unique_ptr<store::Mapping>> Map() override { return below_->Map(); }
  [[nodiscard]] const std::string& path() const override { return below_->path(); }

 private:
  const Loss& loss_;
  const std::unique_ptr<File> below_;
};

// Over the lock below; what is opened through it is lossy, too.
class LossyLock final : public store::FileLock {
 public:
  LossyLock(store::FileSystem& files, std::unique_ptr<store::FileLock> below)
      : files_(files), below_(std::move(below)) {}
  [[nodiscard]] Status InPlace() const override { return below_->InPlace(); }
  store::FileSystem& files() override { return files_; }

 private:
  store::FileSystem& files_;
  const std::unique_ptr<store::FileLock> below_;
};

class LossyFileSystem final : public store::FileSystem {
 public:
  explicit LossyFileSystem(Loss loss) : loss_(std::move(loss)) {}

  Result<std::unique_ptr<File>> Open(const std::string& path, store::OpenMode mode) override {
    Result<std::unique_ptr<File>> file = below_.Open(path, mode);
    if (!file.ok()) return file;
    return std::unique_ptr<File>(new LossyFile(loss_, file.Take()));
  }
  Status Rename(const std::string& from, const std::string& to) override {
    if (loss_.of_rename && loss_.of_rename(to)) return OkStatus();
    return below_.Rename(from, to);
  }
  Status Link(const std::string& from, const std::string& to) override {
    return below_.Link(from, to);
  }
  Status Remove(const std::string& path) override { return below_.Remove(path); }
  Status SyncDirectory(const std::string& path) override { return below_.SyncDirectory(path); }
  Status CreateDirectories(const std::string& path) override {
    return below_.CreateDirectories(path);
  }
  Result<bool> Exists(const std::string& path) override { return below_.Exists(path); }
  Result<std::vector<std::string>> List(const std::string& directory) override {
    return below_.List(directory);
  }
  Result<uint64_t> FreeBytes(const std::string& directory) override {
    return below_.FreeBytes(directory);
  }
  Result<std::unique_ptr<store::FileLock>> Lock(const std::string& path) override {
    Result<std::unique_ptr<store::FileLock>> lock = below_.Lock(path);
    if (!lock.ok()) return lock;
    return std::unique_ptr<store::FileLock>(new LossyLock(*this, lock.Take()));
  }

 private:
  const Loss loss_;
  test::UnsyncedFileSystem below_;
};

TEST(FaultTrialTest, KeepsItsPromisesWhicheverCallFails) {
  test::UnsyncedFileSystem fs;
  FaultTrial clean(fs, "faults", kSeed);
  ASSERT_EQ(clean.Run(), "");
  EXPECT_FALSE(clean.struck());
  for (const store::FaultKind& kind : store::FaultKinds()) {
    const uint64_t calls = clean.calls(kind.call);
    for (const Fault& fault : {Fault{.call = kind.call},
                               {.call = kind.call, .nth = 1 + calls / 3, .code = Code::kDiskFull},
                               {.call = kind.call, .nth = 1 + calls / 2}}) {
      if (calls == 0 || (fault.code == Code::kDiskFull && !kind.takes_space)) continue;
      test::UnsyncedFileSystem fresh;
      EXPECT_EQ(FaultTrial(fresh, "faults", kSeed).Run(fault), "") << Describe(fault);
    }
  }
}

TEST(FaultTrialTest, SaysWhetherTheCallFailed) {
  for (const FsCall call : {FsCall::kLock, FsCall::kOpen, FsCall::kWrite, FsCall::kDataSync}) {
    test::UnsyncedFileSystem fs;
    FaultTrial trial(fs, "faults", kSeed);
    EXPECT_EQ(trial.Run({{.call = call}}), "");
    EXPECT_TRUE(trial.struck());
    EXPECT_GT(trial.calls(call), 0U);
  }
  EXPECT_EQ(Describe({.call = FsCall::kRename, .nth = 3, .code = Code::kDiskFull}),
            "Rename number 3 fails with disk_full");
}

TEST(FaultTrialTest, SeesThatAWriteOfTheLogIsLost) {
  for (const int lost : {6, 29}) {
    std::atomic<int> writes = 0;  // of frames, not of zeros for what is to come
    LossyFileSystem fs({.of_write = [&](const std::string& path, std::string_view bytes) {
      return path.ends_with(".log") && bytes.find_first_not_of('\0') != std::string_view::npos &&
             ++writes == lost;
    }});
    EXPECT_NE(FaultTrial(fs, "faults", kSeed).Run(), "") << lost;
  }
}

TEST(FaultTrialTest, SeesThatManifestIsNotReplaced) {
  std::atomic<int> edits = 0;
  LossyFileSystem fs({.of_rename = [&](const std::string& to) {
    return to.ends_with("/MANIFEST") && ++edits > 1;  // the first belongs to a store without events
  }});
  const std::string broken = FaultTrial(fs, "faults", kSeed).Run();
  EXPECT_NE(broken.find("does not start"), std::string::npos) << broken;
}

TEST(FaultTrialTest, SeesAnErrorThatNobodyPlanned) {
  test::UnsyncedFileSystem fs;
  fs.FailNextDataSync(".log");
  EXPECT_NE(FaultTrial(fs, "faults", kSeed).Run(), "");
  fs.set_capacity_bytes(fs.used_bytes());
  EXPECT_NE(FaultTrial(fs, "full", kSeed).Run(), "");
}

}  // namespace
}  // namespace oncelog::app::torture
