// Fuzzes what stands behind a path: query strings with their filters, times and cursors, and
// percent encoding. The first byte of the input says what the rest is:
//   0      the query of GET /events
//   1      a cursor: it is put into a query that it may or may not fit
//   2      filters, one a line; the query made of them gives a cursor, which must be taken again by
//          the same query and by no other one
// Whatever the bytes are: no crash; a refusal names a status of the 4xx kind; and what is taken
// keeps the bounds that the API promises.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/cursor.h"
#include "api/error_table.h"
#include "api/events_query.h"
#include "api/percent.h"
#include "base/check.h"

namespace oncelog::api {
namespace {

constexpr uint64_t kStore = 42;

void CheckText(const std::optional<std::string>& text) {
  if (text) Check(!text->empty() && text->size() <= 255, "a text within its bounds");
}

void CheckName(const std::optional<std::string>& name) {
  CheckText(name);
  for (const char c : name.value_or("")) {
    Check(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, "a clean name");
  }
}

// True if it was taken.
bool Parse(std::string_view text) {
  OrProblem<EventsQuery> query = ParseEventsQuery(text, kStore);
  if (!query.ok()) {
    const int status = EntryOf(query.problem().id).status;
    Check(status == 400 || status == 410, "a bad query is the client's");
    return false;
  }
  Check(!query->limit || (*query->limit >= 1 && *query->limit <= kPageEventsMax), "a limit");
  CheckName(query->topic);
  CheckName(query->event_id);
  CheckText(query->scan.source);  // which may hold any characters, as that of an event
  Check(query->cursor.store == kStore, "a cursor of this store");
  Check(query->scan.after.value_or(0) == query->cursor.after, "it starts where its cursor stands");
  return true;
}

void FuzzCursor(std::string_view token) {
  OrProblem<Cursor> cursor = DecodeCursor(token);
  if (cursor.ok()) {
    OrProblem<Cursor> again = DecodeCursor(EncodeCursor(*cursor));
    Check(again.ok() && *again == *cursor, "a cursor is the same when written anew");
  }
  std::string query = "topic=a&after=";
  (void)Parse(query.append(token));
}

// Every byte as %XX.
void AppendEncoded(std::string* out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out->push_back('%');
    out->push_back(kHex[byte >> 4]);
    out->push_back(kHex[byte & 15]);
  }
}

void FuzzFilters(std::string_view lines) {
  std::string query;
  for (const char* const name : {"topic=", "&source=", "&event_id="}) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    const std::string_view value = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (value.empty() && *name == '&') continue;
    query += name;
    AppendEncoded(&query, value);
  }
  OrProblem<EventsQuery> parsed = ParseEventsQuery(query, kStore);
  if (!parsed.ok()) return;
  Cursor next = parsed->cursor;
  next.after = 5;
  const std::string after = "&after=" + EncodeCursor(next);
  OrProblem<EventsQuery> on = ParseEventsQuery(query + after, kStore);
  Check(on.ok() && on->scan.after == 5, "a query takes its own cursor");
  Check(!ParseEventsQuery(query + "&to=2020-01-01" + "T00:00:00Z" + after, kStore).ok(),
        "no cursor goes with another filter");
  Check(!ParseEventsQuery(query + after, kStore + 1).ok(), "no cursor goes with another store");
}

void FuzzPercent(std::string_view text) {
  const auto decoded = PercentDecode(text, PlusIs::kSpace);
  if (!decoded) return;
  Check(decoded->size() <= text.size(), "decoding makes nothing longer");
  std::string encoded;
  AppendEncoded(&encoded, *decoded);
  Check(PercentDecode(encoded, PlusIs::kPlus) == decoded, "what is encoded is decoded again");
}

}  // namespace
}  // namespace oncelog::api

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oncelog::api;
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0: (void)Parse(rest); break;
    case 1: FuzzCursor(rest); break;
    default: FuzzFilters(rest); break;
  }
  FuzzPercent(rest);
  return 0;
}
