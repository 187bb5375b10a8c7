#include "tests/crash/power_loss/journal.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace power_loss {
namespace {

std::string Setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

[[noreturn]] void GiveUp(std::string_view why) {
  const std::string line = "power_loss: " + std::string(why) + "\n";
  (void)!syscall(SYS_write, STDERR_FILENO, line.data(), line.size());
  _exit(70);
}

// Without "//" and "/./"; ".." is left alone, and so is nothing that the store names.
std::string Normal(const std::string& path) {
  std::string normal;
  for (size_t at = 0; at < path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    const std::string_view part = std::string_view(path).substr(at, end - at);
    if (!part.empty() && part != ".") normal.append("/").append(part);
    at = end + 1;
  }
  return normal;
}

std::string DirectoryOf(int at) {
  const std::string link =
      at == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/" + std::to_string(at);
  std::array<char, PATH_MAX> target{};
  const ssize_t size = readlink(link.c_str(), target.data(), target.size());
  return size < 0 ? "" : std::string(target.data(), static_cast<size_t>(size));
}

}  // namespace

Journal& Journal::Get() {
  static auto* journal = new Journal();  // outlives every thread that writes
  return *journal;
}

// The calls below go to the kernel directly: the shim's own functions come in here.
Journal::Journal()
    : root_(Normal(Setting("POWER_LOSS_ROOT"))), forget_(Setting("POWER_LOSS_FORGET")) {
  const std::string journal = Setting("POWER_LOSS_JOURNAL");
  const std::string commands = Setting("POWER_LOSS_COMMANDS");
  const auto open = [](const std::string& path, int flags) {
    return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path.c_str(), flags | O_CLOEXEC, 0644));
  };
  fd_ = open(journal, O_WRONLY | O_CREAT | O_APPEND);
  commands_ = open(commands, O_RDONLY);
  if (root_.empty() || fd_ < 0 || commands_ < 0) GiveUp("its settings are missing or wrong");
  if (!ReadCommand()) GiveUp("nobody is there to command it");
  sigset_t all, before;  // signals are for the program's own threads
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread([this] { ReadCommands(); }).detach();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Journal::ReadCommands() {
  while (ReadCommand()) {
  }
  Die();
}

bool Journal::ReadCommand() {
  std::string line;
  for (char c = 0; c != '\n';) {
    const ssize_t got = syscall(SYS_read, commands_, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    line += c;
  }
  const std::lock_guard lock(mutex_);
  if (line.starts_with("kill ")) {
    records_left_ = std::strtoll(line.c_str() + 5, nullptr, 10);
    if (records_left_ == 0) Die();
  } else if (line.starts_with("fail ")) {
    syncs_until_failure_ = std::strtoll(line.c_str() + 5, nullptr, 10);
  } else if (line != "go\n") {
    GiveUp("no such command: " + line);
  }
  return true;
}

void Journal::Die() {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

std::string Journal::PathUnderRoot(int at, const char* path) const {
  if (path == nullptr) return "";
  const std::string whole = Normal(*path == '/' ? path : DirectoryOf(at) + "/" + path);
  const bool under = whole == root_ || whole.starts_with(root_ + "/");
  return under ? whole : "";
}

void Journal::Turn::Note(Kind kind, uint64_t inode, uint64_t a, std::string_view text) {
  if (kind == Kind::kCreate) journal_.with_data_.erase(inode);  // its number is used again
  Append({kind, static_cast<uint32_t>(text.size()), inode, a, 0, 0}, text, {});
}

void Journal::Turn::Write(uint64_t inode, uint64_t offset, const void* bytes, ssize_t size) {
  const std::string_view data(static_cast<const char*>(bytes), static_cast<size_t>(size));
  const bool zeros = std::all_of(data.begin(), data.end(), [](char c) { return c == 0; });
  if (zeros) {
    Append({Kind::kZeros, 0, inode, offset, data.size(), 0}, {}, {});
  } else {
    journal_.with_data_.insert(inode);
    Append({Kind::kWrite, 0, inode, offset, 0, data.size()}, {}, data);
  }
}

uint64_t Journal::Turn::BeginSync(uint64_t inode) {
  const uint64_t number = ++journal_.syncs_;
  Note(Kind::kSyncBegin, inode, number);
  return number;
}

bool Journal::Turn::TakeFailure(uint64_t inode) {
  if (!journal_.with_data_.contains(inode)) return false;
  return journal_.syncs_until_failure_ > 0 && --journal_.syncs_until_failure_ == 0;
}

bool Journal::Turn::Forgets(std::string_view path, uint64_t inode, bool is_directory) const {
  const std::string& which = journal_.forget_;
  if (is_directory) return which == "directory";
  if (!path.ends_with(".log")) return which == "file";
  return which == "frame" && journal_.with_data_.contains(inode);
}

void Journal::Turn::Append(const Header& header, std::string_view text, std::string_view data) {
  std::string record(reinterpret_cast<const char*>(&header), sizeof header);
  record.append(text).append(data);
  const char* at = record.data();
  for (size_t left = record.size(); left > 0;) {
    const ssize_t put = syscall(SYS_write, journal_.fd_, at, left);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) GiveUp("the journal cannot be written");
    at += put;
    left -= static_cast<size_t>(put);
  }
  if (journal_.records_left_ > 0 && --journal_.records_left_ == 0) Die();
}

}  // namespace power_loss
