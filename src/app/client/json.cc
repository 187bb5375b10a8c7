#include "app/client/json.h"

#include <bit>

#include "event/json_document.h"

namespace oncelog::app {
namespace {

using event::JsonCursor;
using event::JsonType;

// How deep an answer may be nested; it bounds the recursion below.
constexpr size_t kDepthMax = 64;

Result<Json> TakeValue(JsonCursor* at, size_t depth);

Result<Json> TakeItems(JsonCursor* at, size_t depth) {
  Json::Items items;
  for (at->Enter(); !at->AtClose(); at->StepOverComma()) {
    Result<Json> item = TakeValue(at, depth);
    if (!item.ok()) return item;
    items.push_back(item.Take());
  }
  at->Leave();
  return Json(std::move(items));
}

Result<Json> TakeMembers(JsonCursor* at, size_t depth) {
  Json::Members members;
  for (at->Enter(); !at->AtClose(); at->StepOverComma()) {
    std::string name(at->String());
    at->StepToValue();
    Result<Json> value = TakeValue(at, depth);
    if (!value.ok()) return value;
    members.emplace_back(std::move(name), value.Take());
  }
  at->Leave();
  return Json(std::move(members));
}

Json::Value Scalar(const JsonCursor& at) {
  switch (at.type()) {
    case JsonType::kString: return std::string(at.String());
    case JsonType::kUint64: return at.NumberBits();
    case JsonType::kDouble: return std::bit_cast<double>(at.NumberBits());
    case JsonType::kTrue: return true;
    case JsonType::kFalse: return false;
    case JsonType::kInt64: {
      const auto number = static_cast<int64_t>(at.NumberBits());
      if (number < 0) return static_cast<double>(number);
      return static_cast<uint64_t>(number);
    }
    default: return std::monostate{};
  }
}

Result<Json> TakeValue(JsonCursor* at, size_t depth) {
  if (at->IsContainer()) {
    if (depth == kDepthMax) return Error(Code::kInvalid, "nested too deeply");
    return at->type() == JsonType::kArray ? TakeItems(at, depth + 1) : TakeMembers(at, depth + 1);
  }
  Json scalar(Scalar(*at));
  at->StepOverScalar();
  return scalar;
}

template <typename T>
T ValueOr(const Json::Value& value, T otherwise) {
  const T* held = std::get_if<T>(&value);
  return held != nullptr ? *held : otherwise;
}

}  // namespace

Result<Json> Json::Parse(std::string_view text) {
  // The parser reads a little beyond the end.
  std::string padded(text);
  padded.append(event::JsonDocument::kPaddingBytes, '\0');
  event::JsonDocument document;
  const std::string_view unpadded = std::string_view(padded).substr(0, text.size());
  if (document.Parse(unpadded) != event::JsonParse::kOk) {
    return Error(Code::kInvalid, "not JSON");
  }
  JsonCursor at = document.Root();
  return TakeValue(&at, 0);
}

const Json& Json::operator[](std::string_view name) const {
  static const Json null;
  for (const auto& [key, value] : members()) {
    if (key == name) return value;
  }
  return null;
}

const Json::Items& Json::items() const {
  static const Items none;
  const Items* items = std::get_if<Items>(&value_);
  return items != nullptr ? *items : none;
}

const Json::Members& Json::members() const {
  static const Members none;
  const Members* members = std::get_if<Members>(&value_);
  return members != nullptr ? *members : none;
}

bool Json::is_true() const { return ValueOr(value_, false); }

uint64_t Json::count() const { return ValueOr<uint64_t>(value_, 0); }

double Json::number() const {
  const auto* whole = std::get_if<uint64_t>(&value_);
  return whole != nullptr ? static_cast<double>(*whole) : ValueOr(value_, 0.0);
}

std::string_view Json::text() const {
  const std::string* text = std::get_if<std::string>(&value_);
  return text != nullptr ? std::string_view(*text) : std::string_view();
}

}  // namespace oncelog::app
