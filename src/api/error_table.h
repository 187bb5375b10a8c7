// The one table of errors: every stable code that an answer of oncelog can carry, with its HTTP
// status, its title, and, for 5xx, whether the submissions of that request are stored.
// GET /errors, the OpenAPI document and docs/errors.md are made from it; tests assert codes, never
// wording.
//
//   const ErrorEntry& entry = EntryOf(ErrorId::kBusy);     // entry.code == "busy", 503
//   std::optional<ErrorId> id = ErrorOfName("busy");
//
// Threads: constants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"

namespace oncelog::api {

enum class ErrorId : uint8_t {
  kBadRequest,
  kMalformedJson,
  kEmptyBatch,
  kNotAnEvent,
  kInvalidEvent,
  kUnknownParameter,
  kBadParameter,
  kBadPath,
  kBadCursor,
  kCursorMismatch,
  kBadEncoding,
  kBadSettings,
  kForeignOrigin,
  kNotFound,
  kUnknownTopic,
  kMethodNotAllowed,
  kTimeout,
  kConflict,
  kGone,
  kStaleCursor,
  kLengthRequired,
  kBodyTooLarge,
  kEventTooLarge,
  kTooManyEvents,
  kTargetTooLong,
  kUnsupportedMediaType,
  kUnsupportedEncoding,
  kExpectationFailed,
  kMisdirected,
  kHeaderTooLarge,
  kInternal,
  kDamaged,
  kBusy,
  kOverloaded,
  kReadOnly,
  kNotReady,
  kVersionNotSupported,
  kDiskFull,
  kTooManyTopics,
  kTooManyErased,
};

inline constexpr size_t kErrorCount = static_cast<size_t>(ErrorId::kTooManyErased) + 1;

// What a client may conclude about the submissions of the refused request.
enum class Stored : uint8_t {
  kNo,       // nothing was stored; as the status is below 500 it is not said in the answer
  kSaidNo,   // nothing was stored, and the answer says so: "stored":"no"
  kUnknown,  // "stored":"unknown": a retry is safe and ends accepted or duplicate
};

// What the client should do about it.
enum class Action : uint8_t {
  kFix,        // the request: the same bytes will be refused again
  kSendAgain,  // the same bytes, after a while
  kLook,       // somebody has to decide
};

std::string_view NameOf(Stored stored);  // "no" or "unknown"
std::string_view NameOf(Action action);  // "fix", "send_again" or "look"

struct ErrorEntry {
  ErrorId id;
  std::string_view code;
  int status;
  std::string_view title;
  Stored stored = Stored::kNo;
  Action action = Action::kFix;
  int retry_after_seconds = 0;   // 0: no Retry-After
  std::string_view advice = {};  // one sentence or two: what to do
};

std::span<const ErrorEntry> ErrorTable();
const ErrorEntry& EntryOf(ErrorId id);
std::optional<ErrorId> ErrorOfName(std::string_view code);

// The one place where codes of the modules below become codes of the API.
ErrorId ErrorOf(Code code);

}  // namespace oncelog::api
