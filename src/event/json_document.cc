#include "event/json_document.h"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <new>

#include "base/check.h"

namespace oncelog::event {

// See the header for what is relied upon. After a look at a new version's stage 1 and 2, and with
// json_document_test passing, add it here.
static_assert(simdjson::SIMDJSON_VERSION_MAJOR == 3 && simdjson::SIMDJSON_VERSION_MINOR == 0,
              "JsonCursor relies on internals of simdjson 3.0: check that dom::parser still keeps "
              "structural_indexes and the tape of doc/tape.md before allowing another version");
static_assert(JsonDocument::kPaddingBytes >= simdjson::SIMDJSON_PADDING);

namespace {

constexpr size_t kCapacityBytesMin = size_t{64} << 10;

}  // namespace

std::string_view NameOf(JsonType type) {
  switch (type) {
    case JsonType::kObject: return "an object";
    case JsonType::kArray: return "an array";
    case JsonType::kString: return "a string";
    case JsonType::kInt64:
    case JsonType::kUint64:
    case JsonType::kDouble: return "a number";
    case JsonType::kTrue:
    case JsonType::kFalse: return "a boolean";
    case JsonType::kNull: return "null";
    case JsonType::kRoot:
    case JsonType::kObjectEnd:
    case JsonType::kArrayEnd: break;
  }
  return "nothing";
}

const uint64_t* JsonCursor::Behind(const uint64_t* entry) const {
  switch (static_cast<JsonType>(*entry >> 56)) {
    case JsonType::kObject:
    case JsonType::kArray: return parsed_->tape + (*entry & 0xffff'ffff);
    case JsonType::kInt64:
    case JsonType::kUint64:
    case JsonType::kDouble: return entry + 2;
    default: return entry + 1;
  }
}

size_t JsonCursor::CountMembers(std::string_view name) const {
  size_t count = 0;
  JsonCursor member = *this;  // its place in the text is not kept up
  ++member.tape_;
  while (!member.AtClose()) {
    count += member.String() == name;
    member.tape_ = Behind(member.tape_ + 1);
  }
  return count;
}

void JsonCursor::Skip() {
  tape_ = Behind(tape_);
  size_t open = 0;
  do {
    const char mark = parsed_->text[*index_++];
    if (mark == '{' || mark == '[') ++open;
    if (mark == '}' || mark == ']') --open;
  } while (open != 0);
}

struct JsonDocument::Parser {
  simdjson::dom::parser parser;
};

JsonDocument::JsonDocument() : parser_(std::make_unique<Parser>()) {}
JsonDocument::~JsonDocument() = default;

JsonParse JsonDocument::Parse(std::string_view text) {
  simdjson::dom::parser& parser = parser_->parser;
  if (text.size() > capacity_) {
    // Powers of two: a stream of ever longer texts does not allocate for each of them.
    const size_t capacity = std::bit_ceil(std::max(text.size(), kCapacityBytesMin));
    if (parser.allocate(capacity) != simdjson::SUCCESS ||
        parser.doc.allocate(capacity) != simdjson::SUCCESS) {
      Shrink(0);
      return JsonParse::kNoMemory;
    }
    capacity_ = capacity;
  }
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const simdjson::error_code error = parser.parse(bytes, text.size(), false).error();
  if (error == simdjson::MEMALLOC) return JsonParse::kNoMemory;
  if (error != simdjson::SUCCESS) return JsonParse::kRefused;
  parsed_ = {text.data(), text.size(), reinterpret_cast<const char*>(parser.doc.string_buf.get()),
             parser.doc.tape.get()};
  return JsonParse::kOk;
}

JsonCursor JsonDocument::Root() const {
  JsonCursor root;
  root.parsed_ = &parsed_;
  root.tape_ = parsed_.tape;
  root.index_ = parser_->parser.implementation->structural_indexes.get();
  Check(root.type() == JsonType::kRoot, "a parsed document has a root");
  ++root.tape_;
  return root;
}

void JsonDocument::Shrink(size_t text_bytes) {
  if (capacity_ <= text_bytes) return;
  parser_ = std::make_unique<Parser>();
  parsed_ = {};
  capacity_ = 0;
}

}  // namespace oncelog::event
