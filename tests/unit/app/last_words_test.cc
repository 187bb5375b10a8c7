#include "app/last_words.h"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>
#include <thread>

#include "base/thread_name.h"

namespace oncelog::app {
namespace {

template <typename Exception>
void EndThread(const Exception& exception) {
  SayLastWords();
  std::thread([&] {
    NameThread("committer");
    throw exception;
  }).join();
}

TEST(LastWordsDeathTest, NameMemoryAndThread) {
  EXPECT_DEATH(EndThread(std::bad_alloc()),
               "^oncelog: out of memory in thread committer: the process ends\\. What was "
               "acknowledged is stored; [^\n]*\\(docs/operations.md, \"Memory\"\\)\n$");
}

TEST(LastWordsDeathTest, NameWhateverElseItIs) {
  EXPECT_DEATH(EndThread(std::runtime_error("why")),
               "^oncelog: internal error: why in thread committer\n$");
  EXPECT_DEATH(EndThread(7), "^oncelog: internal error: an unknown exception in thread committer");
  EXPECT_DEATH(
      {
        SayLastWords();
        std::terminate();
      },
      "^oncelog: internal error: terminated in thread ");
}

}  // namespace
}  // namespace oncelog::app
