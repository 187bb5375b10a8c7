#include "app/simulate/workload.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "app/simulate/random.h"
#include "base/units.h"

namespace oncelog::app::simulate {
namespace {

constexpr int64_t kFirstTimeMs = 1'761'127'200'000;  // 2025-10-22T10:00:00Z
constexpr uint64_t kSharedOneIn = 4;

uint64_t Part(uint64_t of, double rate) {
  return static_cast<uint64_t>(std::llround(static_cast<double>(of) * rate));
}

void AppendNumber(uint64_t number, std::string* out) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out->append(digits, static_cast<size_t>(end - digits));
}

void AppendTime(const Submission& submission, std::string* out) {
  AppendRfc3339(out, UnixMs{kFirstTimeMs + static_cast<int64_t>(submission.event)});
  out->back() = static_cast<char>('0' + submission.stamp / 100);  // in place of the Z
  out->push_back(static_cast<char>('0' + submission.stamp / 10 % 10));
  out->push_back(static_cast<char>('0' + submission.stamp % 10));
  out->push_back('Z');
}

// A number spelled as AppendNumber does.
std::optional<uint64_t> Canonical(std::string_view digits) {
  if (digits.empty() || digits.size() > 19) return std::nullopt;
  if (digits.front() == '0' && digits.size() > 1) return std::nullopt;
  return ParseCount(digits);
}

}  // namespace

Workload::Workload(const Options& options)
    : seed_(options.seed),
      topics_(options.topics),
      payload_bytes_(options.payload_bytes),
      topic_prefix_("sim." + options.run + "."),
      copies_(Part(options.events, options.duplicates)),
      conflicts_(Part(options.events, options.conflicts)),
      invalid_(Part(options.events, options.invalid)) {
  const uint64_t others = copies_ + conflicts_ + invalid_;
  fresh_ = options.events > others ? options.events - others : 0;
}

std::string Workload::TopicName(uint64_t topic) const {
  return topic_prefix_ + std::to_string(topic);
}

uint64_t Workload::TopicOf(uint64_t event) const { return Mix(seed_, event) % topics_; }

std::string Workload::EventId(uint64_t event) { return "e" + std::to_string(event); }

std::optional<uint64_t> Workload::FindTopic(std::string_view name) const {
  if (!name.starts_with(topic_prefix_)) return std::nullopt;
  const std::optional<uint64_t> topic = Canonical(name.substr(topic_prefix_.size()));
  if (!topic || *topic >= topics_) return std::nullopt;
  return topic;
}

std::optional<uint64_t> Workload::FindEvent(std::string_view event_id) const {
  if (!event_id.starts_with('e')) return std::nullopt;
  const std::optional<uint64_t> event = Canonical(event_id.substr(1));
  if (!event || *event >= fresh_) return std::nullopt;
  return event;
}

bool Workload::IsShared(uint64_t event) const {
  return Mix(seed_ ^ 0x5a5a5a5a, event) % kSharedOneIn == 0;
}

bool Workload::IsTimeOf(uint64_t event, Instant time) {
  const int64_t ms = time.seconds * 1000 + time.nanos / 1'000'000;
  return ms == kFirstTimeMs + static_cast<int64_t>(event) && time.nanos % 1000 == 0;
}

void Workload::Append(const Submission& submission, std::string* out) const {
  if (submission.kind == Kind::kInvalid) {
    AppendInvalid(submission, out);
    return;
  }
  AppendHead(TopicOf(submission.event), 'e', submission.event, out);
  out->append("\"timestamp\":\"");
  AppendTime(submission, out);
  out->append("\",\"source\":\"simulator\",");
  AppendPayload(submission, out);
  out->push_back('}');
}

void Workload::AppendHead(uint64_t topic, char id_mark, uint64_t number, std::string* out) const {
  out->append("{\"topic\":\"").append(topic_prefix_);
  AppendNumber(topic, out);
  out->append("\",\"event_id\":\"").push_back(id_mark);
  AppendNumber(number, out);
  out->append("\",");
}

void Workload::AppendPayload(const Submission& submission, std::string* out) const {
  Random random(Mix(seed_ + 1, submission.event));
  uint64_t reading = 100 + random.Below(100'000);
  if (submission.kind == Kind::kConflict) reading += uint64_t{100'000} * (1 + submission.stamp);
  out->append("\"payload\":{\"event\":");
  AppendNumber(submission.event, out);
  out->append(",\"reading\":");
  AppendNumber(reading / 100, out);
  out->push_back('.');
  AppendNumber(1 + reading % 9, out);
  out->append(",\"fill\":\"");
  constexpr uint64_t kAround = 36;  // the bytes of the members before
  const uint64_t mean = payload_bytes_ > kAround ? payload_bytes_ - kAround : 0;
  for (uint64_t left = mean == 0 ? 0 : random.Below(2 * mean + 1); left > 0;) {
    char letters[12];
    uint64_t bits = random.Next();
    for (char& letter : letters) {
      letter = static_cast<char>('a' + (bits & 15));
      bits >>= 4;
    }
    const uint64_t size = std::min<uint64_t>(left, sizeof letters);
    out->append(letters, size);
    left -= size;
  }
  out->append("\"}");
}

// What any implementation of the API must refuse.
void Workload::AppendInvalid(const Submission& submission, std::string* out) const {
  constexpr const char* kTime = "\"timestamp\":\"2025-10-22T10:00:00Z\",";
  constexpr const char* kSource = "\"source\":\"simulator\",";
  AppendHead(TopicOf(submission.event), 'x', submission.event, out);
  switch (Mix(seed_ + 2, submission.event) % 4) {
    case 0: out->append(kTime).append("\"source\":\"simulator\"}"); break;  // no payload
    case 1: out->append(kTime).append("\"payload\":{}}"); break;            // no source
    case 2: out->append(kTime).append(kSource).append("\"payload\":\"text\"}"); break;
    default:
      out->append("\"timestamp\":\"2025-02-30T10:00:00Z\",").append(kSource);
      out->append("\"payload\":{}}");
  }
}

std::string Workload::Name(uint64_t event) const {
  return TopicName(TopicOf(event)) + " / " + EventId(event);
}

}  // namespace oncelog::app::simulate
