#include "store/verify/log_walk.h"

#include <optional>

#include "store/log/log_scanner.h"

namespace oncelog::store {
namespace {

using State = LogScanner::State;

class Walk {
 public:
  Walk(File& file, const LogFileInfo& info, uint64_t store_seed, LogVisitor& visitor,
       LogChain* chain)
      : file_(file),
        info_(info),
        store_seed_(store_seed),
        visitor_(visitor),
        chain_(*chain),
        end_(info.closed ? info.end_offset : info.capacity_bytes) {}

  Status Run() {
    scan_.emplace(file_, info_.id, store_seed_, 0, end_);
    State state = scan_->Next();
    for (;;) {
      for (; state == State::kFrame; state = scan_->Next()) {
        if (Status s = TakeFrame(); !s.ok()) return s;
      }
      if (state == State::kError) return scan_->error();
      if (state == State::kTooNew) {
        return Error(Code::kTooNew, file_.path() + ": holds frames of a newer oncelog");
      }
      if (info_.closed && scan_->offset() == end_) return OkStatus();
      const Result<bool> goes_on = PassDamage(state);
      if (!goes_on.ok()) return goes_on.error();
      if (!*goes_on) return OkStatus();
      state = State::kFrame;
    }
  }

  [[nodiscard]] uint64_t last_end() const { return last_end_; }

 private:
  Status TakeFrame() {
    const FrameHeader& header = scan_->header();
    const bool follows = header.first_position == chain_.position && header.link == chain_.link;
    if (!chain_.broken && !follows) {
      const std::string what = "this frame begins at position " +
                               std::to_string(header.first_position.value) +
                               " and does not follow the one before it, which ends at position " +
                               std::to_string(chain_.position.value);
      if (Status s = visitor_.Damage({scan_->offset(), scan_->offset(), what}); !s.ok()) return s;
    }
    if (Status s = visitor_.Frame(header, scan_->offset()); !s.ok()) return s;
    if (Status s = Records(header, scan_->payload(), scan_->offset(), /*tell=*/true); !s.ok()) {
      return s;
    }
    chain_ = {header.end_position(), header.checksum, false};
    last_end_ = scan_->next_offset();
    return OkStatus();
  }

  // `tell`: the frame's own checksum holds, so a record that does not is worth a word.
  Status Records(const FrameHeader& header, std::string_view payload, uint64_t frame_offset,
                 bool tell) {
    size_t at = 0;
    for (uint32_t i = 0; i < header.records; ++i) {
      const uint64_t offset = frame_offset + kFrameHeaderBytes + at;
      Result<event::RecordView> record =
          event::ParseRecord(payload.substr(at), store_seed_, /*verify=*/true);
      if (record.ok()) {
        if (Status s = visitor_.Record(*record, header, offset); !s.ok()) return s;
        at += record->bytes.size();
        continue;
      }
      if (tell) return visitor_.Damage({offset, offset, record.error().message()});
      // Behind a damaged record the next one can be found if the length of this one is whole.
      record = event::ParseRecord(payload.substr(at), store_seed_, /*verify=*/false);
      if (!record.ok()) return OkStatus();
      at += record->bytes.size();
    }
    if (!tell || at == payload.size()) return OkStatus();
    return visitor_.Damage({frame_offset, frame_offset, "this frame holds more than its records"});
  }

  // From where no frame could be read to the next one. False if the log ends here.
  Result<bool> PassDamage(State state) {
    const uint64_t from = scan_->offset();
    for (bool first = true;; first = false) {
      Result<std::optional<uint64_t>> behind = scan_->FindValidHeaderBehind();
      if (!behind.ok()) return behind.error();
      if (first && !info_.closed && !behind->has_value()) return false;
      if (state == State::kBad) {
        if (Status s = Salvage(scan_->offset()); !s.ok()) return s.error();
      }
      if (!behind->has_value()) return Tell(from, end_, false);
      scan_.emplace(file_, info_.id, store_seed_, **behind, end_);
      state = scan_->Next();
      if (state == State::kError) return scan_->error();
      if (state == State::kFrame) return Tell(from, scan_->offset(), true);
    }
  }

  Result<bool> Tell(uint64_t from, uint64_t to, bool goes_on) {
    std::string what = "no whole frame is here";
    const Position next = goes_on ? scan_->header().first_position : info_.end_position;
    if ((goes_on || info_.closed) && next > chain_.position) {
      what += ", positions " + std::to_string(chain_.position.value) + " to " +
              std::to_string(next.value - 1) + " are damaged";
    }
    if (Status s = visitor_.Damage({from, to, what}); !s.ok()) return s.error();
    chain_.position = next;
    chain_.broken = true;
    return goes_on;
  }

  // The whole records of a frame of which only the header can be trusted.
  Status Salvage(uint64_t offset) {
    std::string bytes(kFrameHeaderBytes, '\0');
    Result<size_t> got = file_.ReadAt(offset, bytes.data(), bytes.size());
    if (!got.ok()) return got.error();
    FrameHeader header;
    if (*got < bytes.size() ||
        DecodeFrameHeader(bytes, info_.id, store_seed_, &header) != HeaderState::kValid) {
      return OkStatus();
    }
    bytes.resize(header.payload_bytes);
    got = file_.ReadAt(offset + kFrameHeaderBytes, bytes.data(), bytes.size());
    if (!got.ok()) return got.error();
    return Records(header, std::string_view(bytes).substr(0, *got), offset, /*tell=*/false);
  }

  File& file_;
  const LogFileInfo& info_;
  const uint64_t store_seed_;
  LogVisitor& visitor_;
  LogChain& chain_;
  const uint64_t end_;
  uint64_t last_end_ = 0;
  std::optional<LogScanner> scan_;
};

}  // namespace

Status WalkLog(File& file, const LogFileInfo& info, uint64_t store_seed, LogVisitor& visitor,
               LogChain* chain, uint64_t* end_offset) {
  Walk walk(file, info, store_seed, visitor, chain);
  Status s = walk.Run();
  if (end_offset != nullptr) *end_offset = walk.last_end();
  return s;
}

}  // namespace oncelog::store
