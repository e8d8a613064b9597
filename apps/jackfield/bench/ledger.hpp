// ledger: which copies of which messages are still to come. Every expected delivery is an entry, so that what is lost, comes
// twice or comes too late is counted and not guessed. One owner, one thread. A delivery costs one bit; a message of an audience
// one word per 64 members while it is under way.
#pragma once

#include "clock.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace jackfield::bench {

/// Who a broadcast is meant for: a room, or everybody. Members have places, which are used again.
class audience {
 public:
  /// A place for a new member, who is not there yet.
  std::size_t add_place();
  /// The member is there from message number `since` on.
  void enter(std::size_t place, std::uint32_t since);
  void leave(std::size_t place);
  bool present(std::size_t place) const noexcept { return bits_[place / 64] >> (place % 64) & 1; }
  std::size_t count() const noexcept { return count_; }
  std::size_t places() const noexcept { return since_.size(); }
  /// It was sent before this member was there.
  bool precedes(std::uint32_t message, std::size_t place) const noexcept {
    return static_cast<std::int32_t>(message - since_[place]) < 0;
  }

 private:
  friend class ledger;
  std::vector<std::uint64_t> bits_;
  std::vector<std::uint32_t> since_;
  std::size_t count_ = 0;
};

enum class arrival : std::uint8_t {
  expected,   // one of the copies that were to come
  last,       // the last of them: the message is complete
  twice,      // this receiver had it already
  late,       // it had been given up
  not_meant,  // sent before the receiver was there: harmless
  unknown,    // no such message was sent
};

struct receipt {
  arrival what = arrival::unknown;
  std::uint32_t sender = 0;  // with expected and last
};

class ledger {
 public:
  /// A message that comes back to its sender alone. Its number.
  std::uint32_t open_for(std::uint32_t sender, nanos meant);
  /// A message to all who are in the audience now, which has to outlive it.
  std::uint32_t open_for(const audience& all, std::uint32_t sender, nanos meant);
  /// Messages of another thread's ledger become known by their copies: entries up to `message`, for all in the audience.
  void open_upto(std::uint32_t message, const audience& all, nanos meant);
  /// The number that the next message will have.
  std::uint32_t next() const noexcept { return first_ + static_cast<std::uint32_t>(entries_.size()); }

  /// `receiver`: the sender, or the place in the audience, which is `in`: a message that was complete before the receiver came is
  /// known by it.
  receipt receive(std::uint32_t message, std::uint32_t receiver, const audience* in = nullptr);
  /// A receiver has gone (its line was cut): what it still expects is written off, not lost. As a member; as a sender of its own.
  void write_off(const audience& all, std::uint32_t place);
  void write_off(std::uint32_t sender);
  /// Gives up what was meant before that moment. Returns how many copies; they count as lost until they come late.
  std::uint64_t give_up(nanos meant_before);

  std::uint64_t outstanding() const noexcept { return outstanding_; }  // copies still to come
  std::uint64_t lost() const noexcept { return lost_; }
  std::uint64_t late() const noexcept { return late_; }
  std::uint64_t written_off() const noexcept { return written_off_; }

 private:
  static constexpr std::size_t most_entries = 1 << 18;  // behind a message that does not complete
  static constexpr std::size_t most_spare = 64;
  struct entry {
    nanos meant = 0;
    const audience* all = nullptr;       // null: the sender alone
    std::vector<std::uint64_t> waiting;  // a bit for each place
    std::uint32_t sender = 0;
    std::uint32_t missing = 0;
    bool given_up = false;
  };

  std::uint32_t add(entry e);
  void settle(entry& e, std::uint64_t copies) noexcept;
  void keep_memory(entry& e);
  void drop_finished();
  static arrival judge_absent(const entry& e, std::uint32_t message, std::uint32_t receiver) noexcept;
  arrival judge_dropped(std::uint32_t message, std::uint32_t receiver, const audience* in) const noexcept;

  std::deque<entry> entries_;
  std::vector<std::vector<std::uint64_t>> spare_;  // memory of finished messages
  std::uint32_t first_ = 0;                        // number of the front entry
  std::uint32_t forgotten_ = 0;                    // below this some were dropped unfinished
  std::size_t given_upto_ = 0;                     // index of the first entry that was not given up
  std::uint64_t outstanding_ = 0, lost_ = 0, late_ = 0, written_off_ = 0;
};

}  // namespace jackfield::bench
