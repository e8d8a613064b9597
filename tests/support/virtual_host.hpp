// virtual_host: a thread to live on whose time passes only when a test says so. Whatever is posted or
// deferred waits for run_turn(); advance() fires timers at their own times, one turn for each moment.
//
//   virtual_host host;
//   session->send(...);        // inside the current turn
//   host.run_turn();           // posted functions, then the end of the turn
//   host.advance(25s);         // every timer on the way fires at its time, each in a turn of its own
#pragma once

#include "base/host.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <utility>

namespace jackfield::test {

class virtual_host final : public base::host {
 public:
  virtual_host() = default;
  virtual_host(const virtual_host&) = delete;
  virtual_host& operator=(const virtual_host&) = delete;
  /// What still waits is dropped, not run.
  ~virtual_host() = default;

  base::timer_wheel& timers() noexcept override { return wheel_; }
  void post(base::unique_function<void()> f) override { posted_.push_back(std::move(f)); }
  void defer(base::unique_function<void()> f) override { deferred_.push_back(std::move(f)); }
  bool current() const noexcept override { return true; }

  base::time_point now() const noexcept { return wheel_.now(); }
  std::chrono::milliseconds elapsed() const { return std::chrono::duration_cast<std::chrono::milliseconds>(now() - start); }

  /// Runs what was posted before this call, then everything deferred, what that adds included.
  void run_turn() { run_some(posted_.size()); }
  /// The same, with the oldest of what was posted: a turn in which the rest had not come yet.
  void run_some(std::size_t most) {
    for (auto n = std::min(most, posted_.size()); n > 0; --n) take(posted_)();
    while (!deferred_.empty()) take(deferred_)();
  }
  /// Drops what was posted, as a worker that ends does.
  void tear_up() {
    while (!posted_.empty()) take(posted_);
  }
  /// Turns until nothing is posted or deferred.
  void settle() {
    do run_turn();
    while (!posted_.empty());
  }
  /// Ends the current turn, then lets time pass.
  void advance(std::chrono::milliseconds time) {
    settle();
    const auto until = now() + time;
    for (auto due = wheel_.next_deadline(); due && *due <= until; due = wheel_.next_deadline()) {
      wheel_.advance(*due);
      settle();
    }
    wheel_.advance(until);
    settle();
  }
  /// One turn, so much later, whatever was due before.
  void turn_after(base::duration time) {
    settle();
    wheel_.advance(now() + time);
    settle();
  }
  /// How many functions wait for the end of the turn.
  std::size_t deferred() const noexcept { return deferred_.size(); }
  bool idle() const noexcept { return posted_.empty() && deferred_.empty(); }

 private:
  using queue = std::deque<base::unique_function<void()>>;
  static base::unique_function<void()> take(queue& q) {
    auto f = std::move(q.front());
    q.pop_front();
    return f;
  }

  static constexpr base::time_point start{std::chrono::hours(1)};
  base::timer_wheel wheel_{start};
  queue posted_, deferred_;
};

}  // namespace jackfield::test
