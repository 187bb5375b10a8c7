#include "api/completions.h"

#include <utility>

#include "base/check.h"

namespace oncelog::api {

Completions::Completions(int loops, LoopOf loop_of, Complete complete)
    : loops_(loops), loop_of_(std::move(loop_of)), complete_(std::move(complete)) {}

void Completions::PostWorks(int loop, Works works) {
  // std::function wants to be copied, works cannot be: they are shared with it.
  auto shared = std::make_shared<Works>(std::move(works));
  post_(loop, [this, shared] {
    for (const auto& work : *shared) complete_(*work);
  });
}

void Completions::Settled(Works works) {
  Check(post_ != nullptr, "the loops are bound before anything is submitted");
  if (works.empty()) return;
  if (loops_ == 1) return PostWorks(0, std::move(works));
  std::vector<Works> by_loop(static_cast<size_t>(loops_));
  for (auto& work : works) {
    const auto loop = static_cast<size_t>(loop_of_(*work));
    Check(loop < by_loop.size(), "a work comes from one of the loops");
    by_loop[loop].push_back(std::move(work));
  }
  for (int loop = 0; loop < loops_; ++loop) {
    Works& group = by_loop[static_cast<size_t>(loop)];
    if (!group.empty()) PostWorks(loop, std::move(group));
  }
}

}  // namespace oncelog::api
