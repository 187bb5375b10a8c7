#include "store/flusher.h"

#include <utility>

#include "base/out_of_memory.h"
#include "store/fs/file_helpers.h"
#include "store/index/run.h"

namespace oncelog::store {

Flusher::Flusher(FileSystem& fs, std::string directory, uint64_t store_seed, DedupIndex& index,
                 ManifestKeeper& manifest)
    : fs_(fs),
      directory_(std::move(directory)),
      store_seed_(store_seed),
      index_(index),
      manifest_(manifest) {}

Status Flusher::Flush(const FlushInput& input) {
  const uint64_t run_id = manifest_.NewFileId();
  const uint64_t checkpoint_id = manifest_.NewFileId();
  const uint64_t old_checkpoint_id = manifest_.Current().checkpoint_id;
  const std::string checkpoint_path = CheckpointPath(directory_, checkpoint_id);

  Status s = OrOutOfMemory(
      [&] { return WriteCheckpoint(fs_, checkpoint_path, input.checkpoint, store_seed_); });
  if (!s.ok()) {
    (void)fs_.Remove(TemporaryOf(checkpoint_path));  // left if memory ran out on the way
    return s.error().Annotate("writing a checkpoint");
  }
  Result<RunPointer> run = OrOutOfMemory([&] { return index_.WriteFrozen(run_id); });
  if (!run.ok()) {
    (void)fs_.Remove(checkpoint_path);
    return run.error().Annotate("writing an index run");
  }
  s = manifest_.Edit([&](Manifest& m) {
    if (*run != nullptr) m.runs.insert(m.runs.begin(), (*run)->info());
    m.checkpoint_id = checkpoint_id;
    m.cover = input.cover;
    if (m.known_durable.position < input.cover.position) m.known_durable = input.cover;
  });
  if (!s.ok()) {
    // A full disk means that the old manifest stands, and what it does not name only takes space.
    // After any other error the new one may have reached the disk all the same: the files it names
    // stay, and the next start removes them if no manifest lists them.
    if (s.error().code() == Code::kDiskFull) {
      (void)fs_.Remove(checkpoint_path);
      if (*run != nullptr) (void)fs_.Remove(RunPath(IndexDirectory(directory_), run_id));
    }
    return s;
  }
  index_.InstallFrozen(run.Take());
  if (old_checkpoint_id != 0) (void)fs_.Remove(CheckpointPath(directory_, old_checkpoint_id));
  return OkStatus();
}

}  // namespace oncelog::store
