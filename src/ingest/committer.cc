#include "ingest/committer.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/check.h"

namespace oncelog::ingest {
namespace {

// Large enough to overlap the index's cache misses, small enough to stay in the L2 cache.
constexpr size_t kGroupSubmissions = 1024;
// An idle log gets its commit mark this long after its last frame was handed over.
constexpr std::chrono::milliseconds kMarkAfter{5};

using SteadyClock = std::chrono::steady_clock;

size_t CountSubmissions(const std::vector<std::unique_ptr<Work>>& works) {
  size_t count = 0;
  for (const auto& work : works) count += work->batch.submissions.size();
  return count;
}

// The most that the works can add to a frame.
uint64_t BytesBound(const std::vector<std::unique_ptr<Work>>& works) {
  uint64_t bytes = 0;
  for (const auto& work : works) {
    if (work->change != nullptr) bytes += ChangeWriter::kBytesMax;
    for (const event::Submission& submission : work->batch.submissions) {
      bytes += submission.record.bytes + submission.topic.bytes + submission.source.bytes +
               GroupEncoder::kExtraBytesMax;
    }
  }
  return bytes;
}

}  // namespace

Committer::Committer(store::Partition& partition, Pipe& pipe, Syncer& syncer,
                     CommitterOptions options)
    : partition_(partition),
      pipe_(pipe),
      syncer_(syncer),
      options_(std::move(options)),
      commit_(pipe.NewCommit()),
      pace_(options_.seal_backlog_bytes_max),
      encoder_(partition.topics(), partition.store_seed()),
      change_writer_(partition, options_.topics_max, options_.erased_runs_max) {}

void Committer::Run() {
  for (;;) {
    Pipe::Turn turn = NextTurn();
    if (turn.failed) {
      RefuseAll(std::move(turn));
      break;
    }
    std::move(turn.works.begin(), turn.works.end(), std::back_inserter(waiting_));
    if (!frame_full()) ProcessWaiting();
    const bool mark_due = mark_at_ && SteadyClock::now() >= *mark_at_;
    if (frame_open() && turn.syncer_free) {
      HandOver(/*mark=*/false);
    } else if (!frame_open() && mark_due && turn.syncer_free) {
      HandOver(/*mark=*/true);
    }
    if (turn.stopping && waiting_.empty() && !frame_open()) break;
  }
  pipe_.Finish();
}

Pipe::Turn Committer::NextTurn() {
  const SteadyClock::time_point now = SteadyClock::now();
  const bool mark_due = mark_at_ && now >= *mark_at_;
  const bool wants_syncer = frame_open() || mark_due;
  // What waits did not find room in the index: looked at again at once, or, if a mark is to freeze
  // the table, as soon as the syncer can take that.
  if (!waiting_.empty() && !frame_full()) {
    return pipe_.Next(0, wants_syncer, wants_syncer ? std::nullopt : Pipe::Deadline(now));
  }
  const size_t room = frame_full() || !waiting_.empty() ? 0 : options_.frame_bytes - FrameBytes();
  return pipe_.Next(room, wants_syncer, wants_syncer ? std::nullopt : mark_at_);
}

void Committer::ProcessWaiting() {
  while (!waiting_.empty() && !frame_full()) {
    Works group = NextGroup();
    switch (MakeRoom(&group)) {
      case Room::kEnough: Decide(std::move(group)); break;
      case Room::kRefused: break;
      case Room::kCloseFrameFirst: frame_full_ = true; [[fallthrough]];
      case Room::kWait:
        std::move(waiting_.begin(), waiting_.end(), std::back_inserter(group));
        waiting_ = std::move(group);
        return;
    }
  }
}

Committer::Works Committer::NextGroup() {
  size_t works = 0;
  size_t submissions = 0;
  size_t bytes = 0;  // bounded too: no frame may grow beyond kFrameBytesMax
  while (works < waiting_.size() && submissions < kGroupSubmissions &&
         bytes < options_.frame_bytes) {
    const bool change = waiting_[works]->change != nullptr;
    if (change && works > 0) break;
    const event::Batch& batch = waiting_[works++]->batch;
    if (change) break;  // a group of its own: it is decided against all before it
    submissions += batch.submissions.size();
    bytes += batch.arena.size();
  }
  const auto end = waiting_.begin() + static_cast<ptrdiff_t>(works);
  Works group(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  return group;
}

Committer::Room Committer::MakeRoom(Works* group) {
  const Room in_index = MakeIndexRoom(group, CountSubmissions(*group));
  return in_index == Room::kEnough ? MakeLogRoom(group, BytesBound(*group)) : in_index;
}

Committer::Room Committer::MakeIndexRoom(Works* group, size_t submissions) {
  if (partition_.IndexHasRoom(submissions)) return Room::kEnough;
  if (frame_open()) return Room::kCloseFrameFirst;
  if (!partition_.index().has_frozen()) {
    store::LogWriter& writer = partition_.writer();
    if (!writer.HasRoomForMark() && !Reserve(group, store::kFrameHeaderBytes)) {
      return Room::kRefused;
    }
    mark_at_ = SteadyClock::now();  // a mark ends a frame, and there the table can be frozen
    return Room::kWait;
  }
  if (partition_.disk_full()) {
    disk_full_ = true;
    partition_.WantLogFile();  // made as soon as there is space, which shows that events fit again
    Refuse(std::move(*group), {Code::kDiskFull, "no space to flush the index"});
    return Room::kRefused;
  }
  if (const std::optional<Error> failure = partition_.housekeeping_failure()) {
    Refuse(std::move(*group), {Code::kBusy, failure->message()});
    return Room::kRefused;
  }
  pipe_.WaitForFlush();
  return Room::kWait;
}

Committer::Room Committer::MakeLogRoom(Works* group, uint64_t bytes) {
  store::LogWriter& writer = partition_.writer();
  if (frame_open()) {
    const uint64_t frame_bytes = FrameBytes() + bytes;
    const bool fits = writer.HasRoom(frame_bytes) && frame_bytes <= store::kFrameBytesMax;
    return fits ? Room::kEnough : Room::kCloseFrameFirst;
  }
  return Reserve(group, store::kFrameHeaderBytes + bytes) ? Room::kEnough : Room::kRefused;
}

bool Committer::Reserve(Works* group, uint64_t log_bytes) {
  const Status s = partition_.writer().Reserve(log_bytes);
  disk_full_ = !s.ok() && s.error().code() == Code::kDiskFull;
  if (s.ok()) return true;
  partition_.WantLogFile();
  Refuse(std::move(*group), disk_full_ ? s.error() : Error(Code::kBusy, s.error().message()));
  return false;
}

void Committer::DecideChange(Works group) {
  if (Status s = change_writer_.Write(group.front()->change, &commit_->frame); !s.ok()) {
    Refuse(std::move(group), s.error());
    return;
  }
  commit_->works.push_back(std::move(group.front()));
}

void Committer::Decide(Works group) {
  if (group.front()->change != nullptr) return DecideChange(std::move(group));
  RefuseExcessTopics(&group);
  group_.Clear();
  if (!LookUp(group).ok()) RefuseUnreadable(&group);
  ResolveTopics(group);
  if (options_.without_index) {
    Planner::CallAllNew(&group_);
  } else {
    planner_.Plan(&group_);
  }
  encoder_.Encode(group_, topic_ids_, group, &commit_->frame);
  if (!options_.without_index) partition_.index().Insert(encoder_.entries());
  for (size_t slot = 0; slot < slot_topics_.size(); ++slot) {
    partition_.topics().set_head(slot_topics_[slot], group_.heads[slot]);
    slot_of_topic_[slot_topics_[slot].value] = 0;
  }
  std::move(group.begin(), group.end(), std::back_inserter(commit_->works));
}

// Adds the works' submissions to group_. An error leaves it as it was.
Status Committer::LookUp(std::span<const std::unique_ptr<Work>> works) {
  const size_t before = group_.size();
  for (const auto& work : works) {
    for (const event::Submission& submission : work->batch.submissions) {
      group_.ids.push_back(submission.id);
      group_.contents.push_back(submission.content);
    }
  }
  group_.found.resize(group_.size());
  if (options_.without_index) return OkStatus();
  Status s = partition_.index().Find(std::span(group_.ids).subspan(before),
                                     std::span(group_.found).subspan(before));
  if (!s.ok()) group_.ShrinkTo(before);
  return s;
}

// A page of the index that cannot be read is the affair of those whose ids may be on it.
void Committer::RefuseUnreadable(Works* group) {
  std::erase_if(*group, [&](std::unique_ptr<Work>& work) {
    const Status s = LookUp({&work, 1});
    if (s.ok()) return false;
    Works refused;
    refused.push_back(std::move(work));
    Refuse(std::move(refused), s.error());
    return true;
  });
}

void Committer::RefuseExcessTopics(Works* group) {
  if (partition_.topics().size() + CountSubmissions(*group) <= options_.topics_max) return;
  // A batch is refused whole, before any of its topics is made.
  std::unordered_set<std::string> fresh;
  Works refused;
  std::erase_if(*group, [&](std::unique_ptr<Work>& work) {
    if (TopicsFit(work->batch, &fresh)) return false;
    refused.push_back(std::move(work));
    return true;
  });
  if (refused.empty()) return;
  Refuse(std::move(refused), TooManyTopics(options_.topics_max));
}

// `fresh`: topics that the group has brought so far; this batch's are added if they fit.
bool Committer::TopicsFit(const event::Batch& batch, std::unordered_set<std::string>* fresh) const {
  std::unordered_set<std::string> added;
  for (const event::Submission& submission : batch.submissions) {
    const std::string name(batch.View(submission.topic));
    if (!partition_.topics().Find(submission.topic_hash, name) && !fresh->contains(name)) {
      added.insert(name);
    }
  }
  const size_t topics = partition_.topics().size() + fresh->size() + added.size();
  if (!added.empty() && topics > options_.topics_max) return false;
  fresh->merge(added);
  return true;
}

void Committer::ResolveTopics(const Works& group) {
  topic_ids_.clear();
  slot_topics_.clear();
  for (const auto& work : group) {
    for (const event::Submission& submission : work->batch.submissions) {
      const std::string_view name = work->batch.View(submission.topic);
      std::optional<TopicId> id = partition_.topics().Find(submission.topic_hash, name);
      if (!id) {
        id = partition_.topics().Add(submission.topic_hash, name);
        encoder_.AddTopic(*id, name, &commit_->frame);
      }
      topic_ids_.push_back(*id);
      group_.slots.push_back(SlotOf(*id));
    }
  }
}

uint32_t Committer::SlotOf(TopicId topic) {
  if (topic.value >= slot_of_topic_.size()) slot_of_topic_.resize(topic.value * size_t{2} + 64);
  uint32_t& slot = slot_of_topic_[topic.value];
  if (slot == 0) {
    slot_topics_.push_back(topic);
    group_.heads.push_back(partition_.topics().head(topic));
    slot = static_cast<uint32_t>(slot_topics_.size());
  }
  return slot - 1;
}

// The one place where ingest is slowed down.
void Committer::WaitForSealing() {
  const std::chrono::nanoseconds pause = pace_.NextPause();
  if (pause.count() == 0) return;
  const SteadyClock::time_point start = SteadyClock::now();
  pipe_.PauseCommits(start + pause);
  paused_ns_ += std::chrono::nanoseconds(SteadyClock::now() - start).count();
}

void Committer::HandOver(bool mark) {
  if (!mark) WaitForSealing();
  store::LogWriter& writer = partition_.writer();
  if (mark && !writer.HasRoomForMark() && !writer.Reserve(store::kFrameHeaderBytes).ok()) {
    pipe_.WaitForFlush();  // no space even for a mark; look again in a moment
    return;
  }
  mark_at_.reset();
  encoder_.FlushCounts(&commit_->frame);
  // Works that change nothing wait for a frame without records, which is a mark as well.
  const bool empty = commit_->frame.records() == 0;
  commit_->place = writer.Place(&commit_->frame, options_.clock(), mark || empty);
  commit_->freeze = partition_.FreezeIfDue(commit_->place.end, commit_->frame.bytes().size());
  pace_.Wrote(partition_.seal_lag_bytes(), commit_->frame.bytes().size());
  frame_full_ = false;
  std::unique_ptr<Commit> commit = std::exchange(commit_, pipe_.NewCommit());
  if (commit->frame.bytes().size() >= options_.overlap_bytes_min) {
    pipe_.Hand(std::move(commit));
  } else {
    pipe_.ActAsSyncer();
    syncer_.MakeDurable(std::move(commit));
  }
  if (!mark) mark_at_ = SteadyClock::now() + kMarkAfter;
}

void Committer::Refuse(Works works, const Error& error) {
  pipe_.Release(works);
  SettleWith(std::move(works), error);
}

void Committer::RefuseAll(Pipe::Turn turn) {
  const Error error = *pipe_.failure();
  Refuse(std::move(commit_->works), error);
  Refuse(std::move(waiting_), error);
  do {  // the turn may have had no room for what is queued
    Refuse(std::move(turn.works), error);
    turn = pipe_.Next(SIZE_MAX, false, std::nullopt);
  } while (!turn.works.empty());
}

}  // namespace oncelog::ingest
