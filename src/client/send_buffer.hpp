// send_buffer: the events of one socket that wait until it is connected: in their order, with limits in number, bytes and age,
// and what gives way (away_options). What leaves is told to the owner, who knows who waits for it. Pure: times come in. Owner:
// the socket. Thread: the loop's. Cost: an outgoing per event.
#pragma once

#include "base/timer_wheel.hpp"
#include "socket/sent_event.hpp"

#include <jackfield/client_options.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace jackfield::cl {

class send_buffer {
 public:
  struct entry {
    sio::sent_event event;
    std::optional<std::uint64_t> id;  // who waits for an answer
    std::string key;
    base::time_point since{};
  };
  /// What was given up for another, or for good: who waits for it is to hear of it.
  using dropped = std::vector<std::uint64_t>;

  explicit send_buffer(const away_options& o) : options_(o) {}

  /// False: it was refused. Whose place was taken is added to `out`; entries without an id leave silently.
  bool push(entry e, dropped& out);
  /// The oldest. REQUIRES: not empty.
  entry pop();
  /// The event with this id. False: it is not here.
  bool remove(std::uint64_t id);
  /// Of all who wait for an answer.
  std::unordered_set<std::uint64_t> ids() const;
  /// Drops what is too old.
  void expire(base::time_point now, dropped& out);
  /// When the oldest is due to expire. Nothing: none is.
  std::optional<base::time_point> next_expiry() const noexcept;
  void clear() noexcept;

  bool empty() const noexcept { return entries_.empty(); }
  std::size_t size() const noexcept { return entries_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }
  /// How many were dropped since the last call.
  std::size_t take_lost() noexcept { return std::exchange(lost_, 0); }

 private:
  static std::size_t cost(const entry& e) noexcept { return 64 + e.event.wire()->bytes(); }
  bool replace(entry& e, dropped& out);
  bool fits(std::size_t bytes) const noexcept;
  void drop_front(dropped& out);

  away_options options_;
  std::deque<entry> entries_;
  std::size_t bytes_ = 0;
  std::size_t lost_ = 0;
};

}  // namespace jackfield::cl
