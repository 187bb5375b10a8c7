#include "app/tail/cursor_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "api/json_writer.h"
#include "app/client/json.h"
#include "net/descriptor.h"

namespace oncelog::app {
namespace {

Error Failed(const char* doing, const std::string& path) {
  return {Code::kIo, std::string("cannot ") + doing + " " + path + ": " + std::strerror(errno)};
}

std::string Render(const TailQuery& query, const TailPlace& place) {
  std::string text;
  api::JsonWriter json(&text);
  json.Open('{');
  json.Member("cursor", place.cursor);
  json.Member("received_from", place.received_from);
  json.Member("topic", query.topic);
  json.Member("source", query.source);
  json.Close('}');
  return text + "\n";
}

Status WriteSynced(const std::string& path, const std::string& text) {
  const net::Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (file.get() < 0) return Failed("write", path);
  const ssize_t written = write(file.get(), text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size())) {
    if (written >= 0) errno = ENOSPC;
    return Failed("write", path);
  }
  if (fsync(file.get()) != 0) return Failed("sync", path);
  return OkStatus();
}

}  // namespace

CursorFile::CursorFile(std::string path, TailQuery query)
    : path_(std::move(path)), query_(std::move(query)) {}

Result<std::optional<TailPlace>> CursorFile::Load() const {
  std::error_code ignored;
  if (!std::filesystem::exists(path_, ignored)) {
    const std::string folder = std::filesystem::path(path_).parent_path().string();
    if (access(folder.empty() ? "." : folder.c_str(), W_OK) != 0) return Failed("make", path_);
    return std::optional<TailPlace>();
  }
  if (std::filesystem::is_directory(path_, ignored)) {
    return Error(Code::kIo, "cannot use " + path_ + " as a cursor file: it is a directory");
  }
  std::ifstream file(path_, std::ios::binary);
  std::ostringstream text;
  if (!file) return Failed("read", path_);
  text << file.rdbuf();
  const Result<Json> json = Json::Parse(text.str());
  if (!json.ok() || json->Text("cursor").empty()) {
    return Error(Code::kInvalid, path_ + " is no cursor file of `oncelog tail`; name another one");
  }
  const TailQuery query{json->Text("topic"), json->Text("source")};
  if (query != query_) {
    const auto words = [](const std::string& flag, const std::string& value) {
      return value.empty() ? "no " + flag : flag + " " + value;
    };
    return Error(Code::kInvalid, path_ + " was made with " + words("--topic", query.topic) +
                                     " and " + words("--source", query.source) +
                                     "; say the same, or name another file");
  }
  return std::optional(TailPlace{json->Text("cursor"), json->Text("received_from")});
}

Status CursorFile::Save(const TailPlace& place) {
  if (saved_ == place || place.cursor.empty()) return OkStatus();
  const std::string fresh = path_ + ".new";
  if (const Status s = WriteSynced(fresh, Render(query_, place)); !s.ok()) return s;
  if (std::rename(fresh.c_str(), path_.c_str()) != 0) return Failed("replace", path_);
  saved_ = place;
  return OkStatus();
}

}  // namespace oncelog::app
