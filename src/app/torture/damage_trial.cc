#include "app/torture/damage_trial.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "app/client/connection.h"
#include "app/simulate/answer.h"
#include "app/simulate/auditor.h"
#include "app/simulate/ledger.h"
#include "app/simulate/readback.h"
#include "net/client.h"

namespace oncelog::app::torture {
namespace {

using simulate::Auditor;
using simulate::Breach;
using simulate::Findings;
using simulate::Ledger;
using simulate::OwnServer;

constexpr uint64_t kBatch = 2000;
constexpr std::chrono::seconds kTimeout{60};

std::string TextOf(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

// "log/3.log" for "p0000/log/3.log", "STORE" for "STORE.bak": what a message must hold.
std::string NameToSay(const std::string& file) {
  const std::filesystem::path path(file);
  const std::string name = path.filename().string();
  const std::string folder = path.parent_path().filename().string();
  const bool numbered = name.front() >= '0' && name.front() <= '9';
  return numbered && !folder.empty() ? folder + "/" + name : name.substr(0, name.find('.'));
}

bool NamesOne(const std::string& text, const std::vector<std::string>& files) {
  return std::any_of(files.begin(), files.end(), [&](const std::string& file) {
    return text.find(NameToSay(file)) != std::string::npos;
  });
}

}  // namespace

Result<DamageTrial::Outcome> DamageTrial::Run(const std::string& data, const std::string& log,
                                              const std::vector<std::string>& damaged) {
  Result<OwnServer> server = OwnServer::Create(data, log, options_.program, flags_);
  if (!server.ok()) return server.error();
  const Status started = server->Start(interrupt_);
  if (interrupt_.Came()) return Error(Code::kIo, "interrupted");
  if (!started.ok()) {
    if (NamesOne(TextOf(log), damaged)) return Outcome{Kind::kRefused, ""};
    return Outcome{Kind::kBroken,
                   "it did not start, and does not name the file: " + started.error().message()};
  }
  bool forgotten = false;
  std::string wrong = ReadBack(server->address());
  wrong += SendAgain(server->address(), &forgotten);
  server->Kill();
  if (interrupt_.Came()) return Error(Code::kIo, "interrupted");
  if (wrong.empty()) return Outcome{Kind::kHarmless, ""};
  const bool named = NamesOne(wrong + TextOf(log), damaged);
  if (named && !forgotten) return Outcome{Kind::kNamed, ""};
  return Outcome{Kind::kBroken, wrong};
}

std::string DamageTrial::ReadBack(const HostPort& server) {
  Ledger ledger(workload_.fresh());
  for (uint64_t event = 0; event < ledger.events(); ++event) {
    ledger.Mark(event, Ledger::kAnswered);
  }
  Findings findings;
  Auditor auditor(workload_, ledger, findings);
  simulate::Readback readback(server, kTimeout, interrupt_);
  const Result<bool> read =
      readback.ReadAll([&](std::string_view event) { return auditor.Take(event); });
  if (!read.ok()) return read.error().message() + "; ";
  auditor.Finish();
  std::string wrong;
  for (size_t i = 0; i < simulate::kBreaches; ++i) {
    const auto breach = static_cast<Breach>(i);
    for (const std::string& example : findings.examples(breach)) wrong += example + "; ";
  }
  return wrong;
}

std::string DamageTrial::SendAgain(const HostPort& server, bool* forgotten) {
  net::Client client(server.host, server.port, kTimeout);
  for (uint64_t first = 0; first < workload_.fresh() && !interrupt_.Came(); first += kBatch) {
    std::string body = "[";
    const uint64_t end = std::min(first + kBatch, workload_.fresh());
    for (uint64_t event = first; event < end; ++event) {
      workload_.Append({.event = event}, &body);
      body.push_back(event + 1 == end ? ']' : ',');
    }
    const Result<net::ClientResponse> answer =
        client.Send("POST", "/publish", {{"Content-Type", "application/json"}}, body);
    if (!answer.ok()) return "sending events again: " + answer.error().message();
    if (answer->status != 200) return "sending events again: " + DescribeProblem(*answer);
    const Result<simulate::PublishAnswer> said = simulate::PublishAnswer::Parse(answer->body);
    if (!said.ok()) return "sending events again: an answer is no JSON object";
    for (size_t i = 0; i < said->results.size(); ++i) {
      if (said->results[i].verdict == simulate::Verdict::kDuplicate) continue;
      *forgotten = true;
      return workload_.Name(first + i) + ", which was stored, is now called " +
             std::string(NameOf(said->results[i].verdict));
    }
  }
  return "";
}

}  // namespace oncelog::app::torture
