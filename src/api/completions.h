// Completions: brings settled works back from the engine's threads to the I/O loops they came from:
// one Post per loop and frame, however many requests a frame answers.
//
//   Completions completions(loops, [](PublishWork& work) { …render and send… });
//   completions.Bind([&](int loop, auto run) { server->Post(loop, std::move(run)); });
//
// Threads: Settled on the engine's threads; the callback runs on the work's loop. Bind before the
// first work is submitted. Ownership: the poster must take closures until the engine has stopped.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "ingest/engine.h"

namespace oncelog::api {

using Post = std::function<void(int loop, std::function<void()> run)>;

class Completions : public ingest::CompletionSink {
 public:
  using Works = std::vector<std::unique_ptr<ingest::Work>>;
  // Which loop a work belongs to, and what to do with it there.
  using LoopOf = std::function<int(const ingest::Work&)>;
  using Complete = std::function<void(ingest::Work&)>;

  Completions(int loops, LoopOf loop_of, Complete complete);

  void Bind(Post post) { post_ = std::move(post); }
  void Settled(Works works) override;

 private:
  void PostWorks(int loop, Works works);

  const int loops_;
  const LoopOf loop_of_;
  const Complete complete_;
  Post post_;
};

}  // namespace oncelog::api
