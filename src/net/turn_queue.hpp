// turn_queue: where the workers of a server wait for their turn while cores are short (turn_limit.hpp): in the order in which
// they came, so many at once as may be. So they do not take the cores from each other, and from the clients of the same machine,
// in the middle of a turn, and each finds more to do in its own: fewer switches, wake-ups and writes for the same messages. With
// cores for all nobody waits, and a turn costs one look at a number.
//
// Thread: any.
#pragma once

#include "base/timer_wheel.hpp"
#include "net/core_shortage.hpp"
#include "net/turn_limit.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

namespace jackfield::net {

class turn_queue {
 public:
  /// Nobody waits longer for the others: a handler may wait for what another worker does.
  static constexpr std::chrono::milliseconds longest_wait{20};

  explicit turn_queue(std::size_t workers);
  turn_queue(const turn_queue&) = delete;
  turn_queue& operator=(const turn_queue&) = delete;

  /// Among those in a turn, until it ends; or nothing.
  class place {
   public:
    place() noexcept = default;
    place(place&& o) noexcept : of_(std::exchange(o.of_, nullptr)) {}
    place& operator=(place&&) = delete;
    ~place() {
      if (of_) of_->leave();
    }

   private:
    friend class turn_queue;
    explicit place(turn_queue& of) noexcept : of_(&of) {}
    turn_queue* of_ = nullptr;
  };

  /// Blocks while too many others are in a turn. `worker` is the caller's number.
  place enter(std::size_t worker) { return limits() ? wait(worker) : place(); }
  /// So many descriptors are handled.
  void done(std::size_t work) noexcept { work_.fetch_add(work, std::memory_order_relaxed); }
  /// What the worker that says so sees since version() was what it is.
  void report(core_shortage::verdict v, base::time_point now);
  /// Another one each time that the limit has changed.
  std::uint32_t version() const noexcept { return version_.load(std::memory_order_relaxed); }
  bool limits() const noexcept { return limits_.load(std::memory_order_relaxed); }
  /// How often somebody had to wait.
  std::uint64_t waits() const noexcept { return waits_.load(std::memory_order_relaxed); }

 private:
  struct waiter {
    std::condition_variable called;
    waiter* next = nullptr;
    bool has_place = false;
  };
  place wait(std::size_t worker);
  void leave();
  void call_next();
  void forget(waiter& w) noexcept;
  void changed();

  std::mutex mutex_;
  turn_limit limit_;
  std::size_t inside_ = 0;  // in a turn, of those that came by wait()
  waiter* first_ = nullptr;
  waiter* last_ = nullptr;
  std::vector<waiter> waiters_;  // by number
  std::atomic<bool> limits_{false};
  std::atomic<std::uint32_t> version_{0};
  std::atomic<std::uint64_t> waits_{0}, work_{0};
};

}  // namespace jackfield::net
