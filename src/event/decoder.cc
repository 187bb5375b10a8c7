#include "event/decoder.h"

#include <algorithm>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include "event/event_reader.h"
#include "event/event_rules.h"
#include "event/json_check.h"
#include "event/json_document.h"
#include "event/json_split.h"
#include "event/limits.h"
#include "event/record.h"

namespace oncelog::event {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
// Buffers for larger bodies are given back: an I/O thread would hold some 14 bytes for each byte.
constexpr size_t kBodyBytesKept = size_t{4} << 20;
// For reserving memory only: it grows where these are too small.
constexpr size_t kEventBytesGuess = 200;
constexpr size_t kSourceBytesGuess = 40;
// Of an event's levels, its own object being the first: payload is the second.
constexpr size_t kEventDepthMax = kDepthMax + 1;

Error EmptyBatch(std::string_view what) {
  return {Code::kInvalid, "empty_batch: " + std::string(what) + "; send at least one event"};
}

Error NotAnEvent(std::string_view what) {
  return {Code::kInvalid, "not_an_event: " + std::string(what) +
                              "; send one event, an array of events, or {\"events\":[…]}"};
}

Error TooManyEvents() {
  return {Code::kTooLarge, "too_many_events: a request may carry at most " +
                               std::to_string(kBatchEventsMax) + " events"};
}

Error Malformed(size_t at, std::string_view detail) {
  return {Code::kInvalid,
          "malformed_json: at byte " + std::to_string(at) + ": " + std::string(detail)};
}

Error BodyTooLarge(size_t bytes) {
  return {Code::kTooLarge, "body_too_large: a body may have at most " +
                               std::to_string(kBodyBytesMax) + " bytes; this one has " +
                               std::to_string(bytes)};
}

Error NoMemory() { return {Code::kBusy, "busy: no memory for parsing this request"}; }

}  // namespace

class Decoder::Impl {
 public:
  explicit Impl(const HashKey& key) : reader_(key) {}

  Result<Batch> Decode(std::string& body, BodyFormat format) {
    body.reserve(body.size() + JsonDocument::kPaddingBytes);
    body_ = body;
    text_ = body_;
    if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
    text_ = TrimSpace(text_);
    batch_ = {};
    const Status status = Run(format);
    document_.Shrink(kBodyBytesKept);
    reader_.Shrink();
    Batch batch = std::move(batch_);  // gone from here in any case
    if (!status.ok()) return status.error();
    return batch;
  }

 private:
  Status Run(BodyFormat format) {
    if (text_.empty()) return EmptyBatch("the body is empty");
    if (format == BodyFormat::kNdjson) return DecodeLines();
    switch (document_.Parse(text_)) {
      case JsonParse::kOk: return DecodeParsed(document_.Root());
      case JsonParse::kRefused: return DecodeRefused();
      case JsonParse::kNoMemory: break;
    }
    return NoMemory();
  }

  // The whole body is in order as JSON.
  Status DecodeParsed(JsonCursor at);
  static Result<std::optional<JsonCursor>> FindEvents(JsonCursor object);
  Status DecodeElements(JsonCursor at);

  // It is not: its top level is split, and each event parsed on its own.
  Status DecodeRefused();
  Status DecodeRefusedObject();
  Status DecodeRefusedElements(std::string_view array);

  Status DecodeLines();

  // One event on its own. If it is not even JSON, that is left to the caller.
  Status DecodeAlone(std::string_view event, std::optional<JsonFault>* malformed);
  void AddInvalid(std::string event_id, Violation broken);

  void Reserve(size_t events);
  [[nodiscard]] uint32_t NextIndex() const { return static_cast<uint32_t>(batch_.received()); }
  // Offsets in answers count from the start of the body as it was sent.
  [[nodiscard]] size_t PlaceOf(const char* byte) const {
    return static_cast<size_t>(byte - body_.data());
  }

  JsonDocument document_;
  EventReader reader_;
  std::string_view body_;
  std::string_view text_;  // the body without byte order mark and outer white space
  Batch batch_;
};

Status Decoder::Impl::DecodeParsed(JsonCursor at) {
  if (at.type() == JsonType::kArray) return DecodeElements(at);
  if (at.type() != JsonType::kObject) {
    return NotAnEvent("the body is " + std::string(NameOf(at.type())));
  }
  Result<std::optional<JsonCursor>> events = FindEvents(at);
  if (!events.ok()) return events.error();
  if (*events) return DecodeElements(**events);
  batch_.bare_object = true;
  Reserve(1);
  reader_.Read(at, 0, &batch_);
  return OkStatus();
}

// The array of {"events":[…]}; nothing if the object is an event itself.
Result<std::optional<JsonCursor>> Decoder::Impl::FindEvents(JsonCursor object) {
  constexpr std::string_view kEvents = "events";
  const size_t count = object.CountMembers(kEvents);
  const bool is_event = object.CountMembers("topic") != 0 || object.CountMembers("event_id") != 0;
  if (is_event || count == 0) return std::optional<JsonCursor>();
  if (count > 1) return NotAnEvent("the body has the member `events` twice");
  object.Enter();
  while (object.String() != kEvents) {
    object.StepToValue();
    object.Skip();
    object.StepOverComma();
  }
  object.StepToValue();
  if (object.type() == JsonType::kArray) return std::optional<JsonCursor>(object);
  return NotAnEvent("the member `events` is " + std::string(NameOf(object.type())));
}

Status Decoder::Impl::DecodeElements(JsonCursor at) {
  const size_t count = at.Count();
  if (count == 0) return EmptyBatch("the array of events is empty");
  if (count > kBatchEventsMax) return TooManyEvents();
  Reserve(count);
  at.Enter();
  for (uint32_t index = 0; !at.AtClose(); ++index) {
    reader_.Read(at, index, &batch_);
    at.StepOverComma();
  }
  return OkStatus();
}

Status Decoder::Impl::DecodeRefused() {
  if (text_.starts_with('[')) return DecodeRefusedElements(text_);
  if (text_.starts_with('{')) return DecodeRefusedObject();
  const std::optional<JsonFault> fault = FindFault(text_, kEventDepthMax, &document_);
  if (fault && fault->malformed()) {
    return Malformed(PlaceOf(text_.data() + fault->at), fault->detail);
  }
  return NotAnEvent("the body is neither an object nor an array");
}

Status Decoder::Impl::DecodeRefusedObject() {
  JsonSplitter in(text_);
  in.TakeValue();
  if (in.Take('{')) {
    return Malformed(PlaceOf(text_.data() + in.at() - 1),
                     "expected the end; found another object (for one event a line, send "
                     "Content-Type: application/x-ndjson)");
  }
  // Is it {"events":[…]}, and what is wrong inside the array? Then it is in order without that.
  if (const std::optional<std::string_view> array = FindMemberArray(text_, "\"events\"")) {
    const auto array_at = static_cast<size_t>(array->data() - text_.data());
    std::string around(text_.substr(0, array_at));
    around += "[]";
    around += text_.substr(array_at + array->size());
    around.reserve(around.size() + JsonDocument::kPaddingBytes);
    if (document_.Parse(around) == JsonParse::kOk) {
      const Result<std::optional<JsonCursor>> events = FindEvents(document_.Root());
      if (!events.ok()) return events.error();
      if (*events) return DecodeRefusedElements(*array);
    }
  }
  batch_.bare_object = true;
  std::optional<JsonFault> malformed;
  if (Status status = DecodeAlone(text_, &malformed); !status.ok()) return status;
  if (!malformed) return OkStatus();
  return Malformed(PlaceOf(text_.data() + malformed->at), malformed->detail);
}

Status Decoder::Impl::DecodeRefusedElements(std::string_view array) {
  JsonSplitter in(array);
  in.Take('[');
  if (!in.Take(']')) {
    do {
      if (batch_.received() == kBatchEventsMax) return TooManyEvents();
      const std::string_view element = in.TakeValue();
      if (element.empty()) return Malformed(PlaceOf(array.data() + in.at()), "expected an event");
      std::optional<JsonFault> malformed;
      if (Status status = DecodeAlone(element, &malformed); !status.ok()) return status;
      if (malformed) return Malformed(PlaceOf(element.data() + malformed->at), malformed->detail);
    } while (in.Take(','));
    if (!in.Take(']')) return Malformed(PlaceOf(array.data() + in.at()), "expected ',' or ']'");
  }
  if (in.AtEnd()) return OkStatus();
  return Malformed(PlaceOf(array.data() + in.at()), "expected the end");
}

Status Decoder::Impl::DecodeLines() {
  Reserve(text_.size() / kEventBytesGuess + 1);
  std::string_view rest = text_;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::string_view event = TrimSpace(line);
    if (event.empty()) continue;
    if (batch_.received() == kBatchEventsMax) return TooManyEvents();
    std::optional<JsonFault> malformed;
    if (Status status = DecodeAlone(event, &malformed); !status.ok()) return status;
    if (malformed) {
      const auto at = static_cast<size_t>(event.data() + malformed->at - line.data());
      AddInvalid(std::move(malformed->event_id),
                 {"", malformed->reason,
                  "at byte " + std::to_string(at) + " of its line: " + malformed->detail});
    }
  }
  return OkStatus();
}

Status Decoder::Impl::DecodeAlone(std::string_view event, std::optional<JsonFault>* malformed) {
  const JsonParse parsed = document_.Parse(event);
  if (parsed == JsonParse::kNoMemory) return NoMemory();
  if (parsed == JsonParse::kOk) {
    JsonCursor at = document_.Root();
    reader_.Read(at, NextIndex(), &batch_);
    return OkStatus();
  }
  std::optional<JsonFault> fault = FindFault(event, kEventDepthMax, &document_);
  if (!fault) fault = {"malformed_json", 0, "", "the parser does not take this text", ""};
  if (fault->malformed()) {
    *malformed = std::move(fault);
    return OkStatus();
  }
  if (!event.starts_with('{')) {
    AddInvalid("", NotAnObject("something else"));
  } else if (event.size() > kEventBytesMax + kDroppedBytesMax) {
    AddInvalid(std::move(fault->event_id), TooLarge(event.size()));
  } else {
    AddInvalid(std::move(fault->event_id),
               {std::move(fault->field), fault->reason, std::move(fault->detail)});
  }
  return OkStatus();
}

void Decoder::Impl::AddInvalid(std::string event_id, Violation broken) {
  if (event_id.size() > kEventIdTokenBytesMax) event_id.clear();
  batch_.invalid.push_back({NextIndex(), std::move(event_id), std::move(broken.field),
                            std::string(broken.reason), std::move(broken.detail)});
}

void Decoder::Impl::Reserve(size_t events) {
  events = std::min(events, kBatchEventsMax);
  batch_.submissions.reserve(events);
  batch_.arena.reserve(text_.size() + events * (kEventRecordHeaderBytes + kSourceBytesGuess));
}

Decoder::Decoder(const HashKey& key) : impl_(std::make_unique<Impl>(key)) {}
Decoder::~Decoder() = default;

Result<Batch> Decoder::Decode(std::string& body, BodyFormat format) {
  if (body.size() > kBodyBytesMax) return BodyTooLarge(body.size());
  try {
    return impl_->Decode(body, format);
  } catch (const std::bad_alloc&) {
    return NoMemory();
  }
}

}  // namespace oncelog::event
