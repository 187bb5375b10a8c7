#include "tests/model/oracle.h"

#include <algorithm>
#include <optional>

namespace oncelog::test {
namespace {

using ingest::Verdict;

std::string Member(const std::string& json, const std::string& name) {
  const std::string key = "\"" + name + "\":\"";
  const size_t at = json.find(key) + key.size();
  return json.substr(at, json.find('"', at) - at);
}

// Small pages first, to see that they join; then large ones, as each page reads a window.
size_t PageAt(uint64_t after) { return after < 40 ? 7 : 500; }

bool MayBeDone(const Status& answer) {
  return answer.ok() || answer.error().code() == Code::kReadOnly;
}

std::string Describe(const std::pair<std::string, std::string>& identity) {
  return identity.first + "/" + identity.second;
}

}  // namespace

size_t Oracle::Sent(const std::vector<TestEvent>& events) {
  const size_t batch = batches_.size();
  batches_.push_back(events);
  for (const TestEvent& event : events) {
    Known& known = known_[{event.topic, event.id}];
    known.values_sent.insert(event.value);
    known.json_bytes = event.Json().size();
    known.batches.insert(batch);
  }
  return batch;
}

void Oracle::Retains(const std::string& topic, uint64_t bytes) {
  retained_[topic] = bytes;
  changes_[topic].perhaps.push_back({0, bytes});
}

std::string Oracle::Answered(size_t batch, const ingest::Outcome& outcome) {
  if (!outcome.status.ok()) return "";
  answered_.insert(batch);
  const std::vector<TestEvent>& events = batches_[batch];
  if (outcome.verdicts.size() != events.size()) return "not one verdict for each submission";
  for (size_t i = 0; i < events.size(); ++i) {
    const Identity identity{events[i].topic, events[i].id};
    Known& known = known_[identity];
    const ingest::EventVerdict& verdict = outcome.verdicts[i];
    if (verdict.sequence.value == 0) return Describe(identity) + " was answered without a sequence";
    if ((known.sequence != 0 && known.sequence != verdict.sequence.value) ||
        (known.seen != 0 && known.seen != verdict.sequence.value)) {
      return Describe(identity) + " was answered with two sequences";
    }
    if (known.sequence == 0) known.told_at = batches_.size();
    if (verdict.verdict == Verdict::kAccepted) {
      // The answers of one frame may overtake those of the one before: another publisher's
      // duplicate of a batch that is still on its way may be heard of first.
      if (known.accepted || batch >= known.told_at) {
        return Describe(identity) + " was accepted after it was stored";
      }
      known.accepted = true;
      known.accepted_value = events[i].value;
    } else {
      ++duplicates_answered_;
      known.heard.emplace_back(events[i].value, verdict.verdict);
    }
    while (known.accepted && !known.heard.empty()) {
      const auto [value, heard] = known.heard.back();
      known.heard.pop_back();
      if ((value == known.accepted_value) != (heard == Verdict::kDuplicate)) {
        return Describe(identity) + " was called duplicate or conflict wrongly";
      }
    }
    known.sequence = verdict.sequence.value;
  }
  return "";
}

bool Oracle::WasSent(const Known& known, const std::string& json) {
  return std::any_of(known.values_sent.begin(), known.values_sent.end(), [&](int value) {
    return json.find("\"value\":" + std::to_string(value) + ",") != std::string::npos;
  });
}

std::string Oracle::Seen(const std::string& topic, const std::string& json, uint64_t sequence) {
  const Identity identity{topic, Member(json, "event_id")};
  const auto found = known_.find(identity);
  if (found == known_.end()) return Describe(identity) + " was read but never sent";
  Known& known = found->second;
  if ((known.seen != 0 && known.seen != sequence) ||
      (known.sequence != 0 && known.sequence != sequence)) {
    return Describe(identity) + " was read under another sequence than before";
  }
  if (!WasSent(known, json)) return Describe(identity) + " was read with a content never sent";
  known.seen = sequence;
  return "";
}

void Oracle::Erased(const std::string& topic, uint64_t sequence, const Status& answer) {
  if (!MayBeDone(answer)) return;
  bool& answered = changes_[topic].erased[sequence];
  answered = answered || answer.ok();
}

void Oracle::Cut(const std::string& topic, uint64_t first_kept, const Status& answer) {
  if (!MayBeDone(answer)) return;
  Changes& changes = changes_[topic];
  changes.first_kept_perhaps = std::max(changes.first_kept_perhaps, first_kept);
  if (answer.ok()) changes.first_kept = std::max(changes.first_kept, first_kept);
}

void Oracle::Set(const std::string& topic, const event::TopicSettings& settings,
                 const Status& answer) {
  if (!MayBeDone(answer)) return;
  Changes& changes = changes_[topic];
  if (answer.ok()) {
    changes.settings = settings;
    changes.perhaps.clear();
  } else {
    changes.perhaps.push_back(settings);
  }
}

const Oracle::Changes& Oracle::ChangesOf(const std::string& topic) const {
  static const Changes kNone;
  const auto found = changes_.find(topic);
  return found == changes_.end() ? kNone : found->second;
}

bool Oracle::MayBeGone(const std::string& topic, uint64_t sequence) const {
  const Changes& changes = ChangesOf(topic);
  return sequence < changes.first_kept_perhaps || changes.erased.contains(sequence);
}

bool Oracle::IsGone(const std::string& topic, uint64_t sequence) const {
  const Changes& changes = ChangesOf(topic);
  const auto erased = changes.erased.find(sequence);
  return sequence < changes.first_kept || (erased != changes.erased.end() && erased->second);
}

std::string Oracle::Passed(const std::string& topic, uint64_t last, uint64_t sequence) const {
  if (sequence <= last) return topic + ": sequences fall";
  if (last == 0 && retained_.contains(topic)) return "";
  while (++last < sequence) {
    if (!MayBeGone(topic, last)) return topic + ": sequences have a gap";
  }
  return "";
}

size_t Oracle::acked() const {
  size_t count = 0;
  for (const auto& [identity, known] : known_) count += known.sequence != 0 ? 1 : 0;
  return count;
}

std::string Oracle::Check(ingest::Engine& engine) const {
  StoredEvents stored;
  std::string wrong = ReadBack(engine, &stored);
  if (wrong.empty()) wrong = LookUp(engine, &stored);
  if (wrong.empty()) wrong = CheckIdentities(stored);
  if (wrong.empty()) wrong = CheckBatches(stored);
  if (wrong.empty()) wrong = CheckOrder(engine);
  if (wrong.empty()) wrong = CheckRetention(engine);
  return wrong;
}

std::string Oracle::ReadBack(ingest::Engine& engine, StoredEvents* stored) const {
  for (const store::TopicInfo& topic : engine.reader().Topics("", "", 1'000'000)) {
    if (std::string wrong = ReadTopic(engine, topic, stored); !wrong.empty()) return wrong;
    if (std::string wrong = CheckSettings(topic); !wrong.empty()) return wrong;
  }
  const store::StoreTotals totals = engine.reader().Totals();
  if (totals.events - totals.gone != stored->size()) return "total events differ from a recount";
  if (totals.duplicates < duplicates_answered_) return "answered duplicates are not counted";
  return "";
}

std::string Oracle::ReadTopic(ingest::Engine& engine, const store::TopicInfo& topic,
                              StoredEvents* stored) const {
  std::string wrong;
  uint64_t last = 0;
  uint64_t events = 0;
  uint64_t bytes = 0;
  store::ScanOptions options;
  options.after = 0;
  for (bool more = true; more;) {
    options.limit = PageAt(*options.after);
    const auto end = engine.reader().ScanTopic(topic.name, options, [&](const auto& event) {
      const std::string json(event.json);
      const Identity identity{topic.name, Member(json, "event_id")};
      const std::string passed = Passed(topic.name, last, event.sequence.value);
      if (!passed.empty()) wrong = passed;
      if (Member(json, "topic") != topic.name) wrong = "an event stands in a wrong topic";
      last = event.sequence.value;
      ++events;
      bytes += json.size();
      if (IsGone(topic.name, last)) wrong = Describe(identity) + " is gone and is back";
      if (!stored->emplace(identity, Stored{last, json}).second) {
        wrong = Describe(identity) + " is stored twice";
      }
    });
    if (!end.ok()) return end.error().message();
    if (end->next < last) return topic.name + ": the next page does not start behind this one";
    options.after = end->next;
    more = end->has_more;
  }
  if (!wrong.empty()) return wrong;
  if (events != topic.events) return topic.name + ": counter differs from a recount";
  if (bytes != topic.bytes) return topic.name + ": bytes differ from a recount";
  return Passed(topic.name, last, topic.last_sequence.value + 1);
}

std::string Oracle::CheckSettings(const store::TopicInfo& topic) const {
  const Changes& changes = ChangesOf(topic.name);
  const bool perhaps = std::find(changes.perhaps.begin(), changes.perhaps.end(), topic.settings) !=
                       changes.perhaps.end();
  return perhaps || topic.settings == changes.settings ? "" : topic.name + " has other settings";
}

// With the last of those that went, the topic would be beyond its bound.
std::string Oracle::CheckRetention(ingest::Engine& engine) const {
  for (const auto& [name, bytes_max] : retained_) {
    const std::optional<store::TopicInfo> topic = engine.reader().Topic(name);
    if (!topic) continue;
    const uint64_t last_gone = topic->last_sequence.value - topic->events;
    for (const auto& [identity, known] : known_) {
      const bool went_last = identity.first == name && known.sequence == last_gone;
      if (last_gone != 0 && went_last && topic->bytes + known.json_bytes <= bytes_max) {
        return name + ": more is gone than its retention asks for";
      }
    }
  }
  return "";
}

std::string Oracle::LookUp(ingest::Engine& engine, StoredEvents* stored) const {
  for (const auto& [identity, known] : known_) {
    uint64_t sequence = 0;
    const Status s = engine.reader().Find(
        identity.first, identity.second,
        [&](const store::EventView& event) { sequence = event.sequence.value; });
    const auto found = stored->find(identity);
    const bool gone = !s.ok() && s.error().code() == Code::kGone;
    if (!s.ok() && !gone && s.error().code() != Code::kNotFound) return s.error().message();
    if (sequence != (found == stored->end() ? 0 : found->second.sequence)) {
      return Describe(identity) + ": a lookup and the log disagree";
    }
    if (gone) stored->emplace(identity, Stored{.gone = true});
  }
  return "";
}

std::string Oracle::CheckIdentities(const StoredEvents& stored) const {
  for (const auto& [identity, event] : stored) {
    if (event.gone) continue;
    const auto found = known_.find(identity);
    if (found == known_.end()) return Describe(identity) + " is stored but was never sent";
    if (!WasSent(found->second, event.json)) {
      return Describe(identity) + " is stored with a content that was never sent";
    }
  }
  for (const auto& [identity, known] : known_) {
    const auto found = stored.find(identity);
    const bool gone = found != stored.end() && found->second.gone;
    const uint64_t sequence = known.sequence != 0 ? known.sequence : known.seen;
    // Of one that was neither answered nor read only its topic can be asked.
    const bool asked_for =
        retained_.contains(identity.first) ||
        (sequence == 0 ? changes_.contains(identity.first) : MayBeGone(identity.first, sequence));
    if (gone && !asked_for) {
      return Describe(identity) + " is gone, which nobody asked for";
    }
    if (sequence == 0 || gone) continue;
    if (found == stored.end()) {
      return Describe(identity) + " was " + (known.sequence != 0 ? "acked" : "read") +
             " and is lost";
    }
    if (found->second.sequence != sequence) {
      return Describe(identity) + " is stored under another sequence than was answered";
    }
    const std::string value = "\"value\":" + std::to_string(known.accepted_value) + ",";
    if (known.accepted && found->second.json.find(value) == std::string::npos) {
      return Describe(identity) + " is not stored as it was accepted";
    }
  }
  return "";
}

// Of a batch without an answer all of what only it could have brought is there, or nothing.
std::string Oracle::CheckBatches(const StoredEvents& stored) const {
  for (size_t batch = 0; batch < batches_.size(); ++batch) {
    if (answered_.contains(batch)) continue;
    bool some = false;
    bool all = true;
    for (const TestEvent& event : batches_[batch]) {
      const Identity identity{event.topic, event.id};
      if (known_.at(identity).batches.size() > 1) continue;
      const bool there = stored.contains(identity);
      some |= there;
      all &= there;
    }
    if (some && !all) return "batch " + std::to_string(batch) + " is stored in part";
  }
  return "";
}

std::string Oracle::CheckOrder(ingest::Engine& engine) const {
  std::map<std::string, uint64_t> heads;
  std::vector<uint64_t> positions;
  std::string wrong;
  uint64_t after = 0;
  std::unique_ptr<store::ScanMemory> memory;
  for (bool more = true; more;) {
    store::ScanOptions options;
    options.after = after;
    options.limit = PageAt(after);
    options.memory = &memory;
    const auto end = engine.reader().ScanAll(options, [&](const store::EventView& event) {
      const std::string topic = Member(std::string(event.json), "topic");
      uint64_t& head = heads[topic];
      if (!Passed(topic, head, event.sequence.value).empty()) {
        wrong = "order of durability and sequences disagree";
      }
      head = event.sequence.value;
      if (!positions.empty() && event.position.value <= positions.back()) wrong = "positions fall";
      positions.push_back(event.position.value);
    });
    if (!wrong.empty()) return wrong;
    if (!end.ok()) return end.error().message();
    after = end->next;
    more = end->has_more;
  }
  const store::StoreTotals totals = engine.reader().Totals();
  if (positions.size() != totals.events - totals.gone)
    return "reading all topics gives another number of events";
  store::ScanOptions options;
  options.descending = true;
  options.limit = SIZE_MAX;
  size_t at = positions.size();
  const auto end = engine.reader().ScanAll(options, [&](const store::EventView& event) {
    if (at == 0 || event.position.value != positions[--at]) wrong = "newest first differs";
  });
  if (!end.ok()) return end.error().message();
  return at == 0 ? wrong : "newest first gives fewer events";
}

}  // namespace oncelog::test
