// Fuzzes the log: frames, and the records in them. The input makes a log file of good frames whose
// payloads are the fuzzer's, and then damages it, by a list of instructions of 4 bytes:
//   op 0, bytes:    a frame whose payload is the next `bytes` of the input, said to hold 1 record
//   op 1, bytes:    the same, said to hold 1 + bytes % 7 records
//   op 2:           a mark
//   op 3, at, to:   behind the frames: byte `at` · 16 of the file is set to `to`
//   op 4, blocks:   behind the frames: the file is cut after so many blocks
// Whatever comes out: no crash, no read out of bounds; frames that were not touched are read as
// they were written, up to the first that was, and no byte that was changed is ever taken for good.
// What is read is folded, as recovery does it, and the state it makes is the same again when it
// comes back from a checkpoint.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"
#include "event/record.h"
#include "store/log/frame.h"
#include "store/log/frame_records.h"
#include "store/log/log_scanner.h"
#include "store/state/checkpoint.h"
#include "store/state/durable_state.h"
#include "tests/support/one_file.h"

namespace oncelog::store {
namespace {

constexpr uint64_t kSeed = 1;
constexpr uint64_t kId = 1;
constexpr size_t kFileBytesMax = size_t{256} << 10;

class LogOfInput {
 public:
  explicit LogOfInput(std::string_view input) : in_(input) {
    while (in_.remaining() >= 4 && file_.size() < kFileBytesMax) {
      const auto op = static_cast<uint8_t>(in_.Get<uint8_t>() % 5);
      const auto small = in_.Get<uint8_t>();
      const auto number = in_.Get<uint16_t>();
      if (op <= 2 && !damaged_) AddFrame(op, number);
      if (op > 2) Damage(op, small, number);
    }
    file_.append(kBlockBytes, '\0');
  }

  // As it was before the damage.
  [[nodiscard]] const std::string& good() const { return good_; }
  // Of the frames before the first one that was damaged. Padding does not count.
  [[nodiscard]] uint64_t UntouchedEnd() const {
    uint64_t end = 0;
    for (const auto& [begin, covered] : frames_) {
      if (file_.compare(begin, covered, good_, begin, covered) != 0) break;
      end = begin + RoundUpToBlock(covered);
    }
    return end;
  }
  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  void AddFrame(uint8_t op, uint16_t number) {
    FrameBuilder frame;
    if (op != 2) {
      frame.payload()->append(in_.GetBytes(std::min<size_t>(number, in_.remaining())));
      for (int i = op == 0 ? 1 : 1 + number % 7; i > 0; --i) frame.CountRecord();
    }
    FrameHeader header;
    header.file_id = kId;
    header.first_position = position_;
    header.durable_position = position_;
    header.link = link_;
    header.mark = op == 2;
    frame.Finish(header, kSeed);
    position_ = frame.header().end_position();
    link_ = frame.header().checksum;
    frames_.emplace_back(file_.size(), kFrameHeaderBytes + frame.header().payload_bytes);
    file_.append(frame.bytes());
    good_ = file_;
  }

  void Damage(uint8_t op, uint8_t to, uint16_t number) {
    damaged_ = true;
    if (op == 3 && size_t{number} * 16 < file_.size()) {
      file_[size_t{number} * 16] = static_cast<char>(to);
    } else if (op == 4) {
      file_.resize(std::min<size_t>(file_.size(), size_t{number} * kBlockBytes));
    }
  }

  ByteReader in_;
  std::string good_, file_;
  std::vector<std::pair<uint64_t, uint64_t>> frames_;  // where each begins, bytes without padding
  Position position_;
  uint64_t link_ = 0;
  bool damaged_ = false;
};

void ReadRecords(const FrameHeader& header, std::string_view payload) {
  size_t bytes = 0;
  const Status all = ForEachRecord(
      header, payload, kSeed, [&](const event::RecordView& record, size_t at) -> Status {
        Check(at == bytes && record.bytes.data() == payload.data() + at, "records follow closely");
        Check(record.bytes.size() >= event::kRecordHeaderBytes, "a record has its header");
        (void)event::ParseRecord(record.bytes, kSeed, /*verify=*/true);
        bytes += record.bytes.size();
        return OkStatus();
      });
  if (all.ok()) Check(bytes == payload.size(), "records fill their frame");
}

// The fold over the frames of a log, which ends at the first one that does not fit.
class Folded {
 public:
  void Add(const FrameHeader& header, std::string_view payload, uint64_t offset) {
    whole_ = whole_ && state_.Apply(header, payload, nullptr, offset).ok();
  }

  void CheckCheckpoint() {
    if (!whole_) return;
    const StoreTotals totals = state_.Totals();
    Check(totals.gone <= totals.events, "no more is gone than was there");
    const CheckpointInput input{state_.Pin().end, state_.ShareTopics(), 0, state_.CopyRetention()};
    const Result<Checkpoint> back =
        DecodeCheckpoint(EncodeCheckpoint(input, kSeed), kSeed, "1.ckpt");
    Check(back.ok() && back->cover == input.cover && back->retention == input.retention &&
              back->topics.size() == input.topics.size(),
          "a state that was folded comes back from its checkpoint");
  }

 private:
  const HashKey key_{"0123456789abcdef0123456789abcdef"};
  DurableState state_{kSeed, key_};
  bool whole_ = true;
};

void Scan(const LogOfInput& log) {
  const std::string& bytes = log.file();
  test::OneFile fs(bytes);
  const std::unique_ptr<File> file = fs.Open("1.log", OpenMode::kRead).Take();
  LogScanner scan(*file, kId, kSeed, 0, bytes.size());
  Folded folded;
  uint64_t end = 0;
  while (scan.Next() == LogScanner::State::kFrame) {
    const FrameHeader& header = scan.header();
    Check(scan.offset() == end, "frames follow closely");
    end = scan.next_offset();
    // A frame's padding is nobody's; all else of it stands in the file as it was written.
    const uint64_t covered = kFrameHeaderBytes + header.payload_bytes;
    Check(scan.offset() + covered <= log.good().size() &&
              bytes.compare(scan.offset(), covered, log.good(), scan.offset(), covered) == 0,
          "nothing that was changed is taken for good");
    ReadRecords(header, scan.payload());
    folded.Add(header, scan.payload(), scan.offset());
  }
  Check(end >= log.UntouchedEnd(), "what stands before all damage is read");
  (void)scan.FindValidHeaderBehind();
  folded.CheckCheckpoint();
}

}  // namespace
}  // namespace oncelog::store

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oncelog::store;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  Scan(LogOfInput(input));
  // Records alone, with nothing in front of them.
  (void)oncelog::event::ParseRecord(input, kSeed, /*verify=*/true);
  (void)oncelog::event::ParseRecord(input, kSeed, /*verify=*/false);
  return 0;
}
