#include "base/thread_name.h"

#include <pthread.h>

#include <string_view>

#include "base/check.h"

namespace oncelog {

void NameThread(const char* name) {
  Check(std::string_view(name).size() <= 15, "the name of a thread is short");
  pthread_setname_np(pthread_self(), name);
}

}  // namespace oncelog
