// The one table of errors: every stable code that an answer of oncelog can carry, with its HTTP
// status, its title, and, for 5xx, whether the submissions of that request are stored.
// docs/errors.md is made from it; tests assert codes, never wording.
//
//   const ErrorEntry& entry = EntryOf(ErrorId::kBusy);     // entry.code == "busy", 503
//   std::optional<ErrorId> id = ErrorOfName("busy");
//
// Threads: constants.
#pragma once

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
  kNotImplemented,
  kBusy,
  kOverloaded,
  kReadOnly,
  kNotReady,
  kVersionNotSupported,
  kDiskFull,
  kTooManyTopics,
};

// What a client may conclude about the submissions of the refused request.
enum class Stored : uint8_t {
  kNo,       // nothing was stored; as the status is below 500 it is not said in the answer
  kSaidNo,   // nothing was stored, and the answer says so: "stored":"no"
  kUnknown,  // "stored":"unknown": a retry is safe and ends accepted or duplicate
};

struct ErrorEntry {
  ErrorId id;
  std::string_view code;
  int status;
  std::string_view title;
  Stored stored = Stored::kNo;
  int retry_after_seconds = 0;    // 0: no Retry-After
  std::string_view meaning = {};  // one sentence for docs/errors.md: what to do
};

std::span<const ErrorEntry> ErrorTable();
const ErrorEntry& EntryOf(ErrorId id);
std::optional<ErrorId> ErrorOfName(std::string_view code);

// The one place where codes of the modules below become codes of the API.
ErrorId ErrorOf(Code code);

}  // namespace oncelog::api
