#include "bench/peers/postgres_load.h"

#include <array>
#include <cstdlib>
#include <utility>

#include "base/check.h"

namespace oncelog::app::bench {
namespace {

constexpr const char* kStatement = "publish";
constexpr const char* kSingle =
    "INSERT INTO events (topic, event_id, event) VALUES ($1::text, $2::text, $3::text) "
    "ON CONFLICT DO NOTHING";
// Sorted, so that two batches with ids in common cannot wait for each other in a circle.
constexpr const char* kArrays =
    "INSERT INTO events (topic, event_id, event) "
    "SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS t(topic, event_id, event) "
    "ORDER BY topic COLLATE \"C\", event_id COLLATE \"C\" ON CONFLICT DO NOTHING";
constexpr uint32_t kTextOid = 25;

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, Clear>;

void AppendBig(std::string& to, uint64_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) to += static_cast<char>(number >> shift & 0xff);
}

// The head of a one-dimensional array of texts, as array_recv() wants it.
void StartArray(std::string& array, uint64_t elements) {
  array.clear();
  for (const uint64_t word :
       {uint64_t{1}, uint64_t{0}, uint64_t{kTextOid}, elements, uint64_t{1}}) {
    AppendBig(array, word);
  }
}

void AppendText(std::string& array, std::string_view text) {
  AppendBig(array, text.size());
  array += text;
}

}  // namespace

PostgresLoad::PostgresLoad(Handle connection) : connection_(std::move(connection)) {
  Check(PQsetnonblocking(connection_.get(), 1) == 0, "an idle connection can be set so");
  Check(PQenterPipelineMode(connection_.get()) == 1, "an idle connection can enter it");
}

Connector PostgresLoad::To(const std::string& conninfo, bool single) {
  return [conninfo, single]() -> Result<std::unique_ptr<LoadConnection>> {
    Handle connection(PQconnectdb(conninfo.c_str()));
    if (PQstatus(connection.get()) == CONNECTION_OK) {
      const Answer prepared(
          PQprepare(connection.get(), kStatement, single ? kSingle : kArrays, 3, nullptr));
      if (PQresultStatus(prepared.get()) == PGRES_COMMAND_OK) {
        return {std::make_unique<PostgresLoad>(std::move(connection))};
      }
    }
    return Error(Code::kIo, std::string("PostgreSQL: ") + PQerrorMessage(connection.get()));
  };
}

void PostgresLoad::AddRequest(EventMaker& maker, uint64_t events, uint64_t now_us) {
  if (events == 1) {
    SendSingle(maker);
  } else {
    SendArrays(maker, events);
  }
  if (PQpipelineSync(connection_.get()) != 1) FailAs("sync");
  Sent(events, now_us);
}

void PostgresLoad::SendSingle(EventMaker& maker) {
  std::array<char, kEventBytes> event;
  maker.Write(event.data());
  const EventIdentity identity = IdentityIn(event.data());
  Send({identity.topic, identity.event_id, {event.data(), event.size()}});
}

void PostgresLoad::SendArrays(EventMaker& maker, uint64_t events) {
  for (std::string* array : {&topics_, &ids_, &events_}) StartArray(*array, events);
  std::array<char, kEventBytes> event;
  for (uint64_t i = 0; i < events; ++i) {
    maker.Write(event.data());
    const EventIdentity identity = IdentityIn(event.data());
    AppendText(topics_, identity.topic);
    AppendText(ids_, identity.event_id);
    AppendText(events_, {event.data(), event.size()});
  }
  Send({topics_, ids_, events_});
}

void PostgresLoad::Send(const std::array<std::string_view, 3>& parameters) {
  std::array<const char*, 3> values;
  std::array<int, 3> sizes;
  for (size_t i = 0; i < parameters.size(); ++i) {
    values[i] = parameters[i].data();
    sizes[i] = static_cast<int>(parameters[i].size());
  }
  constexpr std::array<int, 3> kBinary{1, 1, 1};
  if (PQsendQueryPrepared(connection_.get(), kStatement, 3, values.data(), sizes.data(),
                          kBinary.data(), 0) != 1) {
    FailAs("send");
  }
}

void PostgresLoad::Flush() {
  const int left = PQflush(connection_.get());
  if (left < 0) FailAs("flush");
  wants_write_ = left > 0;
}

void PostgresLoad::Read(uint64_t now_us, const Done& done) {
  if (PQconsumeInput(connection_.get()) != 1) return FailAs("receive");
  // Each request has three results: its own, null for its end, and that of the sync.
  while (failure().empty() && in_flight() > 0 && PQisBusy(connection_.get()) == 0) {
    const Answer result(PQgetResult(connection_.get()));
    if (result != nullptr) Take(*result, now_us, done);
  }
}

void PostgresLoad::Take(const PGresult& result, uint64_t now_us, const Done& done) {
  LoadAnswer answer;
  switch (PQresultStatus(&result)) {
    case PGRES_PIPELINE_SYNC: return;
    case PGRES_COMMAND_OK:
      answer.accepted = std::strtoull(PQcmdTuples(const_cast<PGresult*>(&result)), nullptr, 10);
      answer.duplicates = first_in_flight_events() - answer.accepted;
      break;
    default: answer.status = 500; answer.text = PQresultErrorMessage(&result);
  }
  Finish(answer, now_us, done);
}

void PostgresLoad::FailAs(const char* what) {
  Fail(std::string("PostgreSQL: ") + what + ": " + PQerrorMessage(connection_.get()));
}

}  // namespace oncelog::app::bench
