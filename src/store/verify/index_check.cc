#include "store/verify/index_check.h"

#include <algorithm>
#include <utility>

#include "store/index/entry_order.h"
#include "store/index/run.h"
#include "store/index/run_cursor.h"
#include "store/manifest.h"

namespace oncelog::store {

using event::IndexEntry;

namespace {

constexpr uint32_t kTail = UINT32_MAX;  // the source of what is no run's, but the log's

}  // namespace

// A run and where its reading stands.
struct IndexCheck::Source {
  explicit Source(std::shared_ptr<const Run> opened)
      : run(std::move(opened)), cursor(run), ids(), found(LookupBatch::kIdsMax) {}

  std::shared_ptr<const Run> run;
  RunCursor cursor;
  bool ended = false;
  bool damaged_page = false;
  std::vector<event::Fingerprint> ids;  // read, but not yet looked up
  std::vector<IndexEntry> looked_for;
  std::vector<IndexEntry> found;
};

IndexCheck::IndexCheck(IndexCheckContext context, Findings* findings,
                       std::function<void(uint64_t)> progress)
    : c_(std::move(context)), findings_(*findings), progress_(std::move(progress)) {}

IndexCheck::~IndexCheck() = default;

std::string IndexCheck::PathOf(uint32_t source) const {
  return source == kTail ? LogDirectory(c_.directory) : sources_[source]->run->path();
}

void IndexCheck::Open(const RunInfo& info) {
  ++files_;
  bytes_ += info.bytes;
  Result<std::shared_ptr<const Run>> run =
      Run::Open(c_.fs, IndexDirectory(c_.directory), info, c_.store_seed);
  if (run.ok()) {
    sources_.push_back(std::make_unique<Source>(run.Take()));
    return;
  }
  all_open_ = false;
  findings_.Damage(FindingOf(OfDerivedFile(run.error(), c_.directory),
                             RunPath(IndexDirectory(c_.directory), info.id)));
}

void IndexCheck::Read(const std::vector<RunInfo>& runs, const IndexTally& from_log,
                      std::vector<IndexEntry> tail) {
  for (const RunInfo& info : runs) Open(info);
  std::sort(tail.begin(), tail.end(), EntryBefore);
  auto behind = tail.begin();
  IndexTally from_runs(c_.key);
  uint64_t bad_parts = 0;
  uint64_t looked_into = 0;
  std::vector<Held> held;
  for (uint32_t part = 0; part < IndexTally::kParts; ++part) {
    held.clear();
    ReadPart(part, &held);
    for (const Held& one : held) from_runs.Add(one.entry);
    entries_ += held.size();
    const bool differs = !from_runs.SamePart(from_log, part);
    const size_t of_runs = held.size();
    for (; behind != tail.end() && IndexTally::PartOf(*behind) == part; ++behind) {
      held.push_back({*behind, kTail});
    }
    std::vector<Held> sorted = held;
    std::sort(sorted.begin(), sorted.end(),
              [](const Held& a, const Held& b) { return EntryBefore(a.entry, b.entry); });
    for (size_t i = 1; i < sorted.size(); ++i) {
      if (!EntryBefore(sorted[i - 1].entry, sorted[i].entry)) TellTwice(sorted[i - 1], sorted[i]);
    }
    if (!differs || !all_open_) continue;
    ++bad_parts;
    looked_into += of_runs + from_log.entries(part);
    if (looked_into > kLookedIntoMax) continue;
    parts_.resize(IndexTally::kParts);
    parts_[part] = true;
    held.resize(of_runs);
    held_.insert(held_.end(), held.begin(), held.end());
  }
  for (const auto& source : sources_) CheckLookups(*source);
  if (looked_into > kLookedIntoMax) {
    findings_.Damage({.file = IndexDirectory(c_.directory),
                      .what = "the index differs from the log in " + std::to_string(bad_parts) +
                              " of " + std::to_string(IndexTally::kParts) +
                              " parts; not all of them were looked into"});
  }
  std::sort(held_.begin(), held_.end(),
            [](const Held& a, const Held& b) { return EntryBefore(a.entry, b.entry); });
}

// All runs are read at the same pace, so that what they hold of one part is there together.
void IndexCheck::ReadPart(uint32_t part, std::vector<Held>* held) {
  for (uint32_t number = 0; number < sources_.size(); ++number) {
    Take(*sources_[number], number, part, held);
  }
}

void IndexCheck::Take(Source& source, uint32_t number, uint32_t part, std::vector<Held>* held) {
  while (!source.ended) {
    if (!source.cursor.HasEntry()) {
      const Result<bool> more = source.cursor.NextPage();
      progress_(kRunPageBytes);
      if (!more.ok()) {
        source.damaged_page = true;
        findings_.Damage(FindingOf(more.error(), source.run->path()));
        source.cursor.SkipPage();
        continue;
      }
      source.ended = !*more;
      continue;
    }
    const IndexEntry entry = source.cursor.entry();
    if (IndexTally::PartOf(entry) > part) return;
    held->push_back({entry, number});
    source.ids.push_back(entry.fingerprint());
    source.looked_for.push_back(entry);
    if (source.ids.size() == LookupBatch::kIdsMax) CheckLookups(source);
    source.cursor.Skip();
  }
}

// What a run holds, a lookup in it must find: its filter and fences are as they must be.
void IndexCheck::CheckLookups(Source& source) {
  const size_t count = source.ids.size();
  LookupBatch batch(source.ids, std::span(source.found).first(count));
  const Status s = source.run->Find(batch);
  // A damaged page was told by the cursor.
  if (!s.ok() && !source.damaged_page) {
    findings_.Damage(FindingOf(s.error(), source.run->path()));
  }
  for (size_t i = 0; s.ok() && i < count; ++i) {
    if (source.found[i] == source.looked_for[i]) continue;
    findings_.Damage({.file = source.run->path(),
                      .first_sequence = source.looked_for[i].sequence().value,
                      .last_sequence = 0,
                      .what = "an identity it holds is not found by a lookup"});
  }
  source.ids.clear();
  source.looked_for.clear();
}

void IndexCheck::TellTwice(const Held& first, const Held& second) {
  findings_.Damage({.file = PathOf(first.source),
                    .what = "an identity is stored twice: here with sequence " +
                            std::to_string(first.entry.sequence().value) + ", and in " +
                            PathOf(second.source) + " with sequence " +
                            std::to_string(second.entry.sequence().value)});
}

void IndexCheck::Event(const IndexEntry& entry, const std::string& topic) {
  if (!parts_[IndexTally::PartOf(entry)]) return;
  const auto before = [](const Held& held, const IndexEntry& e) {
    return EntryBefore(held.entry, e);
  };
  auto at = std::lower_bound(held_.begin(), held_.end(), entry, before);
  const uint64_t sequence = entry.sequence().value;
  if (at == held_.end() || !IsOf(at->entry, entry.fingerprint())) {
    Missing& missing = missing_[topic];
    if (missing.events++ == 0) missing.first = sequence;
    missing.last = sequence;
    return;
  }
  at->has_event = true;
  if (at->entry == entry) return;
  const bool same_place = at->entry.sequence() == entry.sequence();
  findings_.Damage({.file = PathOf(at->source),
                    .topic = topic,
                    .first_sequence = sequence,
                    .last_sequence = sequence,
                    .what = same_place ? "the index has another content hash than the log"
                                       : "the index has it as sequence " +
                                             std::to_string(at->entry.sequence().value)});
}

void IndexCheck::Tell(bool log_is_whole) {
  for (const auto& [topic, missing] : missing_) {
    findings_.Damage({.file = IndexDirectory(c_.directory),
                      .topic = topic,
                      .first_sequence = missing.first,
                      .last_sequence = missing.last,
                      .what = std::to_string(missing.events) +
                              " of these events are in no run that could be read: a retry of them "
                              "would not be recognised; `oncelog rebuild` mends it"});
  }
  if (!log_is_whole) return;
  std::map<uint32_t, std::pair<uint64_t, uint64_t>> strange;  // by source: count, a sequence
  for (const Held& held : held_) {
    if (held.has_event) continue;
    auto& [count, sequence] = strange[held.source];
    if (count++ == 0) sequence = held.entry.sequence().value;
  }
  for (const auto& [source, what] : strange) {
    findings_.Damage(
        {.file = PathOf(source),
         .what = "holds " + std::to_string(what.first) +
                 " identities that no event of the log has, one of them with sequence " +
                 std::to_string(what.second) + "; `oncelog rebuild` mends it"});
  }
}

}  // namespace oncelog::store
