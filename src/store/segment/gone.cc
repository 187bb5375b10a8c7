#include "store/segment/gone.h"

namespace oncelog::store {

bool HoldsConflict(const event::RecordView& record) {
  return record.kind == event::RecordKind::kConflict &&
         record.json.find_first_not_of(' ') != std::string_view::npos;
}

std::string_view WithoutGone(const event::RecordView& record, const GonePredicate& gone,
                             uint64_t store_seed, std::string* buffer) {
  if (!gone || !HoldsConflict(record) || !gone(record.topic, record.entry.sequence())) {
    return record.bytes;
  }
  buffer->clear();
  event::AppendConflictRecord(buffer, record.topic, record.entry, /*source=*/{},
                              std::string(record.json.size(), ' '), store_seed);
  return *buffer;
}

}  // namespace oncelog::store
