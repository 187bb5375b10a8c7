// TopicOrder: the names of all topics in order of their bytes, for listings. It is sorted when a
// listing wants it, not when topics come: starts and commits do not pay for it. The first listing
// of a million topics takes a second, later ones sort in what has come since.
//
//   std::lock_guard lock(order.mutex());
//   order.Add(new_ones);                             // those behind order.size()
//   for (auto at = order.From(prefix); at != order.end(); ++at) { *at->name, at->id }
//
// Threads: whoever holds mutex(). Ownership: names belong to the caller and outlive this.
// Memory: 16 bytes a topic once a listing was wanted, twice that while topics are added.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/numbers.h"

namespace oncelog::store {

class TopicOrder {
 public:
  struct Named {
    const std::string* name;
    TopicId id;
  };
  using Place = std::vector<Named>::const_iterator;

  [[nodiscard]] std::mutex& mutex() { return mutex_; }
  [[nodiscard]] size_t size() const { return sorted_.size(); }
  void Add(std::vector<Named> topics);

  // The first name that is not before `name`; the first behind it.
  [[nodiscard]] Place From(std::string_view name) const;
  [[nodiscard]] Place Behind(std::string_view name) const;
  [[nodiscard]] Place end() const { return sorted_.end(); }

 private:
  std::mutex mutex_;
  std::vector<Named> sorted_;
};

}  // namespace oncelog::store
