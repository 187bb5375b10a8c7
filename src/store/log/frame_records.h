// Walking the records of a frame whose checksum has been verified.
//
//   Status s = ForEachRecord(header, payload, seed, [&](const RecordView& record, size_t at) {
//     return OkStatus();   // `at`: where the record starts in the payload
//   });
//
// Errors: kDamaged if the records do not fill the frame as its header says; else what `visit`
// answers.
#pragma once

#include <string_view>

#include "base/result.h"
#include "event/record.h"
#include "store/log/frame.h"

namespace oncelog::store {

template <typename Visit>
Status ForEachRecord(const FrameHeader& header, std::string_view payload, uint64_t store_seed,
                     Visit&& visit) {
  size_t at = 0;
  for (uint32_t i = 0; i < header.records; ++i) {
    const Result<event::RecordView> record =
        event::ParseRecord(payload.substr(at), store_seed, /*verify=*/false);
    if (!record.ok()) return record.error();
    if (Status s = visit(*record, at); !s.ok()) return s;
    at += record->bytes.size();
  }
  if (at != payload.size()) return Error(Code::kDamaged, "a frame holds more than its records");
  return OkStatus();
}

}  // namespace oncelog::store
