#include "store/erasing.h"

#include <algorithm>

#include "store/log/frame_records.h"
#include "store/log/log_scanner.h"
#include "store/segment/gone.h"

namespace oncelog::store {
namespace {

using event::RecordKind;
using event::RecordView;
using Milliseconds = Erasing::Milliseconds;

constexpr double kShareAtOnce = 0.25;  // of a segment's events
constexpr Milliseconds kLookEveryMax{60'000};
constexpr int kLookShare = 16;  // so many times as long nothing is looked for
constexpr Milliseconds kWorkingPauseMax{1'000};
constexpr Milliseconds kAskAgainAfter{1'000};

Position EndOf(const Segments& segments) {
  return segments.empty() ? Position{} : segments.back()->header().end_position;
}

}  // namespace

Erasing::Erasing(const DurableState& state, uint64_t store_seed, Milliseconds within,
                 SegmentPace pace, std::function<void(const std::string&)> alarm)
    : state_(state),
      store_seed_(store_seed),
      within_(within),
      look_every_(std::clamp(within / 16, Milliseconds(1), kLookEveryMax)),
      pace_(std::move(pace)),
      alarm_(std::move(alarm)) {}

Result<ErasingStep> Erasing::Next(Milliseconds now, const LogPoint& cover) {
  Notice(now);
  if (!working_since_ && since_ && now - *since_ >= within_ / 2) {
    if (Status s = Begin(now); !s.ok()) return s.error();
  } else if (!working_since_ && since_ && now >= look_at_ && rewrites_.empty()) {
    if (Status s = LookForShares(now); !s.ok()) return s.error();
  }
  const DurableState::Pinned pinned = state_.Pin();
  const Segments& segments = pinned.files->segments;
  ErasingStep step;
  for (; !rewrites_.empty(); rewrites_.pop_front()) {
    const auto found = std::find_if(segments.begin(), segments.end(), [&](const auto& segment) {
      return segment->header().id == rewrites_.front().segment_id;
    });
    if (found == segments.end()) continue;  // it was rewritten already
    step.rewrite = *found;
    step.gone_events = rewrites_.front().gone_events;
    break;
  }
  if (EndOf(segments) < seal_through_) {
    const std::optional<uint64_t> leave = FileToLeave(pinned.files->logs, cover);
    if (!leave) {
      step.seal_through = seal_through_;  // all of it in one segment
    } else if (!asked_at_ || now - *asked_at_ >= kAskAgainAfter) {
      asked_at_ = now;
      step.leave_log = leave;
    }
  } else if (step.rewrite == nullptr) {
    working_since_.reset();
    asked_at_.reset();
  }
  return step;
}

// Looking takes a small part of the time, however many topics and segments there are.
Status Erasing::LookForShares(Milliseconds now) {
  look_at_ = now + look_every_;
  const uint64_t gone = state_.Totals().gone;
  if (gone == looked_gone_) return OkStatus();
  const auto start = std::chrono::steady_clock::now();
  if (Status s = FindSegments(kShareAtOnce); !s.ok()) return s;
  const auto took =
      std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - start);
  look_at_ = now + took + std::max(look_every_, took * kLookShare);
  looked_gone_ = gone;
  return OkStatus();
}

// What goes later than `seen_gone_` was read is for the next time.
void Erasing::Notice(Milliseconds now) {
  if (!since_ && state_.Totals().gone != seen_gone_) {
    // How long it has waited when the store is opened is not known: long enough.
    since_ = started_ ? now : now - within_ / 2 + look_every_;
  }
  started_ = true;
  const auto too_long = [&](const std::optional<Milliseconds>& since) {
    return since && now - *since > within_;
  };
  const bool late = too_long(working_since_) || too_long(since_) || too_long(left_since_);
  if (late && !overdue_.load()) {
    alarm_(
        "events that were erased, or are past their retention, are still on the disk after the "
        "time that erase-within sets");
  }
  overdue_.store(late);
}

Status Erasing::Begin(Milliseconds now) {
  const uint64_t gone = state_.Totals().gone;
  const DurableState::Pinned pinned = state_.Pin();  // all that is gone lies before its end
  rewrites_.clear();
  if (Status s = FindSegments(std::nullopt); !s.ok()) return s;
  const Result<Position> through = FindInLogs(pinned, pinned.end);
  if (!through.ok()) return through.error();
  seal_through_ = *through;
  seen_gone_ = looked_gone_ = gone;
  working_since_ = std::min(now, since_.value_or(now));
  since_.reset();
  LeaveToLog();
  return OkStatus();
}

void Erasing::LeaveLogAlone() {
  log_left_alone_ = true;
  gave_up_ = true;
  LeaveToLog();
}

// Nothing of the log leaves it any more; what segments hold does all the same.
void Erasing::LeaveToLog() {
  if (!log_left_alone_ || EndOf(state_.Pin().files->segments) >= seal_through_) return;
  if (!left_since_) left_since_ = working_since_;
  seal_through_ = {};
}

Status Erasing::FindSegments(std::optional<double> share) {
  const DurableState::Pinned pinned = state_.Pin();
  std::map<uint64_t, Conflicts> known;
  known.swap(conflicts_);
  for (const std::shared_ptr<const Segment>& segment : pinned.files->segments) {
    const SegmentHeader& header = segment->header();
    if (const auto at = known.find(header.id); at != known.end()) {
      conflicts_.insert(known.extract(at));
    }
    if (left_alone_.count(header.id) > 0) continue;
    const Result<Left> left = LeftIn(*segment, !share);
    if (!left.ok()) {
      if (left.error().code() != Code::kDamaged) return left.error();
      LeaveAlone(header.id, left.error());
      continue;
    }
    const bool enough = !share || static_cast<double>(left->events) >= *share * header.events;
    if (left->anything && enough) rewrites_.push_back({header.id, left->events});
  }
  return OkStatus();
}

Result<Erasing::Left> Erasing::LeftIn(const Segment& segment, bool conflicts_too) {
  const SegmentHeader& header = segment.header();
  const Result<uint64_t> gone =
      header.stubs == header.events ? Result<uint64_t>(header.stubs) : GoneIn(segment);
  if (!gone.ok()) return gone.error();
  Left left;
  left.events = *gone - std::min<uint64_t>(*gone, header.stubs);
  left.anything = left.events > 0;
  if (!left.anything && conflicts_too) {
    const Result<bool> conflict = HoldsGoneConflict(segment);
    if (!conflict.ok()) return conflict.error();
    left.anything = *conflict;
  }
  return left;
}

Result<uint64_t> Erasing::GoneIn(const Segment& segment) const {
  uint64_t gone = 0;
  const std::vector<BlockEntry>& blocks = segment.blocks(BlockKind::kTopics);
  for (size_t n = 0; n < blocks.size(); ++n) {
    const auto block = segment.Topics(n, /*keep=*/false);
    if (!block.ok()) return block.error();
    gone += state_.CountGone((*block)->topics());
    if (!pace_(blocks[n].raw_bytes)) {
      return Error(Code::kBusy, "looking for what is gone was given up");
    }
  }
  return gone;
}

Result<bool> Erasing::HoldsGoneConflict(const Segment& segment) {
  auto known = conflicts_.find(segment.header().id);
  if (known == conflicts_.end()) {
    Result<Conflicts> read = ReadConflicts(segment);
    if (!read.ok()) return read.error();
    known = conflicts_.emplace(segment.header().id, read.Take()).first;
  }
  return std::any_of(known->second.begin(), known->second.end(), [&](const auto& original) {
    return state_.IsGone(original.first, original.second);
  });
}

Result<Erasing::Conflicts> Erasing::ReadConflicts(const Segment& segment) const {
  Conflicts found;
  const std::vector<BlockEntry>& blocks = segment.blocks(BlockKind::kRecords);
  for (size_t n = 0; n < blocks.size(); ++n) {
    const auto block = segment.Records(n, /*keep=*/false);
    if (!block.ok()) return block.error();
    for (size_t i = 0; i < (*block)->size(); ++i) {
      const RecordView& record = (*block)->record(i).record;
      if (HoldsConflict(record)) found.emplace_back(record.topic, record.entry.sequence());
    }
    if (!pace_(blocks[n].raw_bytes))
      return Error(Code::kBusy, "looking for conflicts was given up");
  }
  return found;
}

Result<Position> Erasing::FindInLogs(const DurableState::Pinned& pinned, Position end) const {
  Position behind;
  const LogFiles& logs = pinned.files->logs;
  for (size_t i = 0; i < logs.size(); ++i) {
    const Position next = i + 1 < logs.size() ? logs[i + 1]->first_position : end;
    if (Status s = FindInLog(*logs[i], std::min(next, end), &behind); !s.ok()) return s.error();
  }
  return behind;
}

Status Erasing::FindInLog(const LogFile& log, Position end, Position* behind) const {
  LogScanner scan(*log.file, log.id, store_seed_, 0, log.capacity_bytes);
  Position at = log.first_position;
  while (at < end) {
    const LogScanner::State state = scan.Next();
    if (state == LogScanner::State::kError) return scan.error();
    if (state != LogScanner::State::kFrame) {
      *behind = end;  // sealing will say what is wrong with it
      return OkStatus();
    }
    at = scan.header().first_position;
    const Status s = ForEachRecord(
        scan.header(), scan.payload(), store_seed_, [&](const RecordView& record, size_t) {
          ++at.value;
          const bool holds = record.kind == RecordKind::kEvent || HoldsConflict(record);
          if (holds && state_.IsGone(record.topic, record.entry.sequence())) *behind = at;
          return OkStatus();
        });
    if (!s.ok()) {  // its payload is not what a frame holds
      *behind = end;
      return OkStatus();
    }
    if (!pace_(scan.header().size_on_disk())) {
      return Error(Code::kBusy, "looking through the log was given up");
    }
  }
  return OkStatus();
}

// The file that is written to, if something before `seal_through_` is in it; 0, which is no file,
// if only the cover has to move.
std::optional<uint64_t> Erasing::FileToLeave(const LogFiles& logs, const LogPoint& cover) const {
  if (logs.empty()) return std::nullopt;
  if (logs.back()->first_position < seal_through_) return logs.back()->id;
  const auto file = std::find_if(logs.begin(), logs.end(),
                                 [&](const auto& log) { return log->id == cover.file_id; });
  const bool behind = cover.position >= seal_through_ &&
                      (file == logs.end() || (*file)->first_position >= seal_through_);
  return behind ? std::nullopt : std::optional<uint64_t>(0);
}

void Erasing::LeaveAlone(uint64_t segment_id, const Error& why) {
  left_alone_.insert(segment_id);
  gave_up_ = true;
  if (!left_since_) left_since_ = working_since_ ? working_since_ : since_;
  std::erase_if(rewrites_, [&](const Rewrite& one) { return one.segment_id == segment_id; });
  alarm_(why.Annotate("rewriting a segment without what is gone").message());
}

void Erasing::Postpone() {
  rewrites_.push_back(rewrites_.front());
  rewrites_.pop_front();
}

Milliseconds Erasing::pause() const {
  return working_since_ ? std::min(look_every_, kWorkingPauseMax) : look_every_;
}

}  // namespace oncelog::store
