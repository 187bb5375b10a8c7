#include "event/content_walk.h"

#include <bit>
#include <optional>

#include "base/check.h"
#include "event/limits.h"
#include "event/utf8.h"

namespace oncelog::event {

bool ContentWalk::Value(JsonCursor& at, size_t depth, uint64_t* hash) {
  if (!at.IsContainer()) {
    *hash = Scalar(at);
    at.StepOverScalar();
    return true;
  }
  if (depth > kDepthMax) return Fail("too_deep");
  return at.type() == JsonType::kObject ? Object(at, depth, hash) : Array(at, depth, hash);
}

uint64_t ContentWalk::Scalar(const JsonCursor& at) const {
  switch (at.type()) {
    case JsonType::kString: return hash_.String(at.String());
    case JsonType::kInt64: return hash_.Signed(static_cast<int64_t>(at.NumberBits()));
    case JsonType::kUint64: return hash_.Unsigned(at.NumberBits());
    case JsonType::kDouble: return hash_.Double(std::bit_cast<double>(at.NumberBits()));
    case JsonType::kTrue: return hash_.Boolean(true);
    case JsonType::kFalse: return hash_.Boolean(false);
    case JsonType::kNull: return hash_.Null();
    case JsonType::kObject:
    case JsonType::kArray:
    case JsonType::kObjectEnd:
    case JsonType::kArrayEnd:
    case JsonType::kRoot: break;
  }
  CheckFailed("a value on simdjson's tape has one of its known types");
}

bool ContentWalk::Object(JsonCursor& at, size_t depth, uint64_t* hash) {
  const size_t object = names_.Open();
  ObjectHash members;
  at.Enter();
  while (!at.AtClose()) {
    const std::string_view name = at.String();
    const uint64_t name_text = hash_.Text(name);
    at.StepToValue();
    uint64_t value;
    if (!names_.Add(object, name_text, name)) {
      Fail("duplicate_member");
      return FailIn(name);
    }
    if (!Value(at, depth + 1, &value)) return FailIn(name);
    members.Add(hash_.Member(name_text, value));
    at.StepOverComma();
  }
  at.Leave();
  if (const std::optional<std::string_view> twice = names_.Close(object)) {
    Fail("duplicate_member");
    return FailIn(*twice);
  }
  *hash = hash_.Object(members);
  return true;
}

bool ContentWalk::Array(JsonCursor& at, size_t depth, uint64_t* hash) {
  uint64_t array = hash_.ArrayStart();
  uint64_t count = 0;
  at.Enter();
  while (!at.AtClose()) {
    uint64_t element;
    if (!Value(at, depth + 1, &element)) {
      problem_.path.insert(0, '[' + std::to_string(count) + ']');
      return false;
    }
    array = hash_.ArrayNext(array, element);
    ++count;
    at.StepOverComma();
  }
  at.Leave();
  *hash = hash_.ArrayEnd(array, count);
  return true;
}

bool ContentWalk::Fail(std::string_view reason) {
  problem_ = {reason, ""};
  return false;
}

bool ContentWalk::FailIn(std::string_view name) {
  problem_.path.insert(0, '.' + PlainExcerpt(name));
  return false;
}

}  // namespace oncelog::event
