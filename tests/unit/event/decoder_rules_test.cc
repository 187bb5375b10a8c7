// The rules for one event: each row of spec.md's table, at its bound and one past it.
#include <gtest/gtest.h>

#include <string>

#include "event/limits.h"
#include "tests/unit/event/decoding.h"

namespace oncelog::event {
namespace {

std::string Nested(size_t depth, const std::string& inside = "") {
  // An object that holds arrays, `depth` levels in all.
  return "{\"a\":" + std::string(depth - 1, '[') + inside + std::string(depth - 1, ']') + "}";
}

std::string Repeated(const std::string& text, size_t times) {
  std::string all;
  for (size_t i = 0; i < times; ++i) all += text;
  return all;
}

std::string With(const std::string& name, const std::string& value) {
  return VerdictOf(EventWith({{name, value}}));
}

TEST(Rules, TheEventItself) { EXPECT_EQ(VerdictOf(EventWith({})), "ok"); }

TEST(Rules, EachMemberIsNeeded) {
  for (const std::string name : {"topic", "event_id", "timestamp", "source", "payload"}) {
    EXPECT_EQ(With(name, ""), name + ": missing");
  }
}

TEST(Rules, EachMemberHasItsType) {
  for (const std::string name : {"topic", "event_id", "timestamp", "source"}) {
    for (const char* value :
         {"1", "null", "true", "{}", "[\"t\"]", "1.5", "18446744073709551615"}) {
      EXPECT_EQ(With(name, value), name + ": wrong_type") << value;
    }
  }
  for (const char* value : {"1", "null", "false", "\"{}\"", "[{}]"}) {
    EXPECT_EQ(With("payload", value), "payload: wrong_type") << value;
  }
  EXPECT_EQ(With("payload", "{}"), "ok");
}

TEST(Rules, TextsHold1To255Bytes) {
  for (const std::string name : {"topic", "event_id", "source"}) {
    EXPECT_EQ(With(name, Quoted("")), name + ": empty");
    EXPECT_EQ(With(name, Quoted("x")), "ok");
    EXPECT_EQ(With(name, Quoted(std::string(255, 'x'))), "ok");
    EXPECT_EQ(With(name, Quoted(std::string(256, 'x'))), name + ": too_long");
    // Bytes of UTF-8, not characters, and counted after unescaping.
    EXPECT_EQ(With(name, Quoted(Repeated("東", 85))), "ok");
    EXPECT_EQ(With(name, Quoted(Repeated("東", 85) + "x")), name + ": too_long");
    EXPECT_EQ(With(name, Quoted(Repeated("\\u6771", 85))), "ok");
    EXPECT_EQ(With(name, Quoted(Repeated("\\u6771", 86))), name + ": too_long");
    EXPECT_EQ(With(name, Quoted(Repeated("\\ud83d\\ude00", 63) + "abc")), "ok");
    EXPECT_EQ(With(name, Quoted(Repeated("\\ud83d\\ude00", 64))), name + ": too_long");
    EXPECT_EQ(With(name, Quoted(Repeated("\\u0061", 255))), "ok");
  }
}

TEST(Rules, NamesHoldNoControlCharacters) {
  for (const std::string name : {"topic", "event_id"}) {
    for (const char* bad :
         {"\\u0000", "\\n", "\\u001f", "\x7f", "\\u007f", "\\u0080", "\u0085", "\\u009F"}) {
      EXPECT_EQ(With(name, Quoted("a" + std::string(bad))), name + ": control_character") << bad;
    }
    for (const char* good : {" ", "~", "\\u00a0", "\\\"", "\\\\", "\\/", "\u00e9", "\\u2028"}) {
      EXPECT_EQ(With(name, Quoted(good)), "ok") << good;
    }
  }
  EXPECT_EQ(With("source", Quoted("\\u0000\\n\\u0085")), "ok");
}

TEST(Rules, TimestampsAreRfc3339) {
  EXPECT_EQ(With("timestamp", Quoted("2025-10-22 10:00:00")), "ok");
  EXPECT_EQ(With("timestamp", Quoted("2025-10-22T10:00:00.123456789+05:30")), "ok");
  EXPECT_EQ(With("timestamp", Quoted("yesterday")), "timestamp: not_rfc3339");
  EXPECT_EQ(With("timestamp", Quoted("2025-02-29T10:00:00Z")), "timestamp: not_rfc3339");
  EXPECT_EQ(With("timestamp", Quoted("")), "timestamp: not_rfc3339");
  const Result<Batch> batch = Decode(EventWith({{"timestamp", Quoted("yester\\nday")}}));
  EXPECT_NE(batch->invalid[0].detail.find("\"yester?day\""), std::string::npos);
}

TEST(Rules, NestingIsBounded) {
  for (const std::string name : {"payload", "extra", "sequence"}) {
    EXPECT_EQ(With(name, Nested(64)), "ok") << name;
    EXPECT_EQ(With(name, Nested(65)), name + ": too_deep");
    EXPECT_EQ(With(name, Nested(1000)), name + ": too_deep");
    EXPECT_EQ(With(name, Nested(1021)), name + ": too_deep");
    EXPECT_EQ(With(name, Nested(5000)), name + ": too_deep");  // the parser itself gives up
  }
  EXPECT_EQ(With("extra", std::string(64, '[') + std::string(64, ']')), "ok");
  EXPECT_EQ(With("extra", std::string(65, '[') + std::string(65, ']')), "extra: too_deep");
}

TEST(Rules, NumbersAreInRange) {
  for (const char* number : {"18446744073709551615", "-9223372036854775808", "1e308", "-1e308", "0",
                             "1.7976931348623157e308", "1e-999", "-0.0"}) {
    EXPECT_EQ(With("payload", "{\"n\":" + std::string(number) + "}"), "ok") << number;
  }
  for (const char* number : {"18446744073709551616", "-9223372036854775809", "1e309", "-1e309",
                             "1.7976931348623159e308", "100000000000000000000"}) {
    EXPECT_EQ(With("payload", "{\"n\":" + std::string(number) + "}"),
              "payload.n: number_out_of_range")
        << number;
  }
  for (const char* number : {"NaN", "Infinity", "-Infinity"}) {
    EXPECT_EQ(With("payload", "{\"n\":[0," + std::string(number) + "]}"),
              "payload.n[1]: not_a_number");
    EXPECT_EQ(With("topic", number), "topic: not_a_number");
  }
}

TEST(Rules, TextIsUtf8) {
  EXPECT_EQ(With("payload", "{\"a\":{\"b\":\"\xff\"}}"), "payload.a.b: invalid_utf8");
  EXPECT_EQ(With("topic", Quoted("\xed\xa0\x80")), "topic: invalid_utf8");
  EXPECT_EQ(With("payload", R"({"a":"\ud83d\ude00"})"), "ok");
  EXPECT_EQ(With("payload", R"({"a":"\ud83d"})"), "payload.a: invalid_utf8");
  EXPECT_EQ(With("payload", R"({"a":"\ude00"})"), "payload.a: invalid_utf8");
  EXPECT_EQ(With("event_id", R"("\ud800x")"), "event_id: invalid_utf8");
}

TEST(Rules, NoObjectHasANameTwice) {
  EXPECT_EQ(With("payload", R"({"a":1,"b":2,"a":1})"), "payload.a: duplicate_member");
  EXPECT_EQ(With("payload", R"({"a":1,"\u0061":1})"), "payload.a: duplicate_member");
  EXPECT_EQ(With("payload", R"({"x":[{"y":1},{"y":{"z":1,"z":2}}]})"),
            "payload.x[1].y.z: duplicate_member");
  EXPECT_EQ(With("payload", R"({"a":{"a":{"a":1}},"b":{"a":1}})"), "ok");
  EXPECT_EQ(With("payload", R"({"":1,"":1})"), "payload.: duplicate_member");
  EXPECT_EQ(With("extra", R"({"a":1,"a":1})"), "extra.a: duplicate_member");
  EXPECT_EQ(With("extra\":1,\"extra", "1"), "extra: duplicate_member");
  EXPECT_EQ(With("sequence\":1,\"sequence", "1"), "sequence: duplicate_member");
  EXPECT_EQ(With("sequence", R"({"a":1,"a":1})"), "sequence.a: duplicate_member");
  for (const std::string name : {"topic", "event_id", "timestamp", "source", "payload"}) {
    EXPECT_EQ(With("again\":1,\"" + name, "1"), name + ": duplicate_member");
  }
  EXPECT_EQ(VerdictOf(R"({"t\u006fpic":"x",)" + EventWith({}).substr(1)),
            "topic: duplicate_member");
}

TEST(Rules, ManyMembersAreComparedToo) {
  std::string members;
  for (int i = 0; i < 100'000; ++i) members += "\"m" + std::to_string(i) + "\":0,";
  EXPECT_EQ(With("payload", "{" + members + "\"end\":0}"), "ok");
  EXPECT_EQ(With("payload", "{" + members + "\"m500\":0}"), "payload.m500: duplicate_member");
  EXPECT_EQ(With("payload", "{\"o\":{" + members + "\"m\\u0035\":0}}"),
            "payload.o.m5: duplicate_member");
  // At the top level as well.
  EXPECT_EQ(VerdictOf("{" + members + EventWith({}).substr(1)), "ok");
  EXPECT_EQ(VerdictOf("{" + members + "\"m500\":1," + EventWith({}).substr(1)),
            "m500: duplicate_member");
}

TEST(Rules, AnEventHasAtMost2MiB) {
  const size_t other_bytes = EventWith({{"payload", "{\"a\":\"\"}"}}).size();
  const auto event_of = [&](size_t bytes) {
    return EventWith(
        {{"payload", "{\"a\":" + Quoted(std::string(bytes - other_bytes, 'x')) + "}"}});
  };
  const std::string largest = event_of(kEventBytesMax);
  const std::string too_large = event_of(kEventBytesMax + 1);
  ASSERT_EQ(largest.size(), size_t{2} << 20);
  for (const BodyFormat format : {BodyFormat::kJson, BodyFormat::kNdjson}) {
    EXPECT_EQ(VerdictOf(largest, format), "ok");
    EXPECT_EQ(VerdictOf(" \t" + largest + "  \n", format),
              "ok");  // space around is not the event's
    EXPECT_EQ(VerdictOf(too_large, format), ": too_large");
  }
  EXPECT_EQ(VerdictOf("[" + largest + "]"), "ok");
  EXPECT_EQ(VerdictOf("[" + too_large + "]"), ": too_large");
  // What oncelog adds when it gives an event out does not count when it comes back.
  const std::string added =
      R"(,"sequence":1099511627775,"received_at":"2025-10-22T10:00:00.123Z"})";
  const auto given_out = [&](const std::string& event) {
    return event.substr(0, event.size() - 1) + added;
  };
  for (const BodyFormat format : {BodyFormat::kJson, BodyFormat::kNdjson}) {
    EXPECT_EQ(VerdictOf(given_out(largest), format), "ok");
    EXPECT_EQ(VerdictOf(given_out(too_large), format), ": too_large");
  }
  // But it may not be just anything.
  const std::string padded = R"(,"sequence":)" + Quoted(std::string(kDroppedBytesMax, 'x')) + "}";
  EXPECT_EQ(VerdictOf(largest.substr(0, largest.size() - 1) + padded), ": too_large");
  // It is too large whatever else is wrong with it.
  std::string with_nan = event_of(kEventBytesMax + kDroppedBytesMax + 1);
  with_nan.replace(with_nan.find("\"s\""), 3, "NaN");
  EXPECT_EQ(VerdictOf(with_nan), ": too_large");
}

TEST(Rules, TheFirstProblemIsNamedInAFixedOrder) {
  // From the last rule to the first, one more is broken each time.
  std::string event =
      R"({"extra":{"a":1,"a":1},"payload":{"a":1,"a":1},"source":"","timestamp":"",)"
      R"("event_id":"","topic":""})";
  for (const char* verdict :
       {"topic: empty", "event_id: empty", "timestamp: not_rfc3339", "source: empty",
        "payload.a: duplicate_member", "extra.a: duplicate_member", "ok"}) {
    EXPECT_EQ(VerdictOf(event), verdict);
    const std::string field =
        std::string(verdict).substr(0, std::string(verdict).find_first_of(".:"));
    const auto replace = [&](const std::string& from, const std::string& to) {
      const size_t at = event.find(from);
      if (at != std::string::npos) event.replace(at, from.size(), to);
    };
    if (field == "payload" || field == "extra") {
      replace('"' + field + R"(":{"a":1,"a":1})", '"' + field + "\":{}");
    } else {
      replace('"' + field + "\":\"\"",
              '"' + field + "\":" + (field == "timestamp" ? "\"2025-10-22T10:00:00Z\"" : "\"x\""));
    }
  }
}

TEST(Rules, AnInvalidEventKeepsItsIdToken) {
  const auto id_of = [](const std::string& event) { return Decode(event)->invalid.at(0).event_id; };
  EXPECT_EQ(id_of(EventWith({{"event_id", R"("e\u0031/")"}, {"topic", ""}})), R"("e\u0031/")");
  EXPECT_EQ(id_of(EventWith({{"event_id", "7"}})), "");
  EXPECT_EQ(id_of(EventWith({{"event_id", ""}})), "");
  EXPECT_EQ(id_of(EventWith({{"event_id", Quoted(std::string(256, 'x'))}})),
            Quoted(std::string(256, 'x')));
  EXPECT_EQ(id_of(EventWith({{"event_id", Quoted(std::string(2000, 'x'))}})), "");
  EXPECT_EQ(id_of(EventWith({{"payload", "{\"a\":NaN}"}})), "\"e1\"");
}

}  // namespace
}  // namespace oncelog::event
