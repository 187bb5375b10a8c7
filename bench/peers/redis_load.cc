#include "bench/peers/redis_load.h"

#include <utility>

namespace oncelog::app::bench {
namespace {

constexpr timeval kTimeout{.tv_sec = 10, .tv_usec = 0};
constexpr const char* kScript = R"(
local accepted = 0
for i = 1, #ARGV, 3 do
  if redis.call('SADD', 'ids:' .. ARGV[i], ARGV[i + 1]) == 1 then
    redis.call('XADD', ARGV[i], '*', 'e', ARGV[i + 2])
    accepted = accepted + 1
  end
end
return accepted)";

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};
using Context = std::unique_ptr<redisContext, FreeContext>;

}  // namespace

RedisLoad::RedisLoad(net::Descriptor socket, std::string script)
    : LoadStream(std::move(socket)), script_(std::move(script)), reader_(redisReaderCreate()) {}

Connector RedisLoad::To(const std::string& socket_path) {
  return [socket_path]() -> Result<std::unique_ptr<LoadConnection>> {
    Context context(redisConnectUnixWithTimeout(socket_path.c_str(), kTimeout));
    if (context == nullptr || context->err != 0) {
      return Error(Code::kIo, socket_path + ": " + (context ? context->errstr : "no memory"));
    }
    const Reply loaded(
        static_cast<redisReply*>(redisCommand(context.get(), "SCRIPT LOAD %s", kScript)));
    if (loaded == nullptr || loaded->type != REDIS_REPLY_STRING) {
      return Error(Code::kIo, socket_path + ": the script was not taken");
    }
    net::Descriptor socket(redisFreeKeepFd(context.release()));
    return {std::make_unique<RedisLoad>(std::move(socket), std::string(loaded->str, loaded->len))};
  };
}

void RedisLoad::AddRequest(EventMaker& maker, uint64_t events, uint64_t now_us) {
  made_.resize(events * kEventBytes);
  words_.assign({"EVALSHA", script_.c_str(), "0"});
  sizes_.assign({7, script_.size(), 1});
  const auto add = [this](std::string_view word) {
    words_.push_back(word.data());
    sizes_.push_back(word.size());
  };
  for (uint64_t i = 0; i < events; ++i) {
    char* event = made_.data() + i * kEventBytes;
    maker.Write(event);
    const EventIdentity identity = IdentityIn(event);
    add(identity.topic);
    add(identity.event_id);
    add({event, kEventBytes});
  }
  char* command = nullptr;
  const int bytes = static_cast<int>(redisFormatCommandArgv(
      &command, static_cast<int>(words_.size()), words_.data(), sizes_.data()));
  if (bytes < 0) return Fail("no memory for a command");
  out().append(command, static_cast<size_t>(bytes));
  redisFreeCommand(command);
  Sent(events, now_us);
}

size_t RedisLoad::Parse(std::string_view bytes, uint64_t now_us, const Done& done) {
  redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
  void* next = nullptr;
  while (failure().empty()) {
    if (redisReaderGetReply(reader_.get(), &next) != REDIS_OK) {
      Fail(std::string("not an answer of Redis: ") + reader_->errstr);
    }
    if (next == nullptr) break;
    const Reply reply(static_cast<redisReply*>(next));
    Take(*reply, now_us, done);
  }
  return bytes.size();  // the reader keeps what is not complete
}

void RedisLoad::Take(const redisReply& reply, uint64_t now_us, const Done& done) {
  if (in_flight() == 0) return Fail("an answer to no request");
  LoadAnswer answer;
  if (reply.type == REDIS_REPLY_INTEGER) {
    answer.accepted = static_cast<uint64_t>(reply.integer);
    answer.duplicates = first_in_flight_events() - answer.accepted;
  } else {
    answer.status = 500;
    answer.text = {reply.str, reply.str != nullptr ? reply.len : 0};
  }
  Finish(answer, now_us, done);
}

}  // namespace oncelog::app::bench
