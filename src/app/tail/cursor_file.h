// CursorFile: where a follower stopped, kept in a file that is replaced as a whole.
//
//   CursorFile file(path, query);
//   Result<std::optional<TailPlace>> place = file.Load();   // nullopt: no file yet
//   Status s = file.Save(follower.place());   // old or new content, also over a crash
//
// The file is one JSON object with the members cursor, received_from, topic and source.
// Threads: one. Errors: kInvalid if it is no such file or one of another query, kIo, also if it is
// not there and could not be made.
#pragma once

#include <optional>
#include <string>

#include "app/tail/follower.h"
#include "base/result.h"

namespace oncelog::app {

class CursorFile {
 public:
  CursorFile(std::string path, TailQuery query);

  [[nodiscard]] Result<std::optional<TailPlace>> Load() const;
  Status Save(const TailPlace& place);  // nothing to do if it was the last one saved

 private:
  std::string path_;
  TailQuery query_;
  std::optional<TailPlace> saved_;
};

}  // namespace oncelog::app
