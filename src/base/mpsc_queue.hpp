// mpsc_queue: many threads put in, one takes out all at once: the mailbox of a worker. What one producer puts in comes
// out in its order. A mutex around a vector that the consumer swaps for an empty one: both vectors keep their memory,
// so a steady flow allocates nothing, and the lock is held for a push or a swap only. (A lock-free list with a node per
// item was measured beside it, bench/mpsc_queue_bench.cpp: its allocation costs more than the lock.)
#pragma once

#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace jackfield::base {

template <class T>
class mpsc_queue {
 public:
  mpsc_queue() = default;
  mpsc_queue(const mpsc_queue&) = delete;
  mpsc_queue& operator=(const mpsc_queue&) = delete;

  /// From any thread. True: it was empty, the consumer may need to be woken; once per batch.
  bool push(T&& item) {
    const std::lock_guard hold(lock_);
    items_.push_back(std::move(item));
    return items_.size() == 1;
  }

  /// Only the consumer. Everything that was put in so far replaces what `out` held; its memory is used for the next batch.
  void take_all(std::vector<T>& out) {
    out.clear();
    const std::lock_guard hold(lock_);
    items_.swap(out);
  }

 private:
  std::mutex lock_;
  std::vector<T> items_;
};

}  // namespace jackfield::base
