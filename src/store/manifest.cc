#include "store/manifest.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "base/bytes.h"
#include "base/hash.h"
#include "store/fs/file_helpers.h"

namespace oncelog::store {
namespace {

constexpr std::string_view kMagic = "OLMANIF\n";
constexpr uint32_t kVersion = 2;
constexpr uint32_t kFirstVersionWithSegments = 2;
constexpr size_t kHeaderBytes = 24;

void PutPoint(ByteWriter& out, const LogPoint& point) {
  out.Put(point.position.value);
  out.Put(point.file_id);
  out.Put(point.offset);
  out.Put(point.link);
}

LogPoint GetPoint(ByteReader& in) {
  LogPoint point;
  point.position = {in.Get<uint64_t>()};
  point.file_id = in.Get<uint64_t>();
  point.offset = in.Get<uint64_t>();
  point.link = in.Get<uint64_t>();
  return point;
}

std::string EncodeBody(const Manifest& manifest) {
  std::string body;
  ByteWriter out(&body);
  out.Put(manifest.next_file_id);
  PutPoint(out, manifest.cover);
  PutPoint(out, manifest.known_durable);
  out.Put(static_cast<uint8_t>(manifest.clean_stop));
  out.Put(manifest.checkpoint_id);
  out.Put(static_cast<uint32_t>(manifest.logs.size()));
  for (const LogFileInfo& log : manifest.logs) {
    out.Put(log.id);
    out.Put(log.capacity_bytes);
    out.Put(static_cast<uint8_t>(log.closed));
    out.Put(log.first_position.value);
    out.Put(log.end_position.value);
    out.Put(log.end_offset);
  }
  out.Put(static_cast<uint32_t>(manifest.runs.size()));
  for (const RunInfo& run : manifest.runs) {
    out.Put(run.id);
    out.Put(run.entries);
    out.Put(run.bytes);
  }
  out.Put(static_cast<uint32_t>(manifest.segments.size()));
  for (const SegmentInfo& segment : manifest.segments) {
    out.Put(segment.id);
    out.Put(segment.first_position.value);
    out.Put(segment.end_position.value);
    out.Put(segment.events);
    out.Put(segment.bytes);
  }
  out.Put(static_cast<uint32_t>(manifest.sealed_logs.size()));
  for (const uint64_t id : manifest.sealed_logs) out.Put(id);
  return body;
}

void GetSegments(ByteReader& in, Manifest* manifest) {
  const auto segments = in.Get<uint32_t>();
  for (uint32_t i = 0; i < segments && in.ok(); ++i) {
    SegmentInfo segment;
    segment.id = in.Get<uint64_t>();
    segment.first_position = {in.Get<uint64_t>()};
    segment.end_position = {in.Get<uint64_t>()};
    segment.events = in.Get<uint64_t>();
    segment.bytes = in.Get<uint64_t>();
    manifest->segments.push_back(segment);
  }
  const auto sealed_logs = in.Get<uint32_t>();
  for (uint32_t i = 0; i < sealed_logs && in.ok(); ++i) {
    manifest->sealed_logs.push_back(in.Get<uint64_t>());
  }
}

Manifest DecodeBody(ByteReader& in, uint32_t version) {
  Manifest manifest;
  manifest.next_file_id = in.Get<uint64_t>();
  manifest.cover = GetPoint(in);
  manifest.known_durable = GetPoint(in);
  manifest.clean_stop = in.Get<uint8_t>() != 0;
  manifest.checkpoint_id = in.Get<uint64_t>();
  const auto logs = in.Get<uint32_t>();
  for (uint32_t i = 0; i < logs && in.ok(); ++i) {
    LogFileInfo log;
    log.id = in.Get<uint64_t>();
    log.capacity_bytes = in.Get<uint64_t>();
    log.closed = in.Get<uint8_t>() != 0;
    log.first_position = {in.Get<uint64_t>()};
    log.end_position = {in.Get<uint64_t>()};
    log.end_offset = in.Get<uint64_t>();
    manifest.logs.push_back(log);
  }
  const auto runs = in.Get<uint32_t>();
  for (uint32_t i = 0; i < runs && in.ok(); ++i) {
    RunInfo run;
    run.id = in.Get<uint64_t>();
    run.entries = in.Get<uint64_t>();
    run.bytes = in.Get<uint64_t>();
    manifest.runs.push_back(run);
  }
  if (version >= kFirstVersionWithSegments) GetSegments(in, &manifest);
  return manifest;
}

}  // namespace

std::string EncodeManifest(const Manifest& manifest, uint64_t store_seed) {
  const std::string body = EncodeBody(manifest);
  std::string bytes;
  ByteWriter out(&bytes);
  out.PutBytes(kMagic);
  out.Put(kVersion);
  out.Put(static_cast<uint32_t>(body.size()));
  out.Put(Checksum64(body, store_seed));
  out.PutBytes(body);
  return bytes;
}

Result<Manifest> DecodeManifest(std::string_view bytes, uint64_t store_seed,
                                std::string_view name) {
  const Error damaged(Code::kDamaged, std::string(name) +
                                          ": damaged (wrong checksum); the log itself may be "
                                          "whole: restore this file from a backup");
  if (bytes.size() < kHeaderBytes || bytes.substr(0, kMagic.size()) != kMagic) return damaged;
  ByteReader head(bytes.substr(kMagic.size(), kHeaderBytes - kMagic.size()));
  const auto version = head.Get<uint32_t>();
  if (version > kVersion) {
    return Error(Code::kTooNew, std::string(name) + ": written by a newer oncelog");
  }
  const auto body_bytes = head.Get<uint32_t>();
  const auto checksum = head.Get<uint64_t>();
  const std::string_view body = bytes.substr(kHeaderBytes);
  if (body.size() != body_bytes || Checksum64(body, store_seed) != checksum) return damaged;
  ByteReader in(body);
  Manifest manifest = DecodeBody(in, version);
  if (!in.ok() || in.remaining() != 0) return damaged;
  return manifest;
}

Position SegmentsEnd(const Manifest& manifest) {
  return manifest.segments.empty() ? Position() : manifest.segments.back().end_position;
}

std::vector<LogFileInfo> ClosedLogs(const Manifest& manifest) {
  std::vector<LogFileInfo> closed;
  std::copy_if(manifest.logs.begin(), manifest.logs.end(), std::back_inserter(closed),
               [](const LogFileInfo& info) { return info.closed; });
  // A file of marks only ends where it begins, and stands before the file that goes on there.
  std::sort(closed.begin(), closed.end(), [](const LogFileInfo& a, const LogFileInfo& b) {
    return std::tie(a.first_position, a.end_position, a.id) <
           std::tie(b.first_position, b.end_position, b.id);
  });
  return closed;
}

ManifestKeeper::ManifestKeeper(FileSystem& fs, std::string directory, uint64_t store_seed,
                               Manifest loaded)
    : fs_(fs),
      directory_(std::move(directory)),
      store_seed_(store_seed),
      manifest_(std::move(loaded)) {}

Status ManifestKeeper::Edit(const std::function<void(Manifest&)>& change) {
  const std::lock_guard lock(mutex_);
  Manifest changed = manifest_;
  change(changed);
  Status s = ReplaceFile(fs_, ManifestPath(directory_), EncodeManifest(changed, store_seed_));
  if (s.ok()) manifest_ = std::move(changed);
  return s;
}

Manifest ManifestKeeper::Current() const {
  const std::lock_guard lock(mutex_);
  return manifest_;
}

uint64_t ManifestKeeper::NewFileId() {
  const std::lock_guard lock(mutex_);
  return manifest_.next_file_id++;
}

Error OfListedFile(const Error& error) {
  if (error.code() != Code::kNotFound) return error;
  return {Code::kDamaged,
          error.message() + ", though MANIFEST lists it: put it back from a backup"};
}

Error OfDerivedFile(const Error& error, const std::string& partition_directory) {
  if (error.code() != Code::kNotFound && error.code() != Code::kDamaged) return error;
  const std::string missing = error.code() == Code::kNotFound ? ", though MANIFEST lists it" : "";
  return {Code::kDamaged, error.message() + missing +
                              "; it is derived from the log: `oncelog rebuild --data " +
                              DirectoryOf(partition_directory) + "` makes it again"};
}

}  // namespace oncelog::store
