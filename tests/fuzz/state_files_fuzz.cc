// Fuzzes the files of a store that are read whole: MANIFEST, checkpoints, the topic index of a log
// file and STORE. The first byte of the input says which (bits 0 and 2, see below) and how (bit 1:
// the rest is the file as it is; else it is what stands behind the magic and the version, and the
// checksums are right, so that the fuzzer gets behind them). Whatever the bytes are: no crash, no
// read out of bounds, no memory beyond their size; and what was taken is taken as the same again
// when it is written anew.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"
#include "store/log/topic_index_file.h"
#include "store/manifest.h"
#include "store/state/checkpoint.h"
#include "store/store_identity.h"
#include "tests/support/one_file.h"

namespace oncelog::store {
namespace {

constexpr uint64_t kSeed = 1;
constexpr uint64_t kLog = 1;

// The first byte, without bit 1.
enum Kind : uint8_t { kManifest = 0, kCheckpoint = 1, kTopicIndex = 4, kIdentity = 5 };
constexpr uint8_t kKindBits = 5;
constexpr uint8_t kAsItIsBit = 2;

// Magic and version as the store writes them itself; the rest is given.
std::string SealManifest(std::string_view body) {
  std::string file = EncodeManifest({}, kSeed).substr(0, 12);
  ByteWriter out(&file);
  out.Put(static_cast<uint32_t>(body.size()));
  out.Put(Checksum64(body, kSeed));
  out.PutBytes(body);
  return file;
}

// The first two bytes of `rest`: how many sections.
std::string SealCheckpoint(std::string_view rest) {
  std::string file = EncodeCheckpoint({}, kSeed).substr(0, 12);
  ByteReader in(rest);
  const auto sections = in.Get<uint16_t>();
  const std::string_view body = rest.substr(std::min<size_t>(2, rest.size()));
  ByteWriter out(&file);
  out.Put(uint32_t{sections});
  out.Put(uint64_t{7});
  out.Put(Checksum64(body, kSeed));
  out.Put(Checksum64(file, kSeed));
  out.PutBytes(body);
  return file;
}

// The first 20 bytes of `rest`: how many topics, postings and frames.
std::string SealTopicIndex(std::string_view rest) {
  constexpr size_t kCountBytes = 20;
  constexpr uint64_t kTopicsSeed = kSeed ^ (kLog << 8 | 't');
  std::string file = EncodeTopicIndexFile({}, kLog, kSeed).substr(0, 12);
  std::string counts(rest.substr(0, kCountBytes));
  counts.resize(kCountBytes);
  const std::string_view body = rest.substr(std::min(kCountBytes, rest.size()));
  ByteWriter out(&file);
  out.PutBytes(counts);
  out.Put(Checksum64(body, kTopicsSeed));
  out.Put(Checksum64(file, kTopicsSeed));
  out.PutBytes(body);
  return file;
}

std::string SealIdentity(std::string_view rest) {
  const std::string whole = EncodeIdentity({});
  std::string file = whole.substr(0, 8);
  file += rest.substr(0, whole.size() - sizeof(uint64_t) - file.size());
  file.resize(whole.size() - sizeof(uint64_t));
  ByteWriter(&file).Put(Checksum64(file, 0));
  return file;
}

void ReadManifest(std::string_view file) {
  const Result<Manifest> manifest = DecodeManifest(file, kSeed, "MANIFEST");
  if (!manifest.ok()) return;
  Result<Manifest> again = DecodeManifest(EncodeManifest(*manifest, kSeed), kSeed, "MANIFEST");
  oncelog::Check(again.ok() && *again == *manifest, "a manifest is the same when written anew");
}

bool Same(const CheckpointTopic& one, const CheckpointTopic& other) {
  return one.name == other.name && one.state.events == other.state.events &&
         one.state.duplicates == other.state.duplicates &&
         one.state.conflicts == other.state.conflicts && one.state.bytes == other.state.bytes &&
         one.state.first_received_at == other.state.first_received_at &&
         one.state.last_received_at == other.state.last_received_at &&
         one.state.conflicts_kept == other.state.conflicts_kept;
}

void ReadCheckpointFile(std::string_view file) {
  Result<Checkpoint> checkpoint = DecodeCheckpoint(file, kSeed, "1.ckpt");
  if (!checkpoint.ok()) return;
  CheckpointInput input{
      checkpoint->cover, {}, checkpoint->conflict_bytes_kept, checkpoint->retention};
  for (const CheckpointTopic& topic : checkpoint->topics) {
    TopicState state = topic.state;
    state.name = &topic.name;
    input.topics.Append(state);
  }
  Result<Checkpoint> again = DecodeCheckpoint(EncodeCheckpoint(input, kSeed), kSeed, "1.ckpt");
  oncelog::Check(again.ok() && again->cover == checkpoint->cover &&
                     again->conflict_bytes_kept == checkpoint->conflict_bytes_kept &&
                     again->retention == checkpoint->retention &&
                     std::equal(again->topics.begin(), again->topics.end(),
                                checkpoint->topics.begin(), checkpoint->topics.end(), Same),
                 "a checkpoint is the same when written anew");
}

// Any place in it may be asked for.
void ReadTopicIndex(std::string_view file) {
  test::OneFile fs(file);
  const auto index = TopicIndexFile::Open(fs, "1.topics", kLog, kSeed);
  if (!index.ok()) return;
  std::vector<uint32_t> offsets;
  for (uint32_t id = 0; id < 8; ++id) {
    const Result<TopicRange> range = (*index)->Range({id});
    if (!range.ok()) return;
    for (const uint64_t skip : {0, 1, 100}) {
      offsets.clear();
      const Status s = (*index)->Offsets({id}, {range->first.value + skip}, 50, &offsets);
      oncelog::Check(!s.ok() || offsets.size() <= range->count, "no more than its count says");
    }
  }
  const Result<size_t> frames = (*index)->FrameCount();
  for (size_t i = 0; i < *frames; ++i) {
    oncelog::Check((*index)->Frame(i).ok(), "each frame counted is there");
  }
}

void ReadIdentityFile(std::string_view file) {
  const Result<StoreIdentity> identity = DecodeIdentity(file, "STORE");
  if (!identity.ok()) return;
  const std::string anew = EncodeIdentity(*identity);
  const Result<StoreIdentity> again = DecodeIdentity(anew, "STORE");
  oncelog::Check(again.ok() && EncodeIdentity(*again) == anew && again->epoch == identity->epoch &&
                     again->secret == identity->secret && again->store_id == identity->store_id,
                 "an identity is the same when written anew");
}

}  // namespace
}  // namespace oncelog::store

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oncelog::store;
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool sealed = (data[0] & kAsItIsBit) == 0;
  switch (data[0] & kKindBits) {
    case kManifest: ReadManifest(sealed ? SealManifest(rest) : std::string(rest)); break;
    case kCheckpoint: ReadCheckpointFile(sealed ? SealCheckpoint(rest) : std::string(rest)); break;
    case kTopicIndex: ReadTopicIndex(sealed ? SealTopicIndex(rest) : std::string(rest)); break;
    case kIdentity: ReadIdentityFile(sealed ? SealIdentity(rest) : std::string(rest)); break;
    default: break;
  }
  return 0;
}
