#include "app/last_words.h"

#include <pthread.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <system_error>

namespace oncelog::app {
namespace {

// A line on stderr, made without memory.
class Line {
 public:
  Line& operator<<(const char* text) {
    const size_t left = text_.size() - 1 - size_;
    const size_t bytes = strnlen(text, left);
    std::memcpy(text_.data() + size_, text, bytes);
    size_ += bytes;
    return *this;
  }
  void Write() {
    text_[size_++] = '\n';
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text_.data(), size_);
  }

 private:
  std::array<char, 512> text_;
  size_t size_ = 0;
};

[[noreturn]] void End() {
  std::array<char, 16> thread = {"?"};
  pthread_getname_np(pthread_self(), thread.data(), thread.size());
  Line line;
  line << "oncelog: ";
  try {
    if (const std::exception_ptr cause = std::current_exception()) std::rethrow_exception(cause);
    line << "internal error: terminated in thread " << thread.data();
  } catch (const std::bad_alloc&) {
    line << "out of memory in thread " << thread.data()
         << ": the process ends. What was acknowledged is stored; give it more memory and start it "
            "again (docs/operations.md, \"Memory\")";
  } catch (const std::system_error& error) {  // a thread that could not be started
    line << "the system refuses what it needs: " << error.what() << " in thread " << thread.data()
         << ": the process ends. What was acknowledged is stored";
  } catch (const std::exception& error) {
    line << "internal error: " << error.what() << " in thread " << thread.data();
  } catch (...) {
    line << "internal error: an unknown exception in thread " << thread.data();
  }
  line.Write();
  std::abort();
}

}  // namespace

void SayLastWords() { std::set_terminate(End); }

}  // namespace oncelog::app
