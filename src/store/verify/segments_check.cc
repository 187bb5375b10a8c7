#include "store/verify/segments_check.h"

#include <utility>

namespace oncelog::store {
namespace {

// Of the topics that share a damaged block so many are told one by one.
constexpr size_t kTopicsTold = 20;

}  // namespace

SegmentsCheck::SegmentsCheck(StoreParts parts, SegmentCounts counts, Findings* findings,
                             std::function<void(uint64_t)> progress)
    : parts_(std::move(parts)),
      counts_(counts),
      findings_(*findings),
      progress_(std::move(progress)) {}

void SegmentsCheck::Run() {
  const std::vector<SegmentInfo>& segments = parts_.manifest.segments;
  for (number_ = 0; number_ < segments.size(); ++number_) {
    const SegmentInfo& info = segments[number_];
    path_ = SegmentPath(SegmentDirectory(parts_.directory), info.id);
    ++files_;
    const std::shared_ptr<const Segment> segment = Open(info);
    if (segment == nullptr) {
      chain_ = {info.end_position, 0, true};
      continue;
    }
    const SegmentHeader& header = segment->header();
    const bool follows =
        header.first_position == chain_.position && header.first_link == chain_.link;
    if (!chain_.broken && !follows) {
      Tell({.file = path_,
            .offset = 0,
            .what = "begins at position " + std::to_string(header.first_position.value) +
                    " and does not follow what comes before it, which ends at position " +
                    std::to_string(chain_.position.value)});
    }
    CheckSegment(*segment, parts_.store_seed, *this);
    bytes_ += header.file_bytes();
    chain_ = {header.end_position, header.end_link, false};
  }
}

std::shared_ptr<const Segment> SegmentsCheck::Open(const SegmentInfo& info) {
  Result<std::shared_ptr<const Segment>> segment =
      Segment::Open(parts_.fs, SegmentDirectory(parts_.directory), info, parts_.store_seed, cache_);
  if (segment.ok()) return segment.Take();
  Finding finding = FindingOf(OfListedFile(segment.error()), path_);
  finding.what += "; it holds positions " + std::to_string(info.first_position.value) + " to " +
                  std::to_string(info.end_position.value - 1) + ", " + std::to_string(info.events) +
                  " events";
  Tell(std::move(finding));
  return nullptr;
}

void SegmentsCheck::Event(const SegmentEvent& event, const event::IndexEntry& identity,
                          const BlockEntry& block) {
  event::RecordView record;
  record.kind = event::RecordKind::kEvent;
  record.topic = event.topic;
  record.entry = identity;
  record.timestamp = event.timestamp;
  record.source = event.source;
  record.json = event.json;
  Take(record, event.received_at, block);
  counts_.tally->Add(identity);
  if (event.json.empty()) counts_.stubs->Add(event.topic, event.sequence, number_, block.offset);
}

void SegmentsCheck::Record(const SegmentRecord& record, const BlockEntry& block) {
  Take(record.record, record.received_at, block);
}

void SegmentsCheck::Take(const event::RecordView& record, UnixMs received_at,
                         const BlockEntry& block) {
  const Result<SequenceRange> missing = counts_.recount->Take(record, received_at);
  if (missing.ok() && missing->empty()) return;
  Finding finding{.file = path_, .offset = block.offset};
  finding.topic = counts_.recount->NameOf(record.topic);
  if (missing.ok()) {
    finding.first_sequence = missing->first;
    finding.last_sequence = missing->last;
    finding.what = "neither this block nor one before it holds them";
  } else {
    finding.what = missing.error().message();
  }
  Tell(std::move(finding));
}

void SegmentsCheck::Damage(const Error& error, const std::vector<TopicEvents>& lost) {
  const Finding finding = FindingOf(error, path_);
  lost.empty() ? Tell(finding) : TellLost(finding, lost);
}

void SegmentsCheck::TellLost(const Finding& damage, const std::vector<TopicEvents>& lost) {
  for (size_t i = 0; i < lost.size(); ++i) {
    const TopicEvents& events = lost[i];
    // With those before them of which nothing was seen; they are not missed again.
    const SequenceRange all = counts_.recount->MissingUpTo(events.topic, events.last.value);
    if (i >= kTopicsTold) continue;
    Finding finding = damage;
    finding.topic = counts_.recount->NameOf(events.topic);
    finding.first_sequence = all.empty() ? events.first.value : all.first;
    finding.last_sequence = events.last.value;
    if (i + 1 == kTopicsTold && lost.size() > kTopicsTold) {
      finding.what += "; and " + std::to_string(lost.size() - kTopicsTold) + " more topics";
    }
    Tell(std::move(finding));
  }
}

void SegmentsCheck::Tell(Finding finding) {
  ++damaged_;
  findings_.Damage(std::move(finding));
}

}  // namespace oncelog::store
