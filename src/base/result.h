// Result<T>: a value or an Error. The one way functions report what may go wrong.
//
//   Result<File> file = fs.Open(path);
//   if (!file.ok()) return file.error().Annotate("opening the log");
//   Use(*file);
//
// Threads: a plain value; no sharing. Ownership: owns its value or error.
// Errors below `api` carry a Code and a message for people; only `api` maps codes to HTTP,
// only `app` to exit codes. Tests assert codes, never wording.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/check.h"

namespace oncelog {

enum class Code {
  kInvalid,        // the caller's input is wrong and will stay wrong
  kNotFound,       // no such thing
  kGone,           // was here, is no more
  kTooLarge,       // over a documented limit
  kBusy,           // a bounded queue is full; try again soon; nothing was done
  kDiskFull,       // no space; nothing was written; try again when there is space
  kTooManyTopics,  // the topic table is full; nothing was written
  kTooManyErased,  // too many events were erased one by one; nothing was written
  kReadOnly,       // a write or sync failed; the outcome is unknown until a restart
  kDamaged,        // bytes on disk are not what was written
  kLocked,         // another process owns the data directory
  kTooNew,         // written by a newer version
  kIo,             // the operating system refused
};

std::string_view CodeName(Code code);

class [[nodiscard]] Error {
 public:
  Error(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  [[nodiscard]] Code code() const { return code_; }
  [[nodiscard]] const std::string& message() const { return message_; }

  // The same error, with what was being done in front of the message.
  [[nodiscard]] Error Annotate(std::string_view doing) const {
    return {code_, std::string(doing) + ": " + message_};
  }

 private:
  Code code_;
  std::string message_;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  [[nodiscard]] const Error& error() const {
    Check(!ok(), "error() of a Result that holds a value");
    return *std::get_if<1>(&state_);
  }
  T& operator*() { return Value(); }
  const T& operator*() const { return const_cast<Result*>(this)->Value(); }
  T* operator->() { return &Value(); }
  const T* operator->() const { return &const_cast<Result*>(this)->Value(); }
  T Take() { return std::move(Value()); }

 private:
  T& Value() {
    Check(ok(), "value of a Result that holds an error");
    return *std::get_if<0>(&state_);
  }

  std::variant<T, Error> state_;
};

// Status: an operation that yields nothing but may fail. `return OkStatus();`
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] const Error& error() const {
    Check(!ok(), "error() of a Status that is ok");
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

inline Status OkStatus() { return {}; }

}  // namespace oncelog
