// event_stream<T…>: the events of one name, one after another, for coroutines and for threads that wait:
//
//   auto news = s.event<std::string>("news");          // begins to listen
//   while (true) {
//     std::string n = co_await news;                    // throws bad_result when the client is destroyed
//     …
//   }
//   std::string once = co_await s.event<std::string>("news");
//
// What comes while nobody waits is kept, up to a number; then the oldest, or what comes, is dropped and counted. It goes on
// across reconnections and stops listening with its last copy, and the last who waits. Any thread; a coroutine that waits goes on
// on the client's loop.
#pragma once

#include <jackfield/detail/shared.hpp>
#include <jackfield/pending.hpp>
#include <jackfield/result.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <tuple>
#include <type_traits>
#include <utility>

namespace jackfield {

/// How much an event_stream keeps for a reader that is slower than its events, and what gives way.
struct stream_options {
  /// What gives way when no more are kept.
  enum class overflow : std::uint8_t {
    drop_oldest,  // the one that waits longest
    drop_newest,  // the one that comes
  };
  std::size_t capacity = 256;                  // events; 0: nothing is kept, who does not wait misses it
  overflow when_full = overflow::drop_oldest;  // what gives way then
};

namespace detail {

/// What a stream is of: one type, or a tuple of several.
template <class... T>
struct stream_value {
  using type = std::tuple<T...>;
};
template <class T>
struct stream_value<T> {
  using type = T;
};

/// Between the handler that puts events in and those who wait for them.
template <class V>
class stream_state {
 public:
  using waiter = ref<pending_state<V>>;
  explicit stream_state(const stream_options& o) : options_(o) {}

  void push(V v) {
    waiter who;
    std::shared_ptr<void> listening;  // ends without the lock
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return;
      if (waiting_.empty()) return keep(std::move(v));
      who = std::move(waiting_.front());
      waiting_.pop_front();
      if (waiting_.empty()) listening = std::move(listening_);
    }
    who->complete(std::move(v));
  }
  void close() {
    std::deque<waiter> all;
    std::shared_ptr<void> listening;
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      all.swap(waiting_);
      listening = std::move(listening_);
    }
    for (auto& w : all) w->complete(error{errc::disconnected, "the client is gone"});
  }
  /// `listening` lasts as long as somebody waits.
  pending<V> next(std::shared_ptr<void> listening) {
    waiter w(new pending_state<V>);
    std::unique_lock lock(mutex_);
    if (!kept_.empty()) {
      V v = std::move(kept_.front());
      kept_.pop_front();
      lock.unlock();
      w->complete(std::move(v));
    } else if (closed_) {
      lock.unlock();
      w->complete(error{errc::disconnected, "the client is gone"});
    } else {
      waiting_.push_back(w);
      listening_ = std::move(listening);
    }
    return pending<V>(std::move(w));
  }
  std::uint64_t dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
  }

 private:
  void keep(V v) {
    if (kept_.size() >= options_.capacity) {
      ++dropped_;
      if (options_.capacity == 0 || options_.when_full == stream_options::overflow::drop_newest) return;
      kept_.pop_front();
    }
    kept_.push_back(std::move(v));
  }

  mutable std::mutex mutex_;
  stream_options options_;
  std::deque<V> kept_;
  std::deque<waiter> waiting_;
  std::shared_ptr<void> listening_;  // null: nobody waits
  std::uint64_t dropped_ = 0;
  bool closed_ = false;
};

/// The end of a stream's listening: with its last copy.
struct stream_guard {
  explicit stream_guard(std::function<void()> f) : stop(std::move(f)) {}
  stream_guard(const stream_guard&) = delete;
  stream_guard& operator=(const stream_guard&) = delete;
  ~stream_guard() { stop(); }
  std::function<void()> stop;
};

}  // namespace detail

template <class... T>
class [[nodiscard]] event_stream {
 public:
  /// One type: that of the event's first argument. Several: a tuple of them.
  using value_type = typename detail::stream_value<T...>::type;

  /// The next event: the oldest that is kept, or one to come. Error: disconnected, the client was destroyed.
  pending<value_type> next() const { return state_->next(guard_); }
  /// next(), awaited: throws bad_result.
  auto operator co_await() const { return next().operator co_await(); }
  /// Events that found no room.
  std::uint64_t dropped() const { return state_->dropped(); }

  /// The library's.
  event_stream(std::shared_ptr<detail::stream_state<value_type>> state, std::shared_ptr<detail::stream_guard> guard)
      : state_(std::move(state)), guard_(std::move(guard)) {}

 private:
  std::shared_ptr<detail::stream_state<value_type>> state_;
  std::shared_ptr<detail::stream_guard> guard_;
};

}  // namespace jackfield
