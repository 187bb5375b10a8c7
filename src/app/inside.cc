#include "app/inside.h"

#include <filesystem>
#include <system_error>

namespace oncelog::app {
namespace {

// With a slash at its end, so that /a/bc does not lie in /a/b.
std::string Real(const std::string& name) {
  std::error_code failed;
  const std::filesystem::path absolute = std::filesystem::absolute(name, failed);
  if (failed) return name + "/";
  const std::filesystem::path real = std::filesystem::weakly_canonical(absolute, failed);
  const std::string path = (failed ? absolute.lexically_normal() : real).string();
  return path.ends_with("/") ? path : path + "/";
}

}  // namespace

bool Inside(const std::string& path, const std::string& directory) {
  return Real(path).starts_with(Real(directory));
}

}  // namespace oncelog::app
