// JsonWriter: builds the small JSON answers (statistics, topics, problems) by appending to a
// string; it puts the commas. Large answers (results of a publish, pages of events) are appended
// by hand.
//
//   JsonWriter json(&body);
//   json.Open('{');
//   json.Key("topics");
//   json.Number(7);
//   json.Close('}');
//
// Threads: a plain value. Ownership: the string stays the caller's. Errors: none; balance is the
// caller's business.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace oncelog::api {

void AppendNumber(std::string* out, uint64_t number);

class JsonWriter {
 public:
  explicit JsonWriter(std::string* out) : out_(out) {}

  void Open(char bracket);
  void Close(char bracket);
  void Key(std::string_view name);  // the name is escaped

  void Text(std::string_view text);
  void Number(uint64_t number);
  void Decimal(double number, int digits);  // fixed point; not a number or infinite: 0
  void Bool(bool value);
  void Null();
  void Raw(std::string_view json);  // already JSON

  // A whole member.
  void Member(std::string_view name, std::string_view text) { Key(name), Text(text); }
  void Member(std::string_view name, uint64_t number) { Key(name), Number(number); }

 private:
  void Separate();

  std::string* out_;
  bool wants_comma_ = false;
};

}  // namespace oncelog::api
