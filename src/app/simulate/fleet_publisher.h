// FleetPublisher: one publisher of the fleet: sends its plan, batch after batch, each again and
// again until it has its verdicts, and has every answer judged.
//
//   FleetPublisher publisher(fleet, /*number=*/2);
//   std::thread thread([&] { publisher.Run(); });
//
// A retry sends the same events, now and then with new timestamps, as real publishers do. A batch
// that is refused for its invalid events is sent once more without them.
// Threads: Run on one of its own. Ownership: all of Fleet stays the caller's.
// Errors: a valid batch that is refused or gets no verdict in time is a finding, and stops the
// fleet.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "app/client/sender.h"
#include "app/config/host_port.h"
#include "app/simulate/faulty_line.h"
#include "app/simulate/findings.h"
#include "app/simulate/judge.h"
#include "app/simulate/ledger.h"
#include "app/simulate/options.h"
#include "app/simulate/stop.h"
#include "app/simulate/workload.h"

namespace oncelog::app::simulate {

// What the fleet has done so far; any thread may look.
struct FleetCounts {
  std::atomic<uint64_t> received{0};  // submissions with a final answer
  std::atomic<uint64_t> accepted{0};
  std::atomic<uint64_t> duplicates{0};
  std::atomic<uint64_t> conflicts{0};
  std::atomic<uint64_t> invalid{0};
  std::atomic<uint64_t> retries{0};
  std::atomic<uint64_t> lost_answers{0};
  std::atomic<uint64_t> lost_requests{0};
  std::atomic<uint64_t> unknown{0};          // submissions in tries whose outcome stays unknown
  std::atomic<uint64_t> without_results{0};  // answers that judged no single event
};

struct Fleet {
  const Options& options;
  const HostPort& server;
  const Workload& workload;
  Ledger& ledger;
  Findings& findings;
  FleetCounts& counts;
  Stop& stop;
};

class FleetPublisher {
 public:
  FleetPublisher(const Fleet& fleet, uint64_t number);
  FleetPublisher(const FleetPublisher&) = delete;  // its sender points to it
  FleetPublisher& operator=(const FleetPublisher&) = delete;

  void Run();

 private:
  bool Deliver();
  Result<net::ClientResponse> SendBatch();
  Result<net::ClientResponse> Try(const ClientRequest& request);
  bool TakeAnswer(const net::ClientResponse& answer);
  void TakeRefusal(const net::ClientResponse& answer);
  bool Fail(Breach breach, const std::string& what);
  void Restamp();
  void MarkUnknown();
  void WriteBody();
  [[nodiscard]] uint64_t CountInvalid() const;

  const Fleet fleet_;
  const uint64_t number_;
  Random random_;
  Judge judge_;
  FaultyLine line_;
  Sender sender_;
  // Of the batch that is being sent:
  std::vector<Submission> batch_;
  std::string body_;
  bool all_or_none_ = false;  // without on_invalid=skip
  bool tried_ = false;
  bool maybe_stored_ = false;  // by a try whose answer did not come
};

}  // namespace oncelog::app::simulate
