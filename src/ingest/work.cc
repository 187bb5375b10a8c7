#include "ingest/work.h"

#include <algorithm>
#include <string>
#include <utility>

namespace oncelog::ingest {

void Settle(std::vector<std::unique_ptr<Work>> works) {
  while (!works.empty()) {
    CompletionSink* const sink = works.front()->sink;
    const auto others = std::stable_partition(works.begin(), works.end(),
                                              [&](const auto& work) { return work->sink == sink; });
    std::vector<std::unique_ptr<Work>> rest(std::make_move_iterator(others),
                                            std::make_move_iterator(works.end()));
    works.erase(others, works.end());
    sink->Settled(std::move(works));
    works = std::move(rest);
  }
}

void SettleWith(std::vector<std::unique_ptr<Work>> works, const Error& error) {
  for (const std::unique_ptr<Work>& work : works) work->outcome.status = error;
  Settle(std::move(works));
}

Error TooManyTopics(uint32_t topics_max) {
  return {Code::kTooManyTopics,
          "the store holds its largest number of topics, " + std::to_string(topics_max)};
}

}  // namespace oncelog::ingest
