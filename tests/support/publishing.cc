#include "tests/support/publishing.h"

#include "base/check.h"
#include "event/decoder.h"

namespace oncelog::test {

std::string TestEvent::Json() const {
  return R"({"topic":")" + topic + R"(","event_id":")" + id +
         R"(","timestamp":"2025-10-22T10:00:00Z","source":")" + source +
         R"(","payload":{"value":)" + std::to_string(value) + R"(,"padding":")" +
         std::string(padding, 'x') + "\"}}";
}

event::Batch BatchOf(const HashKey& key, const std::vector<TestEvent>& events) {
  std::string body = "[";
  for (const TestEvent& event : events) {
    if (body.size() > 1) body += ',';
    body += event.Json();
  }
  body += ']';
  event::Decoder decoder(key);
  Result<event::Batch> batch = decoder.Decode(body, event::BodyFormat::kJson);
  Check(batch.ok() && batch->invalid.empty(), "test events are valid");
  return batch.Take();
}

}  // namespace oncelog::test
