// What the tests of the decoder share: a key, one event with any member replaced, short verdicts.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "event/decoder.h"
#include "event/record.h"

namespace oncelog::event {

inline const HashKey& TestKey() {
  static const HashKey key("0123456789abcdef0123456789abcdef");
  return key;
}

inline Result<Batch> Decode(std::string body, BodyFormat format = BodyFormat::kJson) {
  Decoder decoder(TestKey());
  return decoder.Decode(body, format);
}

// A valid event, its members given as JSON texts: replaced, left out ("") or added.
inline std::string EventWith(const std::map<std::string, std::string>& changes) {
  std::vector<std::pair<std::string, std::string>> members = {
      {"topic", "\"t\""},
      {"event_id", "\"e1\""},
      {"timestamp", "\"2025-10-22T10:00:00Z\""},
      {"source", "\"s\""},
      {"payload", "{\"a\":1}"}};
  for (const auto& [name, value] : changes) {
    bool known = false;
    for (auto& member : members) {
      if (member.first != name) continue;
      member.second = value;
      known = true;
    }
    if (!known) members.emplace_back(name, value);
  }
  std::string json;
  for (const auto& [name, value] : members) {
    if (!value.empty()) json += (json.empty() ? "{\"" : ",\"") + name + "\":" + value;
  }
  return json + "}";
}

inline std::string Quoted(const std::string& text) { return '"' + text + '"'; }

// "ok", or "field: reason" of the one event in the body, or "error code: code string".
inline std::string VerdictOf(const std::string& body, BodyFormat format = BodyFormat::kJson) {
  const Result<Batch> batch = Decode(body, format);
  if (!batch.ok()) {
    const std::string& message = batch.error().message();
    return std::string(CodeName(batch.error().code())) + ": " +
           message.substr(0, message.find(':'));
  }
  if (batch->received() != 1) return std::to_string(batch->received()) + " events";
  if (batch->invalid.empty()) return "ok";
  return batch->invalid[0].field + ": " + batch->invalid[0].reason;
}

inline RecordView RecordOf(const Batch& batch, size_t submission) {
  const Result<RecordView> record =
      ParseRecord(batch.View(batch.submissions[submission].record), 0, false);
  Check(record.ok(), "the decoder writes whole records");
  return *record;
}

inline std::string StoredJson(const std::string& body) {
  const Result<Batch> batch = Decode(body);
  if (!batch.ok() || batch->submissions.size() != 1) return "not one valid event";
  return std::string(RecordOf(*batch, 0).json);
}

}  // namespace oncelog::event
