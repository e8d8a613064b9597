// recovery_store: what one namespace keeps for clients that may come back (protocol.md 4.12): its packets, numbered from 1
// in the order in which they were sent, and the sessions of those who are away. The contract; memory_recovery.hpp is the one
// in this process.
//
// An offset is how a client names a packet: a text that is appended to its arguments, for clients an opaque one.
// Owner: the namespace. Thread: the worker's.
#pragma once

#include "adapter/addressees.hpp"
#include "adapter/room_journal.hpp"
#include "base/timer_wheel.hpp"
#include "engine/outgoing.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::adapter {

/// What the floor above wants back with a session: the application's data, answers that were given.
struct session_cargo {
  virtual ~session_cargo() = default;
  virtual std::size_t bytes() const noexcept = 0;
};

/// Clients take the last argument of any event for its offset when it is a string, also of one that has none (volatile).
enum class offset_trust : std::uint8_t {
  sound,
  forged,  // it was sent a string of the application's that looks like an offset
};

/// Packets that a policy dropped while they waited for the client, or let others overtake: a client that has any packet from
/// `begin` on has not got all before it.
struct hole {
  std::uint64_t begin = 0;    // number of the first; 0: there is none
  std::uint64_t packets = 0;  // at most so many
  void add(const engine::displacement& d) noexcept {
    if (begin == 0 || d.lowest < begin) begin = d.lowest;
    packets += d.groups;
  }
  bool lies_before(std::uint64_t position) const noexcept { return begin != 0 && begin <= position; }
};

/// Where a packet was sent from reaches: members on every worker of the server, or one socket of this one.
enum class reach : std::uint8_t { all_workers, here };

/// A packet that is kept.
struct kept_packet {
  engine::outgoing_ref packet;
  std::uint64_t mark;  // what its offset says: the same on all workers, where the packet has different numbers
  adapter::reach reach;
};

/// What a client was sent when it came from another worker, and may have got in part: those packets are in no order with the ones
/// of this worker, where the client has been since.
struct replay {
  std::uint64_t before = 0;  // the mark that it came with; 0: none
  std::vector<kept_packet> packets;
  std::size_t bytes() const noexcept;
};

/// A socket that is away. Numbers are of packets, on the worker where it was.
struct saved_session {
  std::string sid, pid;
  std::vector<std::string> rooms;  // without the one of its id
  room_journal changes;
  std::uint64_t since = 0;      // the last before it was told its pid
  std::uint64_t last = 0;       // the last that was sent to it
  std::uint64_t last_mark = 0;  // its mark; 0: not known
  std::uint64_t until = 0;      // the last when it left
  std::uint64_t claim = 0;      // of the connection that it was last given to; 0: the first that it had
  adapter::hole hole;           // in what was sent to it
  offset_trust trust = offset_trust::sound;
  std::unique_ptr<adapter::replay> replayed;  // null: nothing that still matters
  std::unique_ptr<session_cargo> cargo;
  base::time_point left_at{};  // set when it is saved first

  std::size_t bytes() const noexcept;
};

enum class offset_kind : std::uint8_t {
  ours,
  stranger,  // of another process: the client has it from before a restart
  future,    // of a packet that was not sent yet
  other,     // no offset at all
};
struct offset {
  offset_kind kind;
  std::uint64_t packet;    // ours: its number here; when it is not known here, of one that came before it, or 0
  std::uint64_t mark = 0;  // ours
};

class recovery_store {
 public:
  recovery_store() = default;
  recovery_store(const recovery_store&) = delete;
  recovery_store& operator=(const recovery_store&) = delete;
  virtual ~recovery_store() = default;

  // --- packets
  /// Number of the last packet; 0: none yet.
  virtual std::uint64_t last() const noexcept = 0;
  /// Number of the first that is kept; last() + 1: none is.
  virtual std::uint64_t first() const noexcept = 0;
  /// Appends the offset of the packet that is recorded next: letters, digits, '~', '.', '-', '_'.
  virtual void write_offset(std::string& out) const = 0;
  virtual offset read_offset(std::string_view text) const noexcept = 0;
  /// The mark of the packet that is recorded next.
  virtual std::uint64_t next_mark() const noexcept = 0;
  /// Which worker a mark is of, and the packet's number there.
  struct origin {
    std::size_t worker;
    std::uint64_t number;
  };
  virtual origin origin_of(std::uint64_t mark) const noexcept = 0;
  /// Keeps one more packet; one reference, however many got it. Its number.
  virtual std::uint64_t record(engine::outgoing_ref packet, addressees to, reach r = reach::all_workers) = 0;
  /// The same with one that another worker recorded. Those of one worker come in its order.
  virtual std::uint64_t repeat(engine::outgoing_ref packet, addressees to, std::uint64_t mark) = 0;
  /// Appends those behind `from` that reached this member. REQUIRES: from + 1 >= first().
  virtual void missed(std::uint64_t from, membership who, std::vector<kept_packet>& out) const = 0;

  // --- sessions
  virtual void save(std::unique_ptr<saved_session> s) = 0;
  /// Adds what belongs to a session that was saved. False: it is not there (any more).
  virtual bool load(std::string_view pid, std::unique_ptr<session_cargo> cargo) = 0;
  /// Null: unknown, or too long away. Valid until the next call of save() or take().
  virtual saved_session* find(std::string_view pid) noexcept = 0;
  virtual std::unique_ptr<saved_session> take(std::string_view pid) = 0;
};

}  // namespace jackfield::adapter
