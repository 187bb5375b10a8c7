// LogScanner: reads the frames of one log file in order and says exactly why it stopped.
//
//   LogScanner scan(file, file_id, store_seed, /*offset=*/0, /*end=*/size);
//   while (scan.Next() == LogScanner::State::kFrame) Fold(scan.header(), scan.payload());
//
//   LogScanner scan(file, file_id, store_seed, memory);  // the file is in there at the end
//
// Threads: one. Ownership: borrows file and memory. payload() is valid until the next call.
// Errors: kError with error() set when the disk could not be read; what the bytes mean (torn or
// damaged) is for recovery to decide.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/fs/file_system.h"
#include "store/log/frame.h"

namespace oncelog::store {

class LogScanner {
 public:
  enum class State {
    kFrame,   // header() and payload() hold a whole, verified frame
    kEnd,     // the end of the range, or a block of zeros where a frame would start
    kBad,     // bytes that are no frame: torn or damaged
    kTooNew,  // a frame of a later version
    kError,   // the disk could not be read: error()
  };

  LogScanner(File& file, uint64_t file_id, uint64_t store_seed, uint64_t offset, uint64_t end);
  // From its start to the memory's size.
  LogScanner(File& file, uint64_t file_id, uint64_t store_seed, std::span<char> memory);

  State Next();

  [[nodiscard]] const FrameHeader& header() const { return header_; }
  [[nodiscard]] std::string_view payload() const { return payload_; }
  // Of the frame just read, or of where scanning stopped.
  [[nodiscard]] uint64_t offset() const { return offset_; }
  [[nodiscard]] uint64_t next_offset() const { return next_offset_; }
  [[nodiscard]] const Error& error() const { return *error_; }

  // The first offset behind offset() at which a valid frame header of this file stands, or one that
  // links to what stands at offset() (then the file is another's); nullopt if there is none. Either
  // proves that what stands at offset() is damage and no torn end. Frames stand one behind the
  // other, so the next one starts within the largest frame's size; reading on through what else was
  // allocated (zeros) would take most of a start.
  Result<std::optional<uint64_t>> FindValidHeaderBehind();

 private:
  // Yields a view of [offset, offset + size) or fewer bytes at the end of the file.
  Result<std::string_view> View(uint64_t offset, size_t size);
  Status ReadMemoryTo(uint64_t end);
  State Fail(Error error);

  File& file_;
  const uint64_t file_id_;
  const uint64_t store_seed_;
  const uint64_t end_;
  uint64_t offset_;
  uint64_t next_offset_;
  FrameHeader header_;
  std::string_view payload_;
  std::optional<Error> error_;

  std::string window_;
  uint64_t window_at_ = 0;
  std::span<char> memory_;  // or empty: then the window is used
  size_t in_memory_ = 0;    // so much of the file was read
};

}  // namespace oncelog::store
