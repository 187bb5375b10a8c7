// What is gone for readers leaves segments that are made already: the second part of Sealing.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/out_of_memory.h"
#include "store/sealing.h"
#include "store/segment/segment_rewriter.h"

namespace oncelog::store {

Status Sealing::RewriteOnce(const ErasingStep& step, bool* rewritten) {
  // Errors (a full queue, a log that takes no more) pass, or are told elsewhere: it is asked again.
  if (step.leave_log && options_.leave_log) {
    [[maybe_unused]] const Status left = options_.leave_log(*step.leave_log);
  }
  if (step.rewrite == nullptr) return OkStatus();
  const Segment& old = *step.rewrite;
  const SegmentHeader& header = old.header();
  const uint64_t stay = header.events - step.gone_events;
  if (Status s = CheckSpace(header.file_bytes() * (stay + 1) / (uint64_t{header.events} + 1));
      !s.ok()) {
    erasing_.Postpone();  // another may fit
    return s;
  }
  const auto start = std::chrono::steady_clock::now();
  Result<Sealed> made = OrOutOfMemory([&] { return Rewrite(old); });
  if (!made.ok()) {
    if (made.error().code() != Code::kDamaged) {
      erasing_.Postpone();
      return made.error();
    }
    erasing_.LeaveAlone(header.id, made.error());
    *rewritten = true;  // go on with others
    return OkStatus();
  }
  pending_ = made.Take();
  {
    const std::lock_guard lock(mutex_);
    figures_.seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  if (Status s = InstallRewritten(); !s.ok()) return s;
  *rewritten = true;
  return OkStatus();
}

Result<Sealing::Sealed> Sealing::Rewrite(const Segment& old) {
  const SegmentHeader& header = old.header();
  const SegmentTarget target{manifest_.NewFileId(), header.first_position, header.end_position,
                             store_seed_};
  SegmentRewriter rewriter(
      fs_, SegmentDirectory(directory_), target, [this](size_t bytes) { return Pace(bytes); },
      [this](TopicId topic, Sequence sequence) { return state_.IsGone(topic, sequence); });
  const Result<SegmentInfo> info = rewriter.Rewrite(old);
  if (!info.ok()) return info.error();
  Result<std::shared_ptr<const Segment>> segment = OpenMade(*info);
  if (!segment.ok()) return segment.error();
  Sealed made;
  made.info = *info;
  made.segment = segment.Take();
  made.replaces = header.id;
  return made;
}

Status Sealing::InstallRewritten() {
  Status s = manifest_.Edit([&](Manifest& m) {
    const auto old = std::find_if(m.segments.begin(), m.segments.end(),
                                  [&](const auto& info) { return info.id == *pending_->replaces; });
    Check(old != m.segments.end(), "a segment is rewritten by one thread");
    *old = pending_->info;
  });
  if (!s.ok()) return s;
  state_.Replace(pending_->segment, *pending_->replaces)->RemoveWhenDropped();
  pending_.reset();
  erasing_.Rewritten();
  const std::lock_guard lock(mutex_);
  ++figures_.rewritten;
  figures_.last_rewrite_at = SystemNow();
  return OkStatus();
}

}  // namespace oncelog::store
