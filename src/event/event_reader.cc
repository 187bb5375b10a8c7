#include "event/event_reader.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "event/event_rules.h"
#include "event/limits.h"
#include "event/record.h"
#include "event/utf8.h"

namespace oncelog::event {
namespace {

Slice MakeSlice(size_t at, size_t bytes) {
  return {static_cast<uint32_t>(at), static_cast<uint32_t>(bytes)};
}

// Outside of strings, where JSON has no raw ones, a line break is as good as a space.
void SpaceOutLineBreaks(char* from, const char* to) {
  for (; from != to; ++from) *from = *from == '\n' || *from == '\r' ? ' ' : *from;
}

}  // namespace

// What one pass over an event's members found.
struct EventReader::Scan {
  struct Cut {
    size_t from = 0, to = 0;
  };

  FoundEvent found;
  FoundMember sequence, received_at;  // dropped from what is stored
  ObjectHash content;
  size_t from = 0, to = 0;  // of the event in the text
  std::array<Cut, 2> cuts;
  size_t cut_count = 0;

  // Where a member of that name is noted down, if oncelog knows the name.
  FoundMember* Known(std::string_view name) {
    switch (name.size()) {
      case 5: return name == "topic" ? &found.topic : nullptr;
      case 6: return name == "source" ? &found.source : nullptr;
      case 7: return name == "payload" ? &found.payload : nullptr;
      case 8:
        return name == "event_id" ? &found.event_id : name == "sequence" ? &sequence : nullptr;
      case 9: return name == "timestamp" ? &found.timestamp : nullptr;
      case 11: return name == "received_at" ? &received_at : nullptr;
      default: return nullptr;
    }
  }
  // The event without what was cut out of it.
  [[nodiscard]] std::string Kept(const JsonCursor& document) const {
    std::string kept;
    size_t at = from;
    for (size_t i = 0; i < cut_count; ++i) {
      kept += document.Text(at, cuts[i].from);
      at = cuts[i].to;
    }
    return kept += document.Text(at, to);
  }
  // Where in that the byte stands that is at `place` in the text.
  [[nodiscard]] size_t PlaceInKept(size_t place) const {
    size_t kept = place - from;
    for (size_t i = 0; i < cut_count && cuts[i].from < place; ++i)
      kept -= cuts[i].to - cuts[i].from;
    return kept;
  }
  [[nodiscard]] bool IsDropped(const FoundMember* member) const {
    return member == &sequence || member == &received_at;
  }
};

EventReader::EventReader(const HashKey& key)
    : key_(key),
      walk_(key),
      source_text_(walk_.hasher().Text("source")),
      payload_text_(walk_.hasher().Text("payload")) {}

void EventReader::Read(JsonCursor& at, uint32_t index, Batch* batch) {
  if (at.type() != JsonType::kObject) {
    Refuse(NotAnObject(NameOf(at.type())), nullptr, index, batch);
    at.Skip();
    return;
  }
  if (at.text_bytes() > kEventBytesMax + kDroppedBytesMax && RefuseTooLarge(at, index, batch)) {
    return;
  }
  Scan scan;
  ScanMembers(at, &scan);
  Instant timestamp;
  std::optional<Violation> broken;
  if (const size_t kept = scan.PlaceInKept(scan.to); kept > kEventBytesMax) {
    broken = TooLarge(kept);
  } else {
    broken = FirstViolation(scan.found, &timestamp);
  }
  if (broken) {
    Refuse(std::move(*broken), &scan.found.event_id, index, batch);
  } else {
    Accept(scan, timestamp, index, batch);
  }
}

// Looks for the end before anything else: what is too large may hold millions of members, which
// are not worth hashing. Steps over the event only if it is.
bool EventReader::RefuseTooLarge(JsonCursor& at, uint32_t index, Batch* batch) {
  JsonCursor end = at;
  end.Skip();
  const size_t bytes = end.previous() + 1 - at.begin();
  if (bytes <= kEventBytesMax + kDroppedBytesMax) return false;
  FoundMember event_id;
  at.Enter();
  while (!at.AtClose() && !event_id.present) {
    event_id.present = at.String() == "event_id";
    at.StepToValue();
    event_id.value = at;
    at.Skip();
    at.StepOverComma();
  }
  Refuse(TooLarge(bytes), &event_id, index, batch);
  at = end;
  return true;
}

void EventReader::Refuse(Violation broken, const FoundMember* id, uint32_t index, Batch* batch) {
  std::string event_id;
  if (id != nullptr && id->present && id->value.type() == JsonType::kString) {
    const std::string_view token = id->value.StringToken();
    if (token.size() <= kEventIdTokenBytesMax) event_id = token;
  }
  batch->invalid.push_back({index, std::move(event_id), std::move(broken.field),
                            std::string(broken.reason), std::move(broken.detail)});
}

void EventReader::ScanMembers(JsonCursor& at, Scan* scan) {
  scan->from = at.begin();
  const size_t object = walk_.names().Open();
  bool kept_one = false;
  at.Enter();
  while (!at.AtClose()) {
    const size_t separator = at.previous();  // the { or comma before the name
    const size_t name_from = at.begin();
    const std::string_view name = at.String();
    FoundMember* known = scan->Known(name);
    at.StepToValue();
    if (known == nullptr) {
      ScanOther(at, object, name, scan);
    } else {
      ScanKnown(at, known, name, scan);
    }
    const size_t next_separator = at.begin();
    at.StepOverComma();
    if (!scan->IsDropped(known)) {
      kept_one = true;
    } else if (scan->cut_count < scan->cuts.size()) {
      // One comma goes with the member: the one before it if that still separates something.
      scan->cuts[scan->cut_count++] =
          kept_one ? Scan::Cut{separator, next_separator} : Scan::Cut{name_from, at.begin()};
    }
  }
  at.Leave();
  scan->to = at.previous() + 1;
  if (const std::optional<std::string_view> twice = walk_.names().Close(object)) {
    if (!scan->found.in_others) scan->found.in_others = DuplicateMember(PlainExcerpt(*twice));
  }
}

void EventReader::ScanKnown(JsonCursor& at, FoundMember* known, std::string_view name, Scan* scan) {
  FoundEvent& found = scan->found;
  if (known->present) {
    known->twice = true;
    if (scan->IsDropped(known) && !found.in_others) {
      found.in_others = DuplicateMember(std::string(name));
    }
    at.Skip();
    return;
  }
  known->present = true;
  known->value = at;
  if (known == &found.payload && at.type() == JsonType::kObject) {
    if (const std::optional<uint64_t> hash = Walk(at, name, &found.in_payload)) {
      scan->content.Add(walk_.hasher().Member(payload_text_, *hash));
    }
    return;
  }
  if (known == &found.source && at.type() == JsonType::kString) {
    const uint64_t hash = walk_.hasher().String(at.String());
    scan->content.Add(walk_.hasher().Member(source_text_, hash));
  }
  if (scan->IsDropped(known)) {
    Walk(at, name, &found.in_others);
  } else {
    at.Skip();
  }
}

void EventReader::ScanOther(JsonCursor& at, size_t object, std::string_view name, Scan* scan) {
  std::optional<Violation>& broken = scan->found.in_others;
  const uint64_t name_text = walk_.hasher().Text(name);
  if (!walk_.names().Add(object, name_text, name)) {
    if (!broken) broken = DuplicateMember(PlainExcerpt(name));
    at.Skip();
    return;
  }
  if (const std::optional<uint64_t> hash = Walk(at, name, &broken)) {
    scan->content.Add(walk_.hasher().Member(name_text, *hash));
  }
}

std::optional<uint64_t> EventReader::Walk(JsonCursor& at, std::string_view name,
                                          std::optional<Violation>* broken) {
  const JsonCursor start = at;
  const size_t names = walk_.names().Open();
  uint64_t hash = 0;
  if (walk_.Value(at, 1, &hash)) return hash;

  at = start;
  at.Skip();
  walk_.names().Forget(names);
  if (!*broken) {
    const WalkProblem& problem = walk_.problem();
    // The path to what is too deep would be 64 names long.
    *broken = problem.reason == "too_deep" ? TooDeep(PlainExcerpt(name))
                                           : DuplicateMember(PlainExcerpt(name) + problem.path);
  }
  return std::nullopt;
}

void EventReader::Accept(const Scan& scan, const Instant& timestamp, uint32_t index,
                         Batch* batch) const {
  const JsonCursor& topic_value = scan.found.topic.value;
  const std::string_view topic = topic_value.String();
  const std::string_view event_id = scan.found.event_id.value.String();
  const std::string_view source = scan.found.source.value.String();
  std::string& arena = batch->arena;

  Submission& submission = batch->submissions.emplace_back();
  submission.index = index;
  submission.id = FingerprintOf(key_, topic, event_id);
  submission.content = walk_.hasher().Content(scan.content);
  submission.topic_hash = key_.Hash64(topic);

  const size_t record_at = arena.size();
  const size_t source_at = record_at + kEventRecordHeaderBytes;
  const size_t json_at = source_at + source.size();
  if (scan.cut_count == 0) {
    AppendEventRecord(&arena, submission.id, submission.content, timestamp, source,
                      topic_value.Text(scan.from, scan.to));
  } else {
    AppendEventRecord(&arena, submission.id, submission.content, timestamp, source,
                      scan.Kept(topic_value));
  }
  SpaceOutLineBreaks(arena.data() + json_at, arena.data() + arena.size());
  submission.record = MakeSlice(record_at, arena.size() - record_at);
  submission.source = MakeSlice(source_at, source.size());
  submission.event_id = MakeSlice(json_at + scan.PlaceInKept(scan.found.event_id.value.begin()),
                                  scan.found.event_id.value.StringToken().size());
  if (topic_value.StringToken().size() == topic.size() + 2) {
    submission.topic = MakeSlice(json_at + scan.PlaceInKept(topic_value.begin()) + 1, topic.size());
  } else {  // it was sent with escapes, each of which is longer than what it stands for
    submission.topic = MakeSlice(arena.size(), topic.size());
    arena.append(topic);
  }
}

}  // namespace oncelog::event
