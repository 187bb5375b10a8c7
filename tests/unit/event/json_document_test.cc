#include "event/json_document.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/event/random_json.h"

namespace oncelog::event {
namespace {

struct Parsed {
  explicit Parsed(std::string json) : text(std::move(json)) {
    text.reserve(text.size() + JsonDocument::kPaddingBytes);
    parse = document.Parse(text);
  }
  std::string text;
  JsonDocument document;
  JsonParse parse;
};

// Walks with a cursor and, beside it, over the text by a simple scanner of its own: both must agree
// on where every name and value begins. The point of the whole class, tested without its trick.
class Lockstep {
 public:
  explicit Lockstep(std::string_view text) : text_(text) {}

  void Value(JsonCursor& at) {
    SkipSpace();
    ASSERT_EQ(at.begin(), place_);
    if (at.type() == JsonType::kObject || at.type() == JsonType::kArray) {
      Container(at, at.type() == JsonType::kObject);
      return;
    }
    const size_t from = place_;
    SkipScalar();
    if (at.type() == JsonType::kString) {
      ASSERT_EQ(at.StringToken(), text_.substr(from, place_ - from));
    }
    at.StepOverScalar();
    ASSERT_EQ(at.previous(), from);
  }
  void End() {
    SkipSpace();
    EXPECT_EQ(place_, text_.size());
  }

 private:
  void Container(JsonCursor& at, bool object) {
    const size_t count = at.Count();
    size_t seen = 0;
    at.Enter();
    ++place_;
    while (!at.AtClose()) {
      SkipSpace();
      ASSERT_EQ(at.begin(), place_);
      if (object) {
        ASSERT_EQ(at.type(), JsonType::kString);
        SkipScalar();
        at.StepToValue();
        SkipSpace();
        ASSERT_EQ(text_[place_], ':');
        ++place_;
      }
      Value(at);
      if (testing::Test::HasFatalFailure()) return;
      SkipSpace();
      ASSERT_EQ(at.begin(), place_);  // a comma or the closing bracket
      at.StepOverComma();
      if (text_[place_] == ',') ++place_;
      ++seen;
    }
    SkipSpace();
    ASSERT_EQ(at.begin(), place_);
    ASSERT_EQ(text_[place_], object ? '}' : ']');
    at.Leave();
    ++place_;
    ASSERT_EQ(at.previous() + 1, place_);
    ASSERT_EQ(seen, count);
  }
  void SkipSpace() {
    while (place_ < text_.size() && std::string_view(" \t\r\n").find(text_[place_]) != text_.npos) {
      ++place_;
    }
  }
  void SkipScalar() {
    if (text_[place_] != '"') {
      place_ = std::min(text_.find_first_of(" \t\r\n,]}", place_), text_.size());
      return;
    }
    ++place_;
    while (text_[place_] != '"') place_ += text_[place_] == '\\' ? 2 : 1;
    ++place_;
  }

  std::string_view text_;
  size_t place_ = 0;
};

TEST(JsonCursor, StandsOnTheSameValueInTapeAndText) {
  for (uint64_t seed = 1; seed <= 3000; ++seed) {
    RandomJson random(seed);
    const Parsed parsed(random.Space() + random.Write(random.Value(4)) + random.Space());
    ASSERT_EQ(parsed.parse, JsonParse::kOk) << parsed.text;
    JsonCursor at = parsed.document.Root();
    Lockstep lockstep(parsed.text);
    lockstep.Value(at);
    ASSERT_FALSE(HasFatalFailure()) << "seed " << seed << ": " << parsed.text;
    lockstep.End();
  }
}

TEST(JsonCursor, SkipsToWhereWalkingLeads) {
  for (uint64_t seed = 1; seed <= 1000; ++seed) {
    RandomJson random(seed);
    const Parsed parsed("[" + random.Write(random.Value(4)) + random.Space() + ", \"end\"]");
    ASSERT_EQ(parsed.parse, JsonParse::kOk) << parsed.text;
    JsonCursor at = parsed.document.Root();
    at.Enter();
    at.Skip();
    EXPECT_EQ(parsed.text[at.begin()], ',');
    at.StepOverComma();
    EXPECT_EQ(at.String(), "end");
    EXPECT_EQ(at.StringToken(), "\"end\"");
  }
}

TEST(JsonCursor, KnowsScalars) {
  const Parsed parsed(R"(["a\u0000b", -5, 18446744073709551615, 1.5, true, false, null])");
  ASSERT_EQ(parsed.parse, JsonParse::kOk);
  JsonCursor at = parsed.document.Root();
  EXPECT_EQ(at.Count(), 7U);
  at.Enter();
  EXPECT_EQ(at.String(), std::string_view("a\0b", 3));
  EXPECT_EQ(at.StringToken(), R"("a\u0000b")");
  for (const JsonType type :
       {JsonType::kString, JsonType::kInt64, JsonType::kUint64, JsonType::kDouble, JsonType::kTrue,
        JsonType::kFalse, JsonType::kNull}) {
    EXPECT_EQ(at.type(), type);
    if (type == JsonType::kInt64) {
      EXPECT_EQ(static_cast<int64_t>(at.NumberBits()), -5);
    }
    if (type == JsonType::kUint64) {
      EXPECT_EQ(at.NumberBits(), UINT64_MAX);
    }
    at.StepOverScalar();
    at.StepOverComma();
  }
  EXPECT_TRUE(at.AtClose());
}

TEST(JsonCursor, TakesAStringThatIsTheWholeText) {
  const Parsed parsed(" \"a\" ");
  ASSERT_EQ(parsed.parse, JsonParse::kOk);
  EXPECT_EQ(parsed.document.Root().StringToken(), "\"a\"");
}

TEST(JsonCursor, CountsMembersWithoutLookingInside) {
  const Parsed parsed(R"({"a":{"a":1,"b":2},"b":[{"a":1}],"\u0061":3,"c":1.5})");
  ASSERT_EQ(parsed.parse, JsonParse::kOk);
  EXPECT_EQ(parsed.document.Root().CountMembers("a"), 2U);
  EXPECT_EQ(parsed.document.Root().CountMembers("b"), 1U);
  EXPECT_EQ(parsed.document.Root().CountMembers("c"), 1U);
  EXPECT_EQ(parsed.document.Root().CountMembers("d"), 0U);
}

TEST(JsonDocument, RefusesWhatIsNotWholeAndGoesOn) {
  JsonDocument document;
  std::string text;
  for (const char* broken : {"", " ", "{", "[1,]", "\"\xff\"", "1e999", "{\"a\":1}{", "NaN"}) {
    text = broken;
    text.reserve(256);
    EXPECT_EQ(document.Parse(text), JsonParse::kRefused) << broken;
    text = "[7]";
    ASSERT_EQ(document.Parse(text), JsonParse::kOk);
    EXPECT_EQ(document.Root().Count(), 1U);
  }
}

TEST(JsonDocument, ParsesAfterShrinking) {
  JsonDocument document;
  std::string text = "\"" + std::string(3 << 20, 'x') + "\"";
  text.reserve(text.size() + JsonDocument::kPaddingBytes);
  ASSERT_EQ(document.Parse(text), JsonParse::kOk);
  document.Shrink(size_t{4} << 20);
  EXPECT_EQ(document.Root().String().size(), 3U << 20);  // not larger: kept
  document.Shrink(size_t{1} << 20);
  ASSERT_EQ(document.Parse(text), JsonParse::kOk);
  EXPECT_EQ(document.Root().String().size(), 3U << 20);
}

}  // namespace
}  // namespace oncelog::event
