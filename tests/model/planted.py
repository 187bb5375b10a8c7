"""The bugs that mutations.py plants: each one small change of a source, which must fit it once."""

from typing import NamedTuple


class Mutation(NamedTuple):
    name: str
    path: str
    old: str
    new: str


MUTATIONS = [
    Mutation("no fdatasync behind a frame", "src/store/partition.cc",
             "return place.file->file->DataSync();", "return OkStatus();"),
    Mutation("no directory sync behind a rename", "src/store/fs/file_helpers.cc",
             "Status synced = fs.SyncDirectory(DirectoryOf(path));", "Status synced = OkStatus();"),
    Mutation("no sync of a file that is renamed into place", "src/store/fs/file_helpers.cc",
             "return (*file)->DataSync();", "return OkStatus();"),
    Mutation("index updated, then the group refused", "src/ingest/committer.cc",
             "  encoder_.Encode(group_, topic_ids_, group, &commit_->frame);\n",
             "  encoder_.Encode(group_, topic_ids_, group, &commit_->frame);\n"
             "  if (encoder_.entries().size() > 1 && encoder_.entries()[0].word0 % 8 == 0) {\n"
             "    partition_.index().Insert(encoder_.entries().subspan(0, 1));\n"
             "    Refuse(std::move(group), Error(Code::kBusy, \"planted\"));\n"
             "    return;\n"
             "  }\n"),
    Mutation("counters outside the frame", "src/ingest/committer.cc",
             "  encoder_.FlushCounts(&commit_->frame);\n",
             "  store::FrameBuilder elsewhere;\n"
             "  encoder_.FlushCounts(&elsewhere);\n"),
    Mutation("payload checksum not verified", "src/store/log/frame.cc",
             "return PayloadChecksum(payload, header, store_seed) == header.payload_checksum;",
             "return payload.size() == header.payload_bytes || store_seed == 0;"),
    Mutation("header checksum not verified", "src/store/log/frame.cc",
             "if (header->checksum != expected) return HeaderState::kBad;",
             "if (header->checksum == expected + 1) return HeaderState::kBad;"),
    Mutation("record checksum not verified when read", "src/store/read/record_fetcher.cc",
             "/*verify=*/true", "/*verify=*/false"),
    Mutation("recovery trusts the page cache", "src/store/recovery.cc",
             "const bool proven = closed || header.end_position() <= durable;",
             "const bool proven = closed || header.end_position() <= durable || durable.value > 0;"),
    Mutation("the last frame is written again, but not synced", "src/store/recovery_end.cc",
             "if (Status s = file.file->DataSync(); !s.ok()) return s;\n  *next",
             "*next"),
    Mutation("replay skips index entries", "src/store/recovery.cc",
             "  c_.index.Insert(entries_);\n",
             "  if (entries_.size() > 3) entries_.pop_back();\n  c_.index.Insert(entries_);\n"),
    Mutation("cover moved before the run is written", "src/store/flusher.cc",
             "  Result<RunPointer> run = OrOutOfMemory([&] { return index_.WriteFrozen(run_id); });\n",
             "  s = manifest_.Edit([&](Manifest& m) {\n"
             "    m.checkpoint_id = checkpoint_id;\n"
             "    m.cover = input.cover;\n"
             "  });\n"
             "  if (!s.ok()) return s;\n"
             "  Result<RunPointer> run = OrOutOfMemory([&] { return index_.WriteFrozen(run_id); });\n"),
    Mutation("a run is listed before it is synced", "src/store/index/run_writer.cc",
             "  if (Status s = file_->DataSync(); !s.ok()) return s.error();\n"
             "  if (Status s = fs_.SyncDirectory(directory_); !s.ok()) return s.error();\n",
             ""),
    Mutation("answers before the sync", "src/ingest/syncer.cc",
             "  if (Status s = partition_.Write(commit->place, commit->frame); !s.ok()) {\n",
             "  pipe_.Release(commit->works);\n"
             "  Settle(std::exchange(commit->works, {}));\n"
             "  if (Status s = partition_.Write(commit->place, commit->frame); !s.ok()) {\n"),
    Mutation("duplicates answered before the original's sync", "src/ingest/committer.cc",
             "  std::move(group.begin(), group.end(), std::back_inserter(commit_->works));\n",
             "  Works known;\n"
             "  for (auto& work : group) {\n"
             "    bool all = true;\n"
             "    for (const EventVerdict& v : work->outcome.verdicts) {\n"
             "      all &= v.verdict == Verdict::kDuplicate;\n"
             "    }\n"
             "    (all ? known : commit_->works).push_back(std::move(work));\n"
             "  }\n"
             "  pipe_.Release(known);\n"
             "  Settle(std::move(known));\n"),
    Mutation("readers see a frame before its sync", "src/ingest/syncer.cc",
             "  if (Status s = partition_.Write(commit->place, commit->frame); !s.ok()) {\n"
             "    Latch(s.error().Annotate(\"writing the log failed\"), std::move(commit));\n"
             "    return;\n"
             "  }\n"
             "  if (Status s = CheckPlace(start); !s.ok()) {\n"
             "    Latch(s.error(), std::move(commit));\n"
             "    return;\n"
             "  }\n"
             "  const auto synced_in = std::chrono::steady_clock::now() - start;\n"
             "  latencies_.Add(synced_in);\n"
             "  syncs_.Add(synced_in);\n"
             "  ++frames_;\n"
             "  bytes_ += commit->frame.bytes().size();\n"
             "  partition_.Publish(commit->frame, commit->place, commit->freeze);\n",
             "  partition_.Publish(commit->frame, commit->place, commit->freeze);\n"
             "  if (Status s = partition_.Write(commit->place, commit->frame); !s.ok()) {\n"
             "    Latch(s.error().Annotate(\"writing the log failed\"), std::move(commit));\n"
             "    return;\n"
             "  }\n"
             "  ++frames_;\n"),
    Mutation("the committer is not told that the syncer is free", "src/ingest/pipe.cc",
             "wake = committer_wants_syncer_ || !queue_.empty();", "wake = committer_wants_syncer_;"),
    Mutation("the syncer is woken before it has a commit", "src/ingest/pipe.cc",
             "    handed_ = std::move(commit);\n  }\n  syncer_.notify_one();\n",
             "  }\n  syncer_.notify_one();\n"
             "  const std::lock_guard lock(mutex_);\n  handed_ = std::move(commit);\n"),
    Mutation("the committer is not told of a failure", "src/ingest/pipe.cc",
             "    failure_ = error;\n    syncing_ = false;\n  }\n  committer_.notify_one();\n",
             "    failure_ = error;\n    syncing_ = false;\n  }\n"),
    Mutation("the committer is not told of a stop", "src/ingest/pipe.cc",
             "    stopping_ = true;\n  }\n  committer_.notify_one();\n", "    stopping_ = true;\n  }\n"),
    Mutation("a failed sync is forgotten", "src/ingest/syncer.cc",
             "  pipe_.Fail(error);\n",
             "  pipe_.Done(std::make_unique<Commit>());\n"),
    Mutation("known_durable ignored", "src/store/recovery_end.cc",
             "std::max(manifest_.known_durable.position, manifest_.cover.position)) {",
             "manifest_.cover.position) {"),
    Mutation("a clean end is not held against the log", "src/store/recovery_end.cc",
             "  if (manifest_.clean_stop) {\n    return Damage(",
             "  if (manifest_.clean_stop && read_.position.value == 0) {\n    return Damage("),
    Mutation("a bad frame in the middle is cut", "src/store/recovery_end.cc",
             "  if (behind->has_value()) {\n    return Damage(*tail_,",
             "  if (behind->has_value() && read_.position.value == 0) {\n    return Damage(*tail_,"),
    Mutation("links between frames not looked at", "src/store/recovery.cc",
             "header.link != read_.link)) {", "header.link == read_.link + 1)) {"),
    Mutation("a log file that cannot be read is taken for an empty one", "src/store/recovery.cc",
             "    if (state == State::kError) return first.error();\n", ""),
    Mutation("an old MANIFEST is believed", "src/store/recovery_strays.cc",
             "if (*end <= *listed) continue;", "if (*end <= *listed || end->value > 0) continue;"),
    Mutation("leftovers go though MANIFEST may come back", "src/store/recovery_end.cc",
             "  manifest_stays_ = c_.fs.SyncDirectory(c_.directory).ok();\n", ""),
    Mutation("a log file that was cut is taken for whole", "src/store/recovery_end.cc",
             "if (*size >= file.capacity_bytes) return OkStatus();",
             "if (*size <= file.capacity_bytes) return OkStatus();"),
    Mutation("another file's log is taken for a torn end", "src/store/log/log_scanner.cc",
             "        FollowsByLink(*block, before)) {", "        before.empty()) {"),
    Mutation("the frame is not looked at when the log is read", "src/store/read/record_fetcher.cc",
             "  if (state == HeaderState::kValid && header.first_position",
             "  if (state != HeaderState::kTooNew || header.first_position"),
    Mutation("a file of marks stays open behind recovery", "src/store/recovery_end.cc",
             "      info.closed = true;\n      // What",
             "      if (file == listed.end()) continue;\n      info.closed = true;\n      // What"),
    Mutation("a page of a run not verified", "src/store/index/run.cc",
             "  Status s = VerifyPage(page, {PageAt(page), kRunPageBytes});\n",
             "  Status s = OkStatus();\n"),
    Mutation("the identity is written before its partition", "src/store/store_identity.cc",
             "  Status made = CreatePartition(fs, PartitionDirectory(directory), identity.checksum_seed());\n"
             "  if (!made.ok()) return made.error();\n",
             "  const Status made = ReplaceFile(fs, directory + \"/STORE\", EncodeIdentity(identity));\n"
             "  if (!made.ok()) return made.error();\n"
             "  const Status p = CreatePartition(fs, PartitionDirectory(directory), identity.checksum_seed());\n"
             "  if (!p.ok()) return p.error();\n"),
    Mutation("a store whose partition is gone is begun anew", "src/store/store_identity.cc",
             "CheckPartitionIsThere(fs, directory); !s.ok()) return s.error();",
             "CheckPartitionIsThere(fs, directory); !s.ok()) return Create(fs, directory);"),
    Mutation("a store whose identity is lost is begun anew", "src/store/store_identity.cc",
             "    if (both_missing && *unused) return", "    if (both_missing || *unused) return"),
    Mutation("duplicates alone do not move the cover", "src/store/partition.cc",
             "if ((!due && !asked) || index_->has_frozen()) return std::nullopt;",
             "if ((!asked && !(due && index_->active_entries() > 0)) || index_->has_frozen()) {\n"
             "    return std::nullopt;\n  }\n"),
    Mutation("readers do not pass over what is gone", "src/store/state/durable_state.cc",
             "  return retention_.IsGone(topic, sequence);", "  return false;"),
    Mutation("the checkpoint forgets what is gone", "src/store/state/checkpoint.cc",
             "  const bool has_retention = !input.retention.topics().empty();",
             "  const bool has_retention = false;"),
    Mutation("the committer forgets at a start what is gone", "src/store/recovery.cc",
             "  c_.topics.retention() = checkpoint->retention;\n", ""),
    Mutation("a cut forgets what was erased before", "src/ingest/change_writer.cc",
             "if (gone != wanted.gone_before) {", "if (gone > UINT64_MAX - 1) {"),
    Mutation("a clock that jumped is believed", "src/ingest/retainer.cc",
             "  return !suspend;", "  return true;"),
    Mutation("logs dropped before the segment is listed", "src/store/sealing.cc",
             "  if (!s.ok()) return s;\n  DropLogs(ids,",
             "  if (!s.ok()) DropLogs(ids, {});\n  if (!s.ok()) return s;\n  DropLogs(ids,"),
    Mutation("a segment is listed before it is synced", "src/store/segment/segment_writer.cc",
             "  if (Status s = file_->DataSync(); !s.ok()) return s.error();\n"
             "  if (Status s = fs_.SyncDirectory(directory_); !s.ok()) return s.error();\n",
             ""),
    Mutation("a sealed log file stays listed", "src/store/sealing.cc",
             "    std::erase_if(m.logs, [&](const LogFileInfo& log) {\n",
             "    std::erase_if(m.logs, [&](const LogFileInfo& log) {\n"
             "      if (log.id % 2 == 0) return false;\n"),
    Mutation("what was sealed is forgotten before it is gone", "src/store/sealing.cc",
             "if (!there.ok() || *there) left.push_back(id);",
             "if (!there.ok()) left.push_back(id);"),
    Mutation("the file of the cover is sealed", "src/store/sealing.cc",
             " || log.id == manifest.cover.file_id) break;", ") break;"),
    Mutation("an edit that failed is sealed anew", "src/store/sealing.cc",
             "  if (!listed.ok()) return listed;\n",
             "  if (!listed.ok()) {\n    pending_.reset();\n    return listed;\n  }\n"),
    Mutation("a log that cannot be sealed still bounds the backlog", "src/store/sealing.cc",
             "    stuck_ = !WaitingHelps(made);\n", ""),
    Mutation("the backlog is not counted anew behind a segment", "src/store/sealing.cc",
             "  pending_.reset();\n  CountBacklog();\n", "  pending_.reset();\n"),
    Mutation("commits do not wait for sealing", "src/ingest/committer.cc",
             "  if (!mark) WaitForSealing();\n", ""),
    Mutation("verify takes any row for a stub", "src/store/verify/stubs.cc",
             "!AllGone(*topic, run)) visit(run);",
             "(!AllGone(*topic, run) && run.first == 0)) visit(run);"),
    Mutation("rebuild does not count what stubs had", "src/store/rebuild/rebuild.cc",
             "recount_.AddBytes(topic, bytes);", "(void)topic;\n      (void)bytes;"),
    Mutation("links from segment to log not looked at", "src/store/recovery_segments.cc",
             "if (header.link == segments_link_) return OkStatus();",
             "if (header.link != segments_link_ + 1) return OkStatus();"),
    Mutation("a page of a segment ends one event late", "src/store/read/topic_scan.cc",
             "if (next > *at + 1) page_.Skip(next - 1);", "if (next > *at + 1) page_.Skip(next);"),
    Mutation("what is gone is sealed all the same", "src/store/segment/segment_sealer.cc",
             "    const bool gone = gone_ && gone_(record.topic, record.entry.sequence());",
             "    const bool gone = false;"),
    Mutation("a rewrite keeps the JSON of what is gone", "src/store/segment/segment_rewriter.cc",
             "    row = StubOf(row);\n", ""),
    Mutation("a rewrite forgets the identity of stubs",
             "src/store/segment/event_block_builder.h",
             "  stub.entry = record.entry;\n",
             "  stub.entry = event::IndexEntry::Make({}, record.entry.sequence(), {});\n"),
    Mutation("conflicts keep the JSON of what is gone", "src/store/segment/gone.cc",
             "!HoldsConflict(record) ||", "true ||"),
    Mutation("the old segment goes before the new one is listed", "src/store/sealing_rewrite.cc",
             "  if (!s.ok()) return s;\n  state_.Replace(",
             "  if (!s.ok()) (void)fs_.Remove(SegmentPath(SegmentDirectory(directory_),\n"
             "                                            *pending_->replaces));\n"
             "  if (!s.ok()) return s;\n  state_.Replace("),
    Mutation("the old segment stays", "src/store/sealing_rewrite.cc",
             "->RemoveWhenDropped();", ";"),
    Mutation("conflicts in segments are not looked for", "src/store/erasing.cc",
             "    left.anything = *conflict;", "    left.anything = false;"),
    Mutation("log files are not looked at for what is gone", "src/store/erasing.cc",
             "  seal_through_ = *through;", "  seal_through_ = {};"),
    Mutation("the cover stays in the file that is left", "src/store/partition.cc",
             "  const bool asked = left_log_ && *left_log_ != end.file_id;",
             "  const bool asked = left_log_ && *left_log_ == UINT64_MAX;"),
    Mutation("the file that holds what is gone is not left", "src/store/partition.cc",
             "    writer_->LeaveFile();\n", ""),
    Mutation("an unfinished segment stays", "src/store/segment/segment_writer.cc",
             "fs_.Remove(SegmentPath(directory_, header_.id));", "OkStatus();"),
    Mutation("an error is taken for damage when a segment is rewritten", "src/store/sealing_rewrite.cc",
             "made.error().code() != Code::kDamaged", "made.error().code() == Code::kDiskFull"),
    Mutation("what was left alone is not overdue", "src/store/erasing.cc",
             " || too_long(left_since_);", ";"),
    Mutation("a log that cannot be sealed still lets erasing be promised", "src/store/erasing.cc",
             "  log_left_alone_ = true;\n  gave_up_ = true;\n", "  log_left_alone_ = true;\n"),
    Mutation("segments with stubs are not verified", "src/store/segment/segment.cc",
             "SegmentChecksum(seed_, entry.offset, stored) != entry.checksum",
             "header_.stubs == 0 && SegmentChecksum(seed_, entry.offset, stored) != entry.checksum"),
    Mutation("frames of one record are not verified", "src/store/log/frame.cc",
             "  return PayloadChecksum(payload, header, store_seed) ==",
             "  return header.records == 1 || PayloadChecksum(payload, header, store_seed) =="),
    Mutation("settings are not folded", "src/store/state/retention_state.cc",
             "    Set(record.topic, event::SettingsOf(record));\n", ""),
    Mutation("changes are answered before the sync", "src/ingest/syncer.cc",
             "  if (Status s = partition_.Write(commit->place, commit->frame); !s.ok()) {\n",
             "  if (commit->works.size() == 1 && commit->works[0]->change != nullptr) {\n"
             "    pipe_.Release(commit->works);\n"
             "    Settle(std::exchange(commit->works, {}));\n"
             "  }\n"
             "  if (Status s = partition_.Write(commit->place, commit->frame); !s.ok()) {\n"),
    Mutation("one more is erased than can be remembered", "src/ingest/change_writer.cc",
             "retention.erased_runs() >= erased_runs_max_",
             "retention.erased_runs() > erased_runs_max_"),
    Mutation("one more conflict of a topic is kept", "src/ingest/group_encoder.cc",
             ">= kConflictsPerTopicMax", "> kConflictsPerTopicMax"),
    Mutation("kept conflicts are counted anew with each start", "src/store/recovery.cc",
             "    c_.topics.RestoreKeptConflicts(id, topic.state.conflicts_kept);\n", ""),
    Mutation("a search by id passes over a topic", "src/store/read/partition_reader.cc",
             "  return from + names.size();",
             "  return from + names.size() + (names.size() == kTopicsAtOnce ? 1 : 0);"),
    Mutation("commits are never held back", "src/ingest/seal_pace.cc",
             "if (backlog <= free) {", "if (backlog <= backlog_max_) {"),
    Mutation("pauses have no bound", "src/ingest/seal_pace.cc",
             "std::min(pause, most)", "std::max(pause, most)"),
    Mutation("background work never waits for its rate", "src/store/rate_limit.h",
             "    return used_until_;", "    return now;"),
    Mutation("the time that work takes does not count", "src/store/rate_limit.h",
             "std::max(used_until_, now - kMadeUpFor)", "std::max(used_until_, now)"),
    Mutation("a short read past the page cache is taken for the file's end",
             "src/store/fs/uncached_file.cc",
             "    if (got == 0) return done;", "    if (static_cast<size_t>(got) < size - done) return done + got;"),
    Mutation("one frame waits for all that is owed", "src/ingest/seal_pace.cc",
             "std::min<nanoseconds>(owed_, kSealPauseMax)", "owed_"),
    Mutation("the backlog is never full", "src/ingest/seal_pace.h",
             "return backlog >= backlog_max;", "return backlog > backlog_max && backlog_max == 0;"),
    Mutation("publishing goes on with a full backlog", "src/ingest/engine.cc",
             "    return SealBacklogIsFull(", "    return false && SealBacklogIsFull("),
    Mutation("a backup is not held against its checksums", "src/store/backup/piecewise.cc",
             "if (PieceChecksum(piece, offset) == file.checksums[number++]) return OkStatus();",
             "if (number++ < file.checksums.size()) return OkStatus();"),
    Mutation("only the first piece of a file is compared", "src/store/backup/piecewise.cc",
             "if (PieceChecksum(piece, offset) == file.checksums[number++]) return OkStatus();",
             "if (PieceChecksum(piece, offset) == file.checksums[number++] || offset > 0) {\n"
             "          return OkStatus();\n        }"),
    Mutation("a file of a backup may be longer than it was", "src/store/backup/piecewise.cc",
             "  if (*size > file.bytes && !", "  if (*size > UINT64_MAX - 1 && !"),
    Mutation("files of a backup are not synced", "src/store/backup/piecewise.cc",
             "return target != nullptr ? target->DataSync() : OkStatus();", "return OkStatus();"),
    Mutation("the checksum of BACKUP itself is not compared", "src/store/backup/backup_list.cc",
             "lines.ok() && counted && same && lines.done()",
             "lines.ok() && counted && (same || !end.empty()) && lines.done()"),
    Mutation("BACKUP may name any path", "src/store/backup/backup_list.cc",
             " || !IsStoreName(file.name)) lines.Fail();",
             " || (file.name.empty() && !IsStoreName(file.name))) lines.Fail();"),
    Mutation("BACKUP may list a file twice", "src/store/backup/backup_list.cc",
             "    if (!names.insert(list.files.back().name).second) lines.Fail();\n", ""),
    Mutation("a start takes a frame from a backup", "src/store/recovery_end.cc",
             "Truncate(read_.offset)", "Truncate(proven_.offset)"),
    Mutation("a backup holds the log beyond its last frame", "src/store/backup/log_tail.cc",
             "log.end_offset = log.capacity_bytes = end->second.offset;",
             "log.end_offset = log.capacity_bytes;"),
    Mutation("a damaged frame ends a backup", "src/store/backup/log_tail.cc",
             "    if (!behind->has_value()) return false;\n    LogScanner again",
             "    if (!behind->has_value() || **behind > 0) return false;\n    LogScanner again"),
    Mutation("a backup does not follow the log into the next file", "src/store/backup/log_tail.cc",
             "      if (*next != nullptr) {\n", "      if (*next != nullptr && (*next)->closed) {\n"),
    Mutation("the end of the log is believed at the first look", "src/store/backup/log_tail.cc",
             "      doubt = GoesOnElsewhere();\n", ""),
    Mutation("a log that goes on from before its last mark is no backup",
             "src/store/backup/log_tail.cc",
             "      if (link != point_.link && !(before_mark_ && link == before_mark_->link)) continue;\n",
             "      if (link != point_.link) continue;\n"),
    Mutation("a backup may end before what is known", "src/store/backup/log_tail.cc",
             "  if (point_.position >= known) return OkStatus();\n",
             "  if (point_.position >= known || known > Position{}) return OkStatus();\n"),
    Mutation("the log before the cover is left out", "src/store/backup/log_tail.cc",
             "    if (Status s = ReadBeforeCover(); !s.ok()) return s.error();\n", ""),
    Mutation("files that went stay in the backup", "src/store/backup/pinned_files.cc",
             "    if (entry.second.linked) target_.Remove(entry.first);\n", ""),
    Mutation("a file that went is taken for damage", "src/store/backup/pinned_files.cc",
             "    if (*now == *before) return", "    return"),
    Mutation("a backup without BACKUP passes for a store", "src/store/backup/backup.cc",
             "    if (s.ok()) s = ReplaceFile(fs_, target_.Add(\"BACKUP\"), EncodeBackupList(list()));\n"
             "    if (s.ok()) s = target_.Finish();\n",
             "    if (s.ok()) s = target_.Finish();\n"
             "    if (s.ok()) s = ReplaceFile(fs_, target_.Add(\"BACKUP\"), EncodeBackupList(list()));\n"),
    Mutation("BACKUP is not synced before UNFINISHED goes", "src/store/backup/backup.cc",
             "    if (s.ok()) s = ReplaceFile(fs_, target_.Add(\"BACKUP\"), EncodeBackupList(list()));\n",
             "    if (s.ok()) {\n"
             "      const auto file = fs_.Open(target_.Add(\"BACKUP\"), OpenMode::kCreateNew);\n"
             "      s = file.ok() ? (*file)->WriteAt(0, EncodeBackupList(list())) : file.error();\n"
             "    }\n"),
    Mutation("folders of a backup are not synced", "src/store/backup/backup.cc",
             "    if (s.ok()) s = target_.Sync();\n", ""),
    Mutation("folders of a restored store are not synced", "src/store/backup/restore.cc",
             "    if (s.ok()) s = target_.Sync();\n", ""),
    Mutation("a backup is called done before it is", "src/store/backup/new_directory.cc",
             "!s.ok()) return s;\n  return fs_.SyncDirectory(path_);\n}\n\nvoid NewDirectory::Discard",
             "!s.ok()) return s;\n  return OkStatus();\n}\n\nvoid NewDirectory::Discard"),
    Mutation("a backup that failed leaves files", "src/store/backup/new_directory.cc",
             "  while (!names_.empty()) Remove(", "  while (names_.size() > 1) Remove("),
    Mutation("a backup goes where files are", "src/store/backup/new_directory.cc",
             "  if (file->empty()) return OkStatus();\n", "  if (file.ok()) return OkStatus();\n"),
    Mutation("what is unfinished passes for finished", "src/store/backup/usable.cc",
             "  if (!*unfinished) return OkStatus();\n", "  if (unfinished.ok()) return OkStatus();\n"),
    Mutation("a backup is opened as a store", "src/store/backup/usable.cc",
             "  if (!*backup) return OkStatus();\n", "  if (backup.ok()) return OkStatus();\n"),
    Mutation("restore keeps the old epoch", "src/store/backup/restore.cc",
             "    restored.epoch = std::max(restored.epoch + 1, static_cast<uint64_t>(now.value));\n",
             "    restored.epoch += now.value < 0 ? 1 : 0;\n"),
    Mutation("the clock alone makes the new epoch", "src/store/backup/restore.cc",
             "std::max(restored.epoch + 1, static_cast<uint64_t>(now.value))",
             "static_cast<uint64_t>(now.value)"),
    Mutation("restore takes files that nobody listed", "src/store/backup/restore.cc",
             "  if (!strangers->empty()) return", "  if (strangers->size() > 99) return"),
    Mutation("what was restored is not counted", "src/store/backup/restore.cc",
             "    if (totals.events == list_.events && totals.topics == list_.topics) return",
             "    if (totals.events <= list_.events || totals.topics == list_.topics) return"),
    Mutation("a backup fills the disk", "src/store/backup/backup.cc",
             "    if (*free >= needed) return", "    if (*free >= needed / 99) return"),
    Mutation("restore fills the disk", "src/store/backup/restore.cc",
             "    if (*free >= list_.bytes()) return", "    if (*free >= list_.bytes() / 99) return"),
]
