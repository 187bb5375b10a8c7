#include "api/error_table.h"

#include <array>

#include "base/check.h"

namespace oncelog::api {
namespace {

using enum ErrorId;
using enum Action;

// In the order of ErrorId; EntryOf checks it.
constexpr auto kTable = std::to_array<ErrorEntry>({
    {kBadRequest, "bad_request", 400, "The request is not well-formed HTTP", Stored::kNo, kFix, 0,
     "Fix the client; the connection is closed."},
    {kMalformedJson, "malformed_json", 400, "The body is not JSON", Stored::kNo, kFix, 0,
     "Send one event, an array of events, {\"events\":[…]}, or NDJSON with its media type."},
    {kEmptyBatch, "empty_batch", 400, "The body holds no event", Stored::kNo, kFix, 0,
     "Send at least one event."},
    {kNotAnEvent, "not_an_event", 400, "The body is JSON but no event", Stored::kNo, kFix, 0,
     "An event is a JSON object."},
    {kInvalidEvent, "invalid_event", 400, "An event breaks a rule; nothing was stored", Stored::kNo,
     kFix, 0, "`errors` lists every invalid event; ?on_invalid=skip stores the valid ones."},
    {kUnknownParameter, "unknown_parameter", 400, "There is no such query parameter", Stored::kNo,
     kFix, 0, "The detail lists the parameters of this path."},
    {kBadParameter, "bad_parameter", 400, "A query parameter has a bad value", Stored::kNo, kFix, 0,
     "The detail names the parameter and what it takes."},
    {kBadPath, "bad_path", 400, "The path is not well percent-encoded", Stored::kNo, kFix, 0,
     "Encode the UTF-8 bytes of each segment as %XX."},
    {kBadCursor, "bad_cursor", 400, "The cursor is not one of ours", Stored::kNo, kFix, 0,
     "Give `next` of a page back as it was, or start without `after`."},
    {kCursorMismatch, "cursor_mismatch", 400, "The cursor belongs to another query", Stored::kNo,
     kFix, 0, "Repeat the filters and the order that the cursor was made with."},
    {kBadEncoding, "bad_encoding", 400, "The body is not what its Content-Encoding says",
     Stored::kNo, kFix, 0, "Compress the whole body, or leave Content-Encoding out."},
    {kBadSettings, "bad_settings", 400, "The topic's settings are not right; nothing was changed",
     Stored::kNo, kFix, 0, "The detail names the setting and what it takes."},
    {kForeignOrigin, "foreign_origin", 403,
     "A web page from elsewhere may not publish or change anything here", Stored::kNo, kFix, 0,
     "Start the server with --cors-origin and the page's origin."},
    {kNotFound, "not_found", 404, "There is nothing here", Stored::kNo, kFix, 0,
     "The detail lists what there is."},
    {kUnknownTopic, "unknown_topic", 404, "There is no such topic", Stored::kNo, kFix, 0,
     "A topic exists from its first accepted event, or its first settings, on."},
    {kMethodNotAllowed, "method_not_allowed", 405, "The path does not take this method",
     Stored::kNo, kFix, 0, "The field Allow lists the methods."},
    {kTimeout, "timeout", 408, "The request took too long to arrive", Stored::kNo, kSendAgain, 0,
     "Send it again, faster."},
    {kConflict, "conflict", 409, "The id is taken by an event with other content", Stored::kNo,
     kLook, 0, "The first event stays; give the new content an id of its own."},
    {kGone, "gone", 410, "The event was stored once, its content is gone", Stored::kNo, kLook, 0,
     "Its id is remembered; it will not be stored again."},
    {kStaleCursor, "stale_cursor", 410, "The cursor is from before a restore of the store",
     Stored::kNo, kFix, 0, "Start again without `after`; ids make reprocessing safe."},
    {kLengthRequired, "length_required", 411, "The request does not say how long its body is",
     Stored::kNo, kFix, 0, "Send Content-Length or Transfer-Encoding: chunked."},
    {kBodyTooLarge, "body_too_large", 413, "The body is over the limit", Stored::kNo, kFix, 0,
     "Send smaller batches; the limit holds after decompression as well."},
    {kEventTooLarge, "event_too_large", 413, "An event is over the limit", Stored::kNo, kFix, 0,
     "Keep large content elsewhere and publish where it is."},
    {kTooManyEvents, "too_many_events", 413, "The batch has too many events", Stored::kNo, kFix, 0,
     "Send smaller batches."},
    {kTargetTooLong, "target_too_long", 414, "The request target is too long", Stored::kNo, kFix, 0,
     "Shorten the query."},
    {kUnsupportedMediaType, "unsupported_media_type", 415, "The media type is not taken",
     Stored::kNo, kFix, 0, "The detail says which header to add."},
    {kUnsupportedEncoding, "unsupported_encoding", 415, "The content coding is not taken",
     Stored::kNo, kFix, 0, "The field Accept-Encoding lists the codings: gzip, zstd."},
    {kExpectationFailed, "expectation_failed", 417, "Only 100-continue can be expected",
     Stored::kNo, kFix, 0, "Leave Expect out."},
    {kMisdirected, "misdirected", 421, "This server does not answer for that host", Stored::kNo,
     kFix, 0, "Use localhost, or start the server with --allowed-host."},
    {kHeaderTooLarge, "header_too_large", 431, "The head of the request is over the limit",
     Stored::kNo, kFix, 0, "Send fewer or shorter header fields."},
    {kInternal, "internal", 500, "The server could not do it", Stored::kUnknown, kSendAgain, 0,
     "A defect or a disk error: if it stays, somebody has to look at the server and its log."},
    {kDamaged, "damaged", 500, "Bytes on disk are not what was written", Stored::kSaidNo,
     kSendAgain, 0, "The detail names the file; docs/operations.md, Damaged, says what to do."},
    {kBusy, "busy", 503, "The server is busy", Stored::kSaidNo, kSendAgain, 1,
     "Send it again after Retry-After; nothing was stored."},
    {kOverloaded, "overloaded", 503, "The server has too many connections or bodies in memory",
     Stored::kSaidNo, kSendAgain, 1, "Send it again after Retry-After; nothing was stored."},
    {kReadOnly, "read_only", 503, "A write failed; the store is read-only until it is restarted",
     Stored::kUnknown, kSendAgain, 0,
     "Send it again after the restart: stored events end as duplicates."},
    {kNotReady, "not_ready", 503, "The server cannot do that at present", Stored::kSaidNo, kLook, 1,
     "The detail says why."},
    {kVersionNotSupported, "version_not_supported", 505, "The server speaks HTTP/1.1",
     Stored::kSaidNo, kFix, 0, "Use HTTP/1.1."},
    {kDiskFull, "disk_full", 507, "The disk is full", Stored::kSaidNo, kSendAgain, 0,
     "Make space; ingest goes on by itself. Nothing was stored."},
    {kTooManyTopics, "too_many_topics", 507, "The store has as many topics as it can have",
     Stored::kSaidNo, kLook, 0, "Use fewer topics. Nothing was stored."},
    {kTooManyErased, "too_many_erased", 507, "Too many events were erased one by one",
     Stored::kSaidNo, kLook, 0,
     "Let retention_age or retention_bytes pass them. Nothing was erased."},
});

static_assert(kTable.size() == kErrorCount);

}  // namespace

std::string_view NameOf(Stored stored) { return stored == Stored::kUnknown ? "unknown" : "no"; }

std::string_view NameOf(Action action) {
  switch (action) {
    case kFix: return "fix";
    case kSendAgain: return "send_again";
    case kLook: return "look";
  }
  return "look";
}

std::span<const ErrorEntry> ErrorTable() { return kTable; }

const ErrorEntry& EntryOf(ErrorId id) {
  const auto at = static_cast<size_t>(id);
  Check(at < kTable.size() && kTable[at].id == id, "the error table is in the order of ErrorId");
  return kTable[at];
}

std::optional<ErrorId> ErrorOfName(std::string_view code) {
  for (const ErrorEntry& entry : kTable) {
    if (entry.code == code) return entry.id;
  }
  return std::nullopt;
}

ErrorId ErrorOf(Code code) {
  switch (code) {
    case Code::kNotFound: return kNotFound;
    case Code::kGone: return kGone;
    case Code::kTooLarge: return kBodyTooLarge;
    case Code::kBusy: return kBusy;
    case Code::kDiskFull: return kDiskFull;
    case Code::kTooManyTopics: return kTooManyTopics;
    case Code::kTooManyErased: return kTooManyErased;
    case Code::kReadOnly: return kReadOnly;
    case Code::kDamaged: return kDamaged;
    case Code::kInvalid: return kInvalidEvent;
    case Code::kLocked:
    case Code::kTooNew:
    case Code::kIo: return kInternal;
  }
  return kInternal;
}

}  // namespace oncelog::api
