#include "app/simulate/own_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <utility>
#include <vector>

namespace oncelog::app::simulate {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kStartMax{120'000};

Error Failed(const char* doing) { return {Code::kIo, std::string(doing) + ": " + strerror(errno)}; }

bool IsFree(uint16_t port) {
  const net::Descriptor fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

// Below the ports that the system hands out by itself, so that nobody gets it between a kill and
// the next start.
Result<uint16_t> FreePort() {
  constexpr int kFirst = 20'000;
  constexpr int kPorts = 10'000;
  for (int step = 0; step < kPorts; ++step) {
    const auto port = static_cast<uint16_t>(kFirst + (getpid() * 17 + step * 13) % kPorts);
    if (IsFree(port)) return port;
  }
  return Error(Code::kIo, "no port between 20000 and 29999 is free");
}

// In the child. Only what is safe between fork and exec of a process with threads.
[[noreturn]] void Become(const std::vector<char*>& arguments, int out, int err, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  setpgid(0, 0);  // Ctrl-C is for the simulation, which decides what becomes of its server
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  execv(arguments.front(), arguments.data());
  _exit(127);
}

}  // namespace

OwnServer::OwnServer(std::string data, std::string log, std::string program,
                     std::vector<std::string> flags, HostPort address)
    : data_(std::move(data)),
      log_(std::move(log)),
      program_(std::move(program)),
      flags_(std::move(flags)),
      address_(std::move(address)) {}

OwnServer::OwnServer(OwnServer&& other) noexcept
    : data_(std::move(other.data_)),
      log_(std::move(other.log_)),
      program_(std::move(other.program_)),
      flags_(std::move(other.flags_)),
      address_(std::move(other.address_)),
      pid_(std::exchange(other.pid_, 0)),
      stdout_(std::move(other.stdout_)) {}

OwnServer::~OwnServer() { Kill(); }

Result<OwnServer> OwnServer::Create(std::string data, std::string log, std::string program,
                                    std::vector<std::string> flags) {
  const Result<uint16_t> port = FreePort();
  if (!port.ok()) return port.error();
  return OwnServer(std::move(data), std::move(log), std::move(program), std::move(flags),
                   {.host = "127.0.0.1", .port = *port});
}

Status OwnServer::Start(Interrupt& interrupt) {
  const Status spawned = Spawn();
  return spawned.ok() ? WaitForFirstLine(interrupt) : spawned;
}

Status OwnServer::Spawn() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return Failed("starting a server");
  stdout_ = net::Descriptor(ends[0]);
  net::Descriptor out(ends[1]);
  const net::Descriptor err(open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (err.get() < 0) return Failed(log_.c_str());

  std::vector<std::string> words = {
      program_, "serve", "--data", data_, "--listen", address_.ToString(), "--log-level", "warn"};
  words.insert(words.end(), flags_.begin(), flags_.end());
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) Become(arguments, out.get(), err.get(), parent);
  if (pid_ < 0) {
    pid_ = 0;
    return Failed("starting a server");
  }
  return OkStatus();  // `out` is closed here, else its end would not be seen
}

// It opens its port before it says so.
Status OwnServer::WaitForFirstLine(Interrupt& interrupt) {
  std::array<char, 512> said;
  constexpr milliseconds kSlice{50};
  for (milliseconds waited{0}; waited < kStartMax; waited += kSlice) {
    if (interrupt.Came()) return Error(Code::kIo, "interrupted");
    pollfd entry{.fd = stdout_.get(), .events = POLLIN, .revents = 0};
    if (poll(&entry, 1, static_cast<int>(kSlice.count())) <= 0) continue;
    const ssize_t size = read(stdout_.get(), said.data(), said.size());
    if (size > 0) return OkStatus();  // its first write holds the first line
    break;
  }
  Kill();
  return Error(Code::kIo, "the server did not start: " + LastWords());
}

void OwnServer::Kill() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
}

Status OwnServer::Stop() {
  constexpr milliseconds kSlice{20};
  kill(pid_, SIGTERM);
  int how = 0;
  for (milliseconds waited{0}; waitpid(pid_, &how, WNOHANG) == 0; waited += kSlice) {
    if (waited > kStartMax) {
      Kill();
      return Error(Code::kIo, "the server did not end on SIGTERM: " + LastWords());
    }
    poll(nullptr, 0, static_cast<int>(kSlice.count()));
  }
  pid_ = 0;
  if (WIFEXITED(how) && WEXITSTATUS(how) == 0) return OkStatus();
  return Error(Code::kIo, "the server did not end with 0 on SIGTERM: " + LastWords());
}

void OwnServer::Limit(__rlimit_resource what, std::optional<rlim_t> most) {
  rlimit limit{};
  if (prlimit(pid_, what, nullptr, &limit) != 0) return;  // it has ended: a start will tell
  limit.rlim_cur = most ? std::min(*most, limit.rlim_max) : limit.rlim_max;
  prlimit(pid_, what, &limit, nullptr);
}

std::string OwnServer::LastWords() const {
  std::ifstream log(log_);
  std::string last = "it said nothing";
  for (std::string line; std::getline(log, line);) {
    if (!line.empty()) last = line;
  }
  return last;
}

}  // namespace oncelog::app::simulate
