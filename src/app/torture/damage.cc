#include "app/torture/damage.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace oncelog::app::torture {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPageBytes = 4096;

bool IsLeftOver(const fs::path& path) {
  const std::string extension = path.extension().string();
  return path.filename() == "LOCK" || extension == ".tmp" || extension == ".torn";
}

Result<std::string> Read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (!in) return Error(Code::kIo, "reading " + path);
  return bytes;
}

Status Write(const std::string& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) return Error(Code::kIo, "writing " + path);
  return OkStatus();
}

Result<std::string> Remove(const std::string& path) {
  std::error_code error;
  fs::remove(path, error);
  if (error) return Error(Code::kIo, "removing " + path + ": " + error.message());
  return std::string("removed");
}

Result<std::string> Swap(const std::string& one, const std::string& other) {
  const std::string aside = one + ".aside";
  std::error_code error;
  fs::rename(one, aside, error);
  if (!error) fs::rename(other, one, error);
  if (!error) fs::rename(aside, other, error);
  if (error) return Error(Code::kIo, "exchanging " + one + ": " + error.message());
  return "exchanged with " + fs::path(other).filename().string();
}

Result<std::string> Change(Damage damage, const std::string& path, simulate::Random& random) {
  Result<std::string> read = Read(path);
  if (!read.ok()) return read;
  std::string& bytes = *read;
  const size_t used = bytes.find_last_not_of('\0') + 1;
  const size_t at = used == 0 ? 0 : random.Below(used);
  std::string what;
  if (damage == Damage::kCut) {
    what = "cut to " + std::to_string(at) + " of " + std::to_string(bytes.size()) + " bytes";
    bytes.resize(at);
  } else if (damage == Damage::kZeros) {
    const size_t begin = at / kPageBytes * kPageBytes;
    const size_t size = std::min(kPageBytes, bytes.size() - begin);
    what = "zeros from byte " + std::to_string(begin) + ", " + std::to_string(size) + " of them";
    bytes.replace(begin, size, size, '\0');
  } else if (!bytes.empty()) {
    const uint64_t bit = random.Below(8);
    what = "bit " + std::to_string(bit) + " of byte " + std::to_string(at) + " flipped";
    bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ (1U << bit));
  }
  if (Status s = Write(path, bytes); !s.ok()) return s.error();
  return what;
}

}  // namespace

std::vector<std::string> FilesOf(const std::string& data) {
  std::vector<std::string> files;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(data, error)) {
    if (!entry.is_regular_file() || IsLeftOver(entry.path())) continue;
    files.push_back(entry.path().lexically_relative(data).string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string KindOf(const std::string& file) {
  const fs::path name = fs::path(file).filename();
  const bool numbered =
      !name.empty() && name.string().front() >= '0' && name.string().front() <= '9';
  return numbered ? name.extension().string() : name.string();
}

std::vector<std::string> Choose(Damage damage, const std::vector<std::string>& files,
                                simulate::Random& random) {
  const size_t first = random.Below(files.size());
  if (damage != Damage::kSwapped) return {files[first]};
  if (files.size() < 2) return {};
  return {files[first], files[(first + 1 + random.Below(files.size() - 1)) % files.size()]};
}

Result<std::string> Apply(Damage damage, const std::string& data,
                          const std::vector<std::string>& chosen, simulate::Random& random) {
  const std::string path = data + "/" + chosen.front();
  if (damage == Damage::kRemoved) return Remove(path);
  if (damage == Damage::kSwapped) return Swap(path, data + "/" + chosen.back());
  return Change(damage, path, random);
}

}  // namespace oncelog::app::torture
