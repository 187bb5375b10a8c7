// Memory that runs out on one of the engine's threads: a process of its own runs the engine on real
// files, and its n-th allocation on that thread fails (n = 1, 2, 3 … until a run is clean), or all
// from there on. It may end, in the way that product code ends then, or go on. It may not hang,
// break a Check, or answer what is not so: whatever it has answered by then is held against what
// the next start finds, and everything is published again.
//
// A failure names thread, n and seed. Threads meet differently each time, and how far those in the
// background come before a run is over is theirs; the seed replays what was published.
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "base/thread_name.h"
#include "store/fs/file_system.h"
#include "tests/model/tiny_store.h"
#include "tests/support/sanitized.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_seed.h"

namespace oncelog::test {
namespace {

// What the allocations of this process meet. It lies in memory that parent and child share.
struct Shortage {
  std::atomic<bool> armed{false};
  char thread[16] = {};
  uint64_t nth = 0;
  size_t bytes_min = 0;  // smaller ones are not counted
  bool lasting = false;  // all after it fail, too, on that thread
  std::atomic<uint64_t> count{0};
  std::atomic<uint64_t> struck{0};
};
Shortage* shortage = nullptr;

bool Fails(size_t bytes) {
  if (shortage == nullptr || !shortage->armed.load(std::memory_order_relaxed)) return false;
  if (bytes < shortage->bytes_min) return false;
  char name[16] = {};
  pthread_getname_np(pthread_self(), name, sizeof name);
  if (std::strcmp(name, shortage->thread) != 0) return false;
  const uint64_t count = ++shortage->count;
  if (count != shortage->nth && !(shortage->lasting && count > shortage->nth)) return false;
  ++shortage->struck;
  return true;
}

[[maybe_unused]] bool FailsAndSaysSo(size_t bytes) {
  if (!Fails(bytes)) return false;
  errno = ENOMEM;
  return true;
}

}  // namespace
}  // namespace oncelog::test

// In place of the library's, for this test program; a sanitizer has taken them for itself.
#if !ONCELOG_TEST_SANITIZED
extern "C" {

void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_memalign(size_t alignment, size_t size);

void* malloc(size_t size) noexcept {
  return oncelog::test::FailsAndSaysSo(size) ? nullptr : __libc_malloc(size);
}
void* calloc(size_t count, size_t size) noexcept {
  return oncelog::test::FailsAndSaysSo(count * size) ? nullptr : __libc_calloc(count, size);
}
void* aligned_alloc(size_t alignment, size_t size) noexcept {
  return oncelog::test::FailsAndSaysSo(size) ? nullptr : __libc_memalign(alignment, size);
}
void* mmap(void* at, size_t size, int protection, int flags, int fd, off_t offset) noexcept {
  if ((flags & MAP_ANONYMOUS) != 0 && oncelog::test::FailsAndSaysSo(size)) return MAP_FAILED;
  return reinterpret_cast<void*>(syscall(SYS_mmap, at, size, protection, flags, fd, offset));
}

}  // extern "C"
#endif

namespace oncelog::test {
namespace {

using ingest::Engine;
using ingest::Outcome;

constexpr int kBatches = 60;
constexpr uint64_t kAnyMax = 2000;
constexpr uint64_t kLargeMax = 12;
constexpr int kEndedForMemory = 77;
constexpr unsigned kHangsAfterSeconds = 400;
// Its oldest events go, so that the retainer has something to do.
constexpr const char* kRetainedTopic = "topic0";
constexpr uint64_t kRetentionBytes = 8192;
constexpr size_t kNotSmall = size_t{70} << 10;  // frames of that are the syncer's

// The outcomes that the child's publisher was given, in order, through a pipe.
class Answers {
 public:
  Answers() { EXPECT_EQ(pipe(ends_), 0); }
  ~Answers() {
    CloseWriter();
    close(ends_[0]);
  }
  Answers(const Answers&) = delete;
  Answers& operator=(const Answers&) = delete;

  void CloseWriter() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }

  // In the child. What one batch needs is far less than a pipe takes at once.
  void Put(const Outcome& outcome) const {
    std::string bytes(1, outcome.status.ok() ? 1 : 0);
    const auto count = static_cast<uint32_t>(outcome.verdicts.size());
    bytes.append(reinterpret_cast<const char*>(&count), sizeof count);
    bytes.append(reinterpret_cast<const char*>(outcome.verdicts.data()),
                 count * sizeof(ingest::EventVerdict));
    ASSERT_EQ(write(ends_[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }

  // In the parent, once the child has ended; none if no answer came.
  std::optional<Outcome> Get() const {
    char ok = 0;
    if (read(ends_[0], &ok, 1) != 1) return std::nullopt;
    uint32_t count = 0;
    EXPECT_EQ(read(ends_[0], &count, sizeof count), static_cast<ssize_t>(sizeof count));
    Outcome outcome;
    if (ok == 0) outcome.status = Error(Code::kReadOnly, "what the child was told");
    outcome.verdicts.resize(count);
    const size_t bytes = count * sizeof(ingest::EventVerdict);
    if (bytes > 0) {
      EXPECT_EQ(read(ends_[0], outcome.verdicts.data(), bytes), static_cast<ssize_t>(bytes));
    }
    return outcome;
  }

 private:
  int ends_[2] = {-1, -1};
};

ingest::EngineOptions Options(std::chrono::milliseconds retention_every) {
  ingest::EngineOptions options = TinySealingOptions();
  options.retention_every = retention_every;
  return options;
}

struct Mode {
  const char* name;
  size_t bytes_min;
  bool lasting;
};

class ShortRun {
 public:
  ShortRun(const std::string& thread, uint64_t nth, const Mode& mode, uint64_t seed)
      : thread_(thread), seed_(seed), work_(MakeWork()) {
    std::strncpy(shortage->thread, thread.c_str(), sizeof shortage->thread - 1);
    shortage->nth = nth;
    shortage->bytes_min = mode.bytes_min;
    shortage->lasting = mode.lasting;
    shortage->count = shortage->struck = 0;
  }

  // Yields what is wrong, or empty.
  std::string Run() {
    const pid_t child = fork();
    if (child == 0) Live();
    answers_.CloseWriter();
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) return "cannot fork";
    shortage->armed = false;  // it is this process's, too
    const bool ended = WIFEXITED(status) && (WEXITSTATUS(status) == 0 ||
                                             (struck() && WEXITSTATUS(status) == kEndedForMemory));
    if (!ended) {
      return WIFSIGNALED(status) ? "ended by signal " + std::to_string(WTERMSIG(status))
                                 : "ended with " + std::to_string(WEXITSTATUS(status));
    }
    died_ = WEXITSTATUS(status) != 0;
    if (std::string wrong = Replay(); !wrong.empty()) return wrong;
    return Reopen();
  }

  [[nodiscard]] static bool struck() { return shortage->struck > 0; }
  [[nodiscard]] bool died() const { return died_; }

 private:
  [[nodiscard]] TinyWorkload MakeWork() const {
    TinyWorkload work(seed_, thread_ == "syncer" ? kNotSmall : 0);
    work.Retains(kRetainedTopic, kRetentionBytes);
    return work;
  }

  // The child.
  [[noreturn]] void Live() {
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    alarm(kHangsAfterSeconds);
    std::set_terminate([] {
      shortage->armed = false;
      try {
        std::rethrow_exception(std::current_exception());
      } catch (const std::bad_alloc&) {
        _exit(kEndedForMemory);
      } catch (const std::system_error&) {  // a thread was to be started
        _exit(kEndedForMemory);
      } catch (...) {
        std::abort();
      }
    });
    shortage->armed = true;
    RunEngine();
    _exit(0);
  }

  // Not caught here, so that memory that runs out on this thread ends the process as in main.
  void RunEngine() noexcept {
    TinyWorkload work = MakeWork();
    NameThread("opener");
    Result<std::unique_ptr<Engine>> engine =
        Engine::Open(store::PosixFileSystem(), directory_.path() + "/data",
                     Options(std::chrono::milliseconds(1)));
    if (!engine.ok()) {
      if (!struck()) _exit(3);
      if (engine.error().code() == Code::kDamaged) _exit(4);  // it is whole
      return;
    }
    NameThread("publisher");  // the test's own work is spared
    const auto apply = [&](event::Batch batch) {
      Outcome outcome = (*engine)->Apply(std::move(batch));
      answers_.Put(outcome);
      return outcome;
    };
    ingest::Change retain{ingest::SetSettings{kRetainedTopic, {0, kRetentionBytes}}, {}};
    if (!(*engine)->ApplyChange(&retain).ok() && !struck()) _exit(7);
    Status outcome = OkStatus();
    for (int i = 0; i < kBatches; ++i) {
      if (!work.PublishBy(apply, (*engine)->hash_key(), &outcome).empty()) _exit(5);
      if (!work.oracle().CheckRetention(**engine).empty()) _exit(9);
    }
    const auto some_is_gone = [&] { return (*engine)->reader().Totals().gone > 0; };
    if (!Becomes([&] { return some_is_gone() || struck(); })) _exit(8);
    NameThread("opener");
    if (const Status s = (*engine)->Stop(); !s.ok() && !struck()) _exit(6);
  }

  std::string Replay() {
    const auto apply = [&](const event::Batch& /*batch*/) {
      std::optional<Outcome> outcome = answers_.Get();
      unanswered_ = !outcome.has_value();
      if (outcome) return *outcome;
      return Outcome{Error(Code::kReadOnly, "no answer: it may be stored or not"), {}};
    };
    const HashKey key(std::string(kHashSecretBytes, 'k'));
    Status outcome = OkStatus();
    for (int i = 0; i < kBatches && !unanswered_; ++i) {
      if (std::string wrong = work_.PublishBy(apply, key, &outcome); !wrong.empty()) return wrong;
    }
    return unanswered_ && !died_ && !struck() ? "an answer is missing" : "";
  }

  std::string Reopen() {
    Result<std::unique_ptr<Engine>> engine =
        Engine::Open(store::PosixFileSystem(), directory_.path() + "/data",
                     Options(std::chrono::hours(1)));  // nothing goes while it is looked at
    if (!engine.ok()) return "refused to start: " + engine.error().message();
    std::string wrong = work_.oracle().Check(**engine);
    std::vector<Error> refused;
    if (wrong.empty()) wrong = work_.PublishAllAgain(**engine, &refused);
    if (!refused.empty()) return "refused afterwards: " + refused.front().message();
    return wrong.empty() ? work_.oracle().Check(**engine) : wrong;
  }

  const std::string thread_;
  const uint64_t seed_;
  TempDirectory directory_;
  Answers answers_;
  TinyWorkload work_;
  bool unanswered_ = false;
  bool died_ = false;
};

class NoMemory : public ::testing::TestWithParam<std::string> {
 protected:
  static void SetUpTestSuite() {
    void* const shared =
        mmap(nullptr, sizeof(Shortage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(shared, MAP_FAILED);
    shortage = new (shared) Shortage;
  }
  static void TearDownTestSuite() {
    munmap(shortage, sizeof(Shortage));
    shortage = nullptr;
  }
};

// The first few, then ever fewer, as there are a thousand; but each of the large ones, which in
// real life are those that fail.
TEST_P(NoMemory, AtEachAllocationInTurn) {
  if (kSanitized) GTEST_SKIP() << "its allocations are not ours to fail";
  const uint64_t seed = TestSeed();
  for (const Mode& mode :
       {Mode{"one", 0, false}, Mode{"all", 0, true}, Mode{"large", size_t{16} << 10, false}}) {
    const bool each = mode.bytes_min > 0;
    int strikes = 0;
    int deaths = 0;
    for (uint64_t nth = each ? 1 : 1 + seed % 3; nth <= (each ? kLargeMax : kAnyMax);
         nth += each ? 1 : 1 + nth / 2) {
      ShortRun run(GetParam(), nth, mode, seed);
      ASSERT_EQ(run.Run(), "") << "ONCELOG_TEST_SEED=" << seed << ", allocation " << nth << " ("
                               << mode.name << ") on " << GetParam();
      if (!ShortRun::struck()) break;
      ++strikes;
      deaths += run.died() ? 1 : 0;
    }
    const bool always =
        GetParam() == "committer" || GetParam() == "syncer" || GetParam() == "retainer";
    EXPECT_TRUE(strikes > 0 || each || !always) << "it always allocates";
    std::printf("%s, %s: %d strikes, %d of them ended it\n", GetParam().c_str(), mode.name, strikes,
                deaths);
  }
}

// The committer syncs small frames itself; the opener opens and stops the engine.
INSTANTIATE_TEST_SUITE_P(Threads, NoMemory,
                         ::testing::Values("committer", "syncer", "retainer", "housekeeper",
                                           "merger", "sealer", "opener"),
                         [](const auto& thread) { return thread.param; });

}  // namespace
}  // namespace oncelog::test
