// Fuzzes the files of a partition that are read whole: MANIFEST and checkpoints. The first byte of
// the input says which (bit 0: a checkpoint) and how (bit 1: the rest is the file as it is; else it
// is what stands behind the header, and the checksums are right, so that the fuzzer gets behind
// them). Whatever the bytes are: no crash, no read out of bounds, no memory beyond their size; and
// what was taken is taken as the same again when it is written anew.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"
#include "store/manifest.h"
#include "store/state/checkpoint.h"

namespace oncelog::store {
namespace {

constexpr uint64_t kSeed = 1;

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
  CheckpointInput input{checkpoint->cover, {}, checkpoint->conflict_bytes_kept, {}};
  for (const CheckpointTopic& topic : checkpoint->topics) {
    TopicState state = topic.state;
    state.name = &topic.name;
    input.topics.Append(state);
  }
  Result<Checkpoint> again = DecodeCheckpoint(EncodeCheckpoint(input, kSeed), kSeed, "1.ckpt");
  oncelog::Check(again.ok() && again->cover == checkpoint->cover &&
                     again->conflict_bytes_kept == checkpoint->conflict_bytes_kept &&
                     std::equal(again->topics.begin(), again->topics.end(),
                                checkpoint->topics.begin(), checkpoint->topics.end(), Same),
                 "a checkpoint is the same when written anew");
}

}  // namespace
}  // namespace oncelog::store

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oncelog::store;
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool sealed = (data[0] & 2) == 0;
  if ((data[0] & 1) == 0) {
    ReadManifest(sealed ? SealManifest(rest) : std::string(rest));
  } else {
    ReadCheckpointFile(sealed ? SealCheckpoint(rest) : std::string(rest));
  }
  return 0;
}
