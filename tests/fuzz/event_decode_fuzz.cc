// Any bytes as the body of a publish request. Beyond not crashing:
//   - what is stored is one line of JSON that decodes to the same event again;
//   - an object is the same event, or invalid for the same reason, by itself, as a line of NDJSON,
//     and as the element of an array and of {"events":[…]};
//   - its content hash is that of a slow implementation with another parser;
//   - our own checker takes exactly the texts that the parser takes.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "event/decoder.h"
#include "event/json_check.h"
#include "event/json_document.h"
#include "event/limits.h"
#include "event/record.h"
#include "tests/support/slow_content_hash.h"

namespace oncelog::event {
namespace {

const HashKey& Key() {
  static const HashKey key("0123456789abcdef0123456789abcdef");
  return key;
}

// One decoder for all inputs, as a server has: nothing may be left over from the one before.
Result<Batch> DecodeOf(std::string body, BodyFormat format) {
  static Decoder decoder(Key());
  return decoder.Decode(body, format);
}

bool SameEvents(const Batch& one, const Batch& other) {
  if (one.submissions.size() != other.submissions.size()) return false;
  if (one.invalid.size() != other.invalid.size()) return false;
  for (size_t i = 0; i < one.submissions.size(); ++i) {
    const Submission& a = one.submissions[i];
    const Submission& b = other.submissions[i];
    if (a.index != b.index || a.id != b.id || a.content != b.content) return false;
    if (one.View(a.record) != other.View(b.record)) return false;
    if (one.View(a.topic) != other.View(b.topic)) return false;
    if (one.View(a.event_id) != other.View(b.event_id)) return false;
  }
  for (size_t i = 0; i < one.invalid.size(); ++i) {
    const InvalidSubmission& a = one.invalid[i];
    const InvalidSubmission& b = other.invalid[i];
    if (a.index != b.index || a.field != b.field || a.reason != b.reason) return false;
    if (a.event_id != b.event_id) return false;
  }
  return true;
}

void CheckBatch(const Batch& batch) {
  Check(batch.received() >= 1 && batch.received() <= kBatchEventsMax, "a batch is within bounds");
  for (const Submission& submission : batch.submissions) {
    const Result<RecordView> record = ParseRecord(batch.View(submission.record), 0, false);
    Check(record.ok() && record->bytes.size() == submission.record.bytes, "a record is whole");
    Check(record->json.find_first_of("\r\n") == std::string_view::npos, "it is one line");
    const std::string_view id = batch.View(submission.event_id);
    Check(id.size() >= 3 && id.front() == '"' && id.back() == '"', "event_id is a token");

    Check(test::SlowContentHash(Key(), record->json) == submission.content,
          "the content hash is that of the slow one");
    const Result<Batch> again = DecodeOf(std::string(record->json), BodyFormat::kNdjson);
    Check(again.ok() && again->submissions.size() == 1, "what is stored is a valid event");
    const Submission& same = again->submissions[0];
    Check(same.id == submission.id && same.content == submission.content, "it is the same event");
    Check(again->View(same.record) == record->bytes, "it is stored the same again");
  }
}

// In a list nothing but the place of the event has changed.
void CheckLists(std::string_view body, const Batch& alone) {
  for (const auto& [open, close] : {std::pair("[", "]"), std::pair("{\"events\":[", "]}")}) {
    const Result<Batch> list = DecodeOf(open + std::string(body) + close, BodyFormat::kJson);
    Check(list.ok() && !list->bare_object && SameEvents(alone, *list),
          "an event is the same in a list");
  }
}

void FuzzBody(std::string_view body) {
  const Result<Batch> json = DecodeOf(std::string(body), BodyFormat::kJson);
  const Result<Batch> lines = DecodeOf(std::string(body), BodyFormat::kNdjson);
  if (json.ok()) CheckBatch(*json);
  if (lines.ok()) CheckBatch(*lines);
  const bool one_line = body.find('\n') == std::string_view::npos;
  if (one_line && json.ok() && json->bare_object) {
    Check(lines.ok() && SameEvents(*json, *lines), "one line is the same event in both formats");
  }
  if (json.ok() && json->bare_object && !body.starts_with("\xef\xbb\xbf")) CheckLists(body, *json);
}

void FuzzChecker(std::string text) {
  constexpr size_t kDepth = 1000;  // the parser's own bound is a little beyond
  text.reserve(text.size() + JsonDocument::kPaddingBytes);
  static JsonDocument document;
  const bool taken = document.Parse(text) == JsonParse::kOk;
  const std::optional<JsonFault> fault = FindFault(text, kDepth, &document);
  if (fault && fault->reason == "too_deep") return;
  Check(taken == !fault, "the checker and the parser agree");
}

}  // namespace
}  // namespace oncelog::event

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  oncelog::event::FuzzBody(body);
  oncelog::event::FuzzChecker(std::string(body));
  return 0;
}
