// gather: what was asked of several workers, and what they answered so far: acknowledgements of a broadcast, sockets, names of
// rooms, an end. The one path for all of them: every worker that is asked gets a share; whatever it has it adds through that,
// at once or later; the asker hears when the last share is gone. A share that is dropped unused, because its worker ends,
// counts as lost: nobody waits for ever.
//
// Owner: its shares. Thread: any; the total is under a lock, which two workers want at the same time only while both answer
// the same question. The asker is told on the host that it named, or, when that ends before, where its last letter falls.
#pragma once

#include "base/function.hpp"
#include "base/host.hpp"

#include <jackfield/detail/shared.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>

namespace jackfield::srv {

enum class gathered : std::uint8_t { all, some /* a worker ended before it answered */ };
/// Whether the asker may be told before its call that asks has returned: the others may be that quick.
enum class telling : std::uint8_t { at_once, by_letter };

template <class T>
class gather final : public detail::shared {
 public:
  using done_fn = base::unique_function<void(T&&, gathered)>;

  class share {
   public:
    share() noexcept = default;
    explicit share(detail::ref<gather> of) noexcept : of_(std::move(of)) { of_->open_.fetch_add(1, std::memory_order_relaxed); }
    share(share&& o) noexcept : of_(std::move(o.of_)) { o.of_.reset(); }
    share& operator=(share&& o) noexcept {
      std::swap(of_, o.of_);
      return *this;
    }
    ~share() {
      if (!of_) return;
      of_->lost_.store(true, std::memory_order_relaxed);
      hand_in();
    }
    /// f(T&) on the total.
    template <class F>
    void add(F&& f) const {
      const std::lock_guard lock(of_->mutex_);
      f(of_->total_);
    }
    /// This worker has no more.
    void done() {
      if (of_) hand_in();
    }

   private:
    void hand_in() {
      const auto of = std::move(of_);
      of_.reset();
      if (of->open_.fetch_sub(1, std::memory_order_acq_rel) == 1) of->finish();
    }
    detail::ref<gather> of_;
  };

  /// `done` is called once, on `home`.
  gather(base::host& home, done_fn done, telling how = telling::at_once) : home_(home), done_(std::move(done)), telling_(how) {}

 private:
  /// Told when it is called, or, as a letter that is never read, when it is torn up.
  struct last_word {
    explicit last_word(gather& g) noexcept : of(&g) {}
    last_word(last_word&& o) noexcept : of(std::move(o.of)) { o.of.reset(); }
    ~last_word() {
      if (of) of->tell();
    }
    void operator()() {
      if (auto g = std::exchange(of, nullptr)) g->tell();
    }
    detail::ref<gather> of;
  };
  void finish() {
    if (telling_ == telling::at_once && home_.current()) return tell();
    home_.post(last_word(*this));
  }
  void tell() {
    if (auto done = std::exchange(done_, nullptr)) done(std::move(total_), lost_ ? gathered::some : gathered::all);
  }

  base::host& home_;
  done_fn done_;
  const telling telling_;
  std::atomic<std::size_t> open_{0};
  std::atomic<bool> lost_{false};
  std::mutex mutex_;
  T total_{};
};

}  // namespace jackfield::srv
