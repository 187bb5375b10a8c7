// Publishing in tests without HTTP: batches made from a few words an event.
//
//   Batch batch = BatchOf(engine->hash_key(), {{"t", "id1", 7}, {"t", "id2", 8}});
//   Outcome outcome = engine->Apply(std::move(batch));
//
// Threads: pure functions.
#pragma once

#include <string>
#include <vector>

#include "base/hash.h"
#include "event/batch.h"

namespace oncelog::test {

struct TestEvent {
  std::string topic;
  std::string id;
  int value = 0;       // the content
  size_t padding = 0;  // bytes added to the payload
  std::string source = "test";

  [[nodiscard]] std::string Json() const;
};

event::Batch BatchOf(const HashKey& key, const std::vector<TestEvent>& events);

}  // namespace oncelog::test
