#include "api/json_writer.h"

#include <charconv>
#include <cmath>

#include "event/render.h"

namespace oncelog::api {

void AppendNumber(std::string* out, uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out->append(digits, static_cast<size_t>(end - digits));
}

void JsonWriter::Separate() {
  if (wants_comma_) out_->push_back(',');
  wants_comma_ = true;
}

void JsonWriter::Open(char bracket) {
  Separate();
  out_->push_back(bracket);
  wants_comma_ = false;
}

void JsonWriter::Close(char bracket) {
  out_->push_back(bracket);
  wants_comma_ = true;
}

void JsonWriter::Key(std::string_view name) {
  Separate();
  event::AppendJsonString(out_, name);
  out_->push_back(':');
  wants_comma_ = false;
}

void JsonWriter::Text(std::string_view text) {
  Separate();
  event::AppendJsonString(out_, text);
}

void JsonWriter::Number(uint64_t number) {
  Separate();
  AppendNumber(out_, number);
}

void JsonWriter::Decimal(double number, int digits) {
  Separate();
  if (!std::isfinite(number) || std::fabs(number) > 1e15) number = 0;
  char text[64];
  const auto end =
      std::to_chars(text, text + sizeof text, number, std::chars_format::fixed, digits).ptr;
  out_->append(text, static_cast<size_t>(end - text));
}

void JsonWriter::Bool(bool value) {
  Separate();
  out_->append(value ? "true" : "false");
}

void JsonWriter::Null() {
  Separate();
  out_->append("null");
}

void JsonWriter::Raw(std::string_view json) {
  Separate();
  out_->append(json);
}

}  // namespace oncelog::api
