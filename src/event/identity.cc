#include "event/identity.h"

#include <cstring>

#include "base/check.h"
#include "event/limits.h"

namespace oncelog::event {

Fingerprint FingerprintOf(const HashKey& key, std::string_view topic, std::string_view event_id) {
  Check(topic.size() <= kTopicBytesMax && event_id.size() <= kEventIdBytesMax,
        "an identity is within its limits before it is hashed");
  char joined[kTopicBytesMax + 1 + kEventIdBytesMax];
  std::memcpy(joined, topic.data(), topic.size());
  joined[topic.size()] = '\0';
  std::memcpy(joined + topic.size() + 1, event_id.data(), event_id.size());
  const Hash128 hash = key.Hash({joined, topic.size() + 1 + event_id.size()});
  return {hash.high, hash.low >> 24};
}

}  // namespace oncelog::event
