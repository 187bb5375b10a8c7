#include "tests/support/temp_directory.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/check.h"

namespace oncelog::test {

TempDirectory::TempDirectory() {
  path_ = (std::filesystem::temp_directory_path() / "oncelog-test-XXXXXX").string();
  Check(::mkdtemp(path_.data()) != nullptr, "a test can make a temporary directory");
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace oncelog::test
