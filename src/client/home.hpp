// home: the thread that clients live on, as they and their handles see it. It outlives the loop: handles may be kept for ever and
// used from any thread, so what they post must find somebody who takes it. While the loop runs, letters are run by it, in order;
// when it is gone, by who posts them: every letter looks for itself whether what it is about is gone, and tells who waits.
//
// Owner: whoever holds a ref. Thread: post() and current() any; the rest the loop's. Cost: a lock per call from other threads.
#pragma once

#include "base/host.hpp"
#include "base/ref.hpp"

#include <mutex>
#include <vector>

namespace jackfield::cl {

class home final : public base::ref_counted<home>, public base::host {
 public:
  explicit home(base::host& loop) noexcept : loop_(&loop) {}

  base::timer_wheel& timers() noexcept override { return loop_->timers(); }
  void defer(base::unique_function<void()> f) override { loop_->defer(std::move(f)); }
  void post(base::unique_function<void()> f) override;
  bool current() const noexcept override;

  /// Runs what was posted so far. On the loop's thread, or when nobody runs the loop.
  void run_letters();
  /// The loop is about to end: no letter waits for it any more, and the loop is not touched again.
  void close();

 private:
  mutable std::mutex mutex_;
  base::host* loop_;  // null: closed. Written under the mutex, by the loop's thread
  std::vector<base::unique_function<void()>> letters_;
};

using home_ref = base::ref<home>;

}  // namespace jackfield::cl
