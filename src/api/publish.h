// Publisher: POST /publish, from the request to the engine's Work, and from the settled Work to the
// answer. It neither submits nor sends: api.h does.
//
//   OrProblem<Publisher::Begun> begun = publisher.Begin(request);
//   if (auto* answer = std::get_if<net::Response>(&*begun)) …;    // there was nothing to store
//   … engine.Submit(work) …; later, on the same loop: Publisher::Finish(*work)
//
// Threads: one Publisher for each thread that decodes (it keeps the decoder's buffers).
// Cost: header look-ups and one allocation besides decoding.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "api/content_coding.h"
#include "api/problem.h"
#include "api/reply.h"
#include "base/hash.h"
#include "event/decoder.h"
#include "ingest/engine.h"
#include "net/http.h"

namespace oncelog::api {

// A batch on its way through the engine, with what its answer needs.
struct PublishWork : ingest::Work {
  int loop = 0;
  bool minimal = false;        // Prefer: return=minimal
  std::optional<Reply> reply;  // set by who will send the answer
};

class Publisher {
 public:
  // `invalid_count` counts invalid submissions; shared by the Publishers of all loops.
  Publisher(const HashKey& key, size_t body_bytes_max, std::atomic<uint64_t>* invalid_count);

  using Begun = std::variant<net::Response, std::unique_ptr<PublishWork>>;
  // Takes the request's body.
  OrProblem<Begun> Begin(net::Request& request);

  // The answer for a settled work.
  static OrProblem<net::Response> Finish(const PublishWork& work);

 private:
  event::Decoder decoder_;
  Decompressor decompressor_;
  std::atomic<uint64_t>* invalid_count_;
};

}  // namespace oncelog::api
