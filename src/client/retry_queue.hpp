// retry_queue: the events of a socket with `retries`: they go out one at a time, each until it is answered or was tried often
// enough (protocol.md 5.8). At least once, in order: nothing gives way here, a full queue refuses. Pure; the socket sends. Owner:
// the socket. Thread: the loop's.
#pragma once

#include "socket/ack_table.hpp"
#include "socket/scratch.hpp"

#include <jackfield/bytes.hpp>
#include <jackfield/client_options.hpp>
#include <jackfield/detail/emitting.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace jackfield::cl {

class retry_queue {
 public:
  struct entry {
    std::string json;  // the packed array, without its end
    std::vector<bytes> attachments;
    detail::emit_flags flags;
    sio::waiter_ref waiter;  // null: nobody wants to know
    std::uint64_t number = 0;
    std::uint32_t tries = 0;
    bool pending = false;  // a try is under way
    std::size_t cost() const noexcept;
  };

  retry_queue(std::uint32_t retries, const away_options& limits) noexcept : retries_(retries), limits_(limits) {}

  /// False: full; the waiter is still the caller's.
  bool push(entry& e);
  /// The event whose turn it is, if it has to be sent now; counts the try. `again`: even though a try is under way.
  entry* start(bool again) noexcept;
  /// The answer to this one, if it is the first: it leaves.
  std::optional<entry> take(std::uint64_t number);
  /// A try failed. What leaves because it was the last one; nothing: it is tried again, or was answered.
  std::optional<entry> failed(std::uint64_t number);
  /// All that is left.
  std::deque<entry> take_all();

  bool empty() const noexcept { return entries_.empty(); }
  std::size_t size() const noexcept { return entries_.size(); }

 private:
  entry pop();

  std::uint32_t retries_;
  away_options limits_;
  std::deque<entry> entries_;
  std::size_t bytes_ = 0;
  std::uint64_t numbers_ = 0;
};

}  // namespace jackfield::cl
