// Readback: the lists of events a server gives, event by event, in the order in which it gives
// them: that of all topics, and that of one.
//
//   Readback readback(server, patience, interrupt);
//   Result<bool> is_new = readback.Begin(workload);   // also learns how the server lists events
//   const auto take = [&](std::string_view event) { return auditor.Take(event); };
//   Result<bool> all = readback.ReadAll(take);
//   Status s = readback.ReadTopic("sim.1f3a.4", …);
//
// All topics: NDJSON where the server has it. Else, and for one topic always: pages by cursor, or
// one plain list, {"events":[…]} or […].
// Threads: one. Memory: a line, a page, or the plain list; 16 bytes for each page of a list.
// Errors: kIo when the server is away or the list breaks off, kInvalid for what is no list and for
// one that does not end. `patience` is for each wait without any progress.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "app/client/json.h"
#include "app/config/host_port.h"
#include "app/simulate/interrupt.h"
#include "app/simulate/workload.h"
#include "base/result.h"
#include "net/client.h"

namespace oncelog::app::simulate {

class Readback {
 public:
  // False: it is enough, the list cannot be right any more.
  using Take = std::function<bool(std::string_view event)>;

  Readback(const HostPort& server, std::chrono::milliseconds patience, Interrupt& interrupt);

  // Whether the run is new to the server: it holds none of its events.
  Result<bool> Begin(const Workload& workload);
  // GET /events; false if the server refuses it without a topic.
  Result<bool> ReadAll(const Take& take);
  // GET /events?topic=
  Status ReadTopic(const std::string& topic, const Take& take);
  // GET /stats; null if the server has none.
  Json Stats();

 private:
  struct Page {
    uint64_t events = 0;
    uint64_t hash = 0;  // of all its events
    bool has_cursor = false;
    bool has_more = false;
    std::string next;
  };
  class Course;
  // How a kind of list is given; looked at when the first of them is read.
  enum class Form { kUnknown, kPages, kPlain };

  [[nodiscard]] std::string ListTarget(const std::string& topic, const std::string& after,
                                       std::string_view limit) const;
  Result<net::ClientResponse> Probe(const std::string& topic);
  Status ReadLines(const Take& take);
  Status ReadList(const std::string& topic, Form& form, const Take& take);
  Status ReadPages(const std::string& topic, const Take& take);
  Result<Page> ReadPage(const std::string& target, const Take& take);
  Result<std::string> Get(const std::string& target);

  net::Client client_;
  Interrupt& interrupt_;
  bool ndjson_ = false;
  bool takes_limit_ = true;
  Form form_of_all_ = Form::kUnknown;
  Form form_of_topics_ = Form::kUnknown;
};

}  // namespace oncelog::app::simulate
