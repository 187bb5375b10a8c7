// PostgresLoad: submissions to PostgreSQL as prepared INSERT … ON CONFLICT DO NOTHING: one event as
// three values, many as three arrays (unnest), each request a transaction of its own.
//
//   Driver driver(PostgresLoad::To("host=/tmp/pg dbname=postgres", options), options);
//
// Threads, errors: as LoadConnection's. libpq, without blocking, in pipeline mode.
#pragma once

#include <libpq-fe.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "app/bench/driver.h"
#include "app/bench/load_connection.h"

namespace oncelog::app::bench {

class PostgresLoad : public LoadConnection {
 public:
  struct Close {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  using Handle = std::unique_ptr<PGconn, Close>;

  // A connection on which Prepare has been done.
  explicit PostgresLoad(Handle connection);
  // `single`: requests hold one event.
  static Connector To(const std::string& conninfo, bool single);

  [[nodiscard]] int descriptor() const override { return PQsocket(connection_.get()); }
  [[nodiscard]] bool wants_write() const override { return wants_write_; }
  void AddRequest(EventMaker& maker, uint64_t events, uint64_t now_us) override;
  void Flush() override;
  void Read(uint64_t now_us, const Done& done) override;

 private:
  void SendSingle(EventMaker& maker);
  void SendArrays(EventMaker& maker, uint64_t events);
  void Send(const std::array<std::string_view, 3>& parameters);
  void Take(const PGresult& result, uint64_t now_us, const Done& done);
  void FailAs(const char* what);

  Handle connection_;
  bool wants_write_ = false;
  std::string topics_, ids_, events_;  // parameters in binary form
};

}  // namespace oncelog::app::bench
