// turn_gate: what a worker that others may interrupt passes before each of its turns. Who holds it outside of a turn is alone
// with everything that is the worker's. A mutex that knows its holder. Thread: any; not recursive.
#pragma once

#include <atomic>
#include <mutex>
#include <thread>

namespace jackfield::net {

class turn_gate {
 public:
  void lock() {
    mutex_.lock();
    holder_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  }
  bool try_lock() {
    if (!mutex_.try_lock()) return false;
    holder_.store(std::this_thread::get_id(), std::memory_order_relaxed);
    return true;
  }
  void unlock() {
    holder_.store(std::thread::id(), std::memory_order_relaxed);
    mutex_.unlock();
  }
  /// This thread holds it.
  bool mine() const noexcept { return holder_.load(std::memory_order_relaxed) == std::this_thread::get_id(); }

 private:
  std::mutex mutex_;
  std::atomic<std::thread::id> holder_{};
};

}  // namespace jackfield::net
