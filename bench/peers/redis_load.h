// RedisLoad: submissions to Redis, as one would deduplicate with it: a set of ids and a stream for
// each topic, both changed by one script, so that a crash leaves neither without the other.
//
//   Driver driver(RedisLoad::To("/tmp/redis.sock", options), options);
//
// Threads, errors: as LoadConnection's. hiredis makes the commands and reads the answers.
#pragma once

#include <hiredis/hiredis.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/bench/driver.h"
#include "app/bench/load_stream.h"

namespace oncelog::app::bench {

class RedisLoad : public LoadStream {
 public:
  // `script`: the digest by which the server knows it.
  RedisLoad(net::Descriptor socket, std::string script);
  static Connector To(const std::string& socket_path);

  void AddRequest(EventMaker& maker, uint64_t events, uint64_t now_us) override;

 private:
  struct FreeReader {
    void operator()(redisReader* reader) const { redisReaderFree(reader); }
  };

  size_t Parse(std::string_view bytes, uint64_t now_us, const Done& done) override;
  void Take(const redisReply& reply, uint64_t now_us, const Done& done);

  const std::string script_;
  std::unique_ptr<redisReader, FreeReader> reader_;
  std::string made_;  // the events of the request that is being made
  std::vector<const char*> words_;
  std::vector<size_t> sizes_;
};

}  // namespace oncelog::app::bench
