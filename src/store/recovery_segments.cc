// The segments that MANIFEST lists, and that the log goes on behind them: a part of Recovery.
#include <utility>

#include "store/recovery.h"

namespace oncelog::store {

// Of a file that was sealed header and index are verified here, its blocks when they are read.
Status Recovery::OpenSegments() {
  Segments segments;
  for (const SegmentInfo& info : manifest_.segments) {
    if (info.first_position != closed_end_ || info.end_position <= info.first_position) {
      return Error(Code::kDamaged, ManifestPath(c_.directory) + ": segment " +
                                       std::to_string(info.id) + " does not begin at position " +
                                       std::to_string(closed_end_.value) +
                                       ", where the one before it ends");
    }
    Result<std::shared_ptr<const Segment>> segment =
        Segment::Open(c_.fs, SegmentDirectory(c_.directory), info, c_.store_seed, c_.cache);
    if (!segment.ok()) return OfListedFile(segment.error());
    if ((*segment)->header().first_link != segments_link_) {
      return Error(Code::kDamaged, (*segment)->path() +
                                       ": does not go on where segment ends that comes before it; "
                                       "one of them is another copy's");
    }
    closed_end_ = info.end_position;
    segments_link_ = (*segment)->header().end_link;
    segments.push_back(segment.Take());
  }
  if (closed_end_ > manifest_.cover.position) {
    return Error(Code::kDamaged, ManifestPath(c_.directory) +
                                     ": lists segments behind the position up to which the index "
                                     "holds everything");
  }
  c_.state.RestoreSegments(std::move(segments));
  return OkStatus();
}

// A log file before the cover is not read again, so a frame's link has to be looked at here.
Status Recovery::CheckFollowsSegments(const LogFile& file) {
  if (manifest_.segments.empty() || follows_segments_) return OkStatus();
  std::string block(kFrameHeaderBytes, '\0');
  const Result<size_t> got = file.file->ReadAt(0, block.data(), block.size());
  if (!got.ok()) return got.error();
  FrameHeader header;
  if (*got < block.size() ||
      DecodeFrameHeader(block, file.id, c_.store_seed, &header) != HeaderState::kValid) {
    follows_segments_ = file.end_offset > 0;
    return OkStatus();  // seen, and told, when it is read
  }
  follows_segments_ = true;
  if (header.link == segments_link_) return OkStatus();
  return Damage(file, 0,
                "does not go on behind " +
                    SegmentPath(SegmentDirectory(c_.directory), manifest_.segments.back().id) +
                    ": one of them is another copy's");
}

}  // namespace oncelog::store
