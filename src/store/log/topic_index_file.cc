#include "store/log/topic_index_file.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"
#include "store/fs/mapped_read.h"

namespace oncelog::store {
namespace {

constexpr std::string_view kMagic = "OLTOPICS";
constexpr uint32_t kVersion = 1;
constexpr size_t kHeaderBytes = 48;
constexpr size_t kTopicBytes = 24;
constexpr size_t kPostingBytes = 4;
constexpr size_t kFrameRefBytes = 24;

uint64_t Seed(uint64_t store_seed, uint64_t log_id) { return store_seed ^ (log_id << 8 | 't'); }

void AppendBody(const MemoryTopicIndex& index, std::string* body, uint32_t* topics,
                uint64_t* postings) {
  ByteWriter out(body);
  std::vector<uint32_t> offsets;
  for (uint32_t id = 0; id < index.topic_slots(); ++id) {
    const Result<TopicRange> range = index.Range(TopicId{id});
    if (range->count == 0) continue;
    out.Put(id);
    out.Put(range->count);
    out.Put(range->first.value);
    out.Put(static_cast<uint64_t>(offsets.size()));
    ++*topics;
    const Status s = index.Offsets(TopicId{id}, range->first, range->count, &offsets);
    Check(s.ok(), "an index in memory can be read");
  }
  *postings = offsets.size();
  for (const uint32_t offset : offsets) out.Put(offset);
  for (size_t i = 0; i < *index.FrameCount(); ++i) {
    const Result<FrameRef> frame = index.Frame(i);
    out.Put(frame->first_position.value);
    out.Put(frame->received_at.value);
    out.Put(frame->offset);
    out.Put(frame->records);
  }
}

}  // namespace

std::string EncodeTopicIndexFile(const MemoryTopicIndex& index, uint64_t log_id,
                                 uint64_t store_seed) {
  std::string body;
  uint32_t topics = 0;
  uint64_t postings = 0;
  AppendBody(index, &body, &topics, &postings);
  const uint64_t seed = Seed(store_seed, log_id);
  std::string bytes;
  bytes.reserve(kHeaderBytes + body.size());
  ByteWriter out(&bytes);
  out.PutBytes(kMagic);
  out.Put(kVersion);
  out.Put(topics);
  out.Put(postings);
  out.Put(static_cast<uint64_t>(*index.FrameCount()));
  out.Put(Checksum64(body, seed));
  out.Put(Checksum64(bytes, seed));
  out.PutBytes(body);
  return bytes;
}

Status WriteTopicIndexFile(FileSystem& fs, const std::string& path, const MemoryTopicIndex& index,
                           uint64_t log_id, uint64_t store_seed) {
  return ReplaceFile(fs, path, EncodeTopicIndexFile(index, log_id, store_seed));
}

Result<std::unique_ptr<TopicIndexFile>> TopicIndexFile::Open(FileSystem& fs,
                                                             const std::string& path,
                                                             uint64_t log_id, uint64_t store_seed) {
  Result<std::unique_ptr<File>> file = fs.Open(path, OpenMode::kRead);
  if (!file.ok()) return file.error();
  char head[kHeaderBytes];
  Result<size_t> got = (*file)->ReadAt(0, head, sizeof head);
  if (!got.ok()) return got.error();
  const std::string_view header(head, *got);
  const uint64_t seed = Seed(store_seed, log_id);
  if (header.size() < kHeaderBytes || header.substr(0, kMagic.size()) != kMagic ||
      LoadLe<uint64_t>(head + 40) != Checksum64(header.substr(0, 40), seed)) {
    return Error(Code::kDamaged, path + ": damaged header");
  }
  if (LoadLe<uint32_t>(head + 8) > kVersion) {
    return Error(Code::kTooNew, path + ": written by a newer oncelog");
  }
  std::unique_ptr<TopicIndexFile> index(new TopicIndexFile(file.Take(), seed));
  index->topics_ = LoadLe<uint32_t>(head + 12);
  index->postings_ = LoadLe<uint64_t>(head + 16);
  index->frames_ = LoadLe<uint64_t>(head + 24);
  index->body_checksum_ = LoadLe<uint64_t>(head + 32);
  return index;
}

Status TopicIndexFile::Use() const {
  if (body_.load(std::memory_order_acquire) != nullptr) return OkStatus();
  const std::lock_guard lock(mutex_);
  if (body_.load(std::memory_order_relaxed) != nullptr) return OkStatus();
  Result<std::unique_ptr<Mapping>> mapping = file_->Map();
  if (!mapping.ok()) return mapping.error();
  const uint64_t expected = kHeaderBytes + uint64_t{topics_} * kTopicBytes +
                            postings_ * kPostingBytes + frames_ * kFrameRefBytes;
  const std::string_view bytes = (*mapping)->bytes();
  const MappedRead read(**mapping);
  const bool fits = postings_ <= bytes.size() && frames_ <= bytes.size();  // no product wraps
  const bool whole = fits && bytes.size() == expected &&
                     Checksum64(bytes.substr(kHeaderBytes), seed_) == body_checksum_;
  if (read.lost()) return MappedRead::Failed(file_->path());
  if (!whole) return Damaged("wrong checksum");
  mapping_ = mapping.Take();
  body_.store(mapping_->bytes().data() + kHeaderBytes, std::memory_order_release);
  return OkStatus();
}

Error TopicIndexFile::Damaged(const std::string& what) const {
  return {Code::kDamaged, file_->path() + ": " + what +
                              "; it is derived from the log file beside it: stop the server, "
                              "delete it and start again"};
}

TopicIndexFile::Entry TopicIndexFile::EntryAt(size_t number) const {
  const char* at = body_.load(std::memory_order_relaxed) + number * kTopicBytes;
  return {LoadLe<uint32_t>(at), LoadLe<uint32_t>(at + 4), LoadLe<uint64_t>(at + 8),
          LoadLe<uint64_t>(at + 16)};
}

bool TopicIndexFile::FindTopic(TopicId topic, Entry* entry) const {
  size_t low = 0;
  size_t high = topics_;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    *entry = EntryAt(middle);
    if (entry->topic == topic.value) return true;
    if (entry->topic < topic.value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return false;
}

Result<TopicRange> TopicIndexFile::Range(TopicId topic) const {
  if (Status s = Use(); !s.ok()) return s.error();
  const MappedRead read(*mapping_);
  Entry entry;
  const bool there = FindTopic(topic, &entry);
  if (read.lost()) return MappedRead::Failed(file_->path());
  if (!there) return TopicRange{};
  return TopicRange{{entry.first_sequence}, entry.count};
}

Status TopicIndexFile::Offsets(TopicId topic, Sequence from, size_t count,
                               std::vector<uint32_t>* out) const {
  if (Status s = Use(); !s.ok()) return s;
  const MappedRead read(*mapping_);
  Entry entry;
  const bool there = FindTopic(topic, &entry);
  if (read.lost()) return MappedRead::Failed(file_->path());
  if (!there || from.value < entry.first_sequence) return OkStatus();
  if (entry.first_posting > postings_ || entry.count > postings_ - entry.first_posting) {
    return Damaged("topic number " + std::to_string(topic.value) + " has more than there is");
  }
  const uint64_t at = from.value - entry.first_sequence;
  const uint64_t end = std::min<uint64_t>(entry.count, at + count);
  const char* postings = body_.load(std::memory_order_relaxed) + size_t{topics_} * kTopicBytes;
  for (uint64_t i = at; i < end; ++i) {
    out->push_back(LoadLe<uint32_t>(postings + (entry.first_posting + i) * kPostingBytes));
  }
  return read.lost() ? Status(MappedRead::Failed(file_->path())) : OkStatus();
}

Result<size_t> TopicIndexFile::FrameCount() const {
  if (Status s = Use(); !s.ok()) return s.error();
  return static_cast<size_t>(frames_);
}

Result<FrameRef> TopicIndexFile::Frame(size_t number) const {
  if (Status s = Use(); !s.ok()) return s.error();
  const MappedRead read(*mapping_);
  const char* at = body_.load(std::memory_order_relaxed) + size_t{topics_} * kTopicBytes +
                   postings_ * kPostingBytes + number * kFrameRefBytes;
  const FrameRef frame{{LoadLe<uint64_t>(at)},
                       {LoadLe<int64_t>(at + 8)},
                       LoadLe<uint32_t>(at + 16),
                       LoadLe<uint32_t>(at + 20)};
  if (read.lost()) return MappedRead::Failed(file_->path());
  return frame;
}

}  // namespace oncelog::store
