// messenger: sends the events of the bench contract with a stamp in each, and books what comes back: latency from the moment
// meant, and every copy once. One owner, one thread.
//
//   echo (payload, ack) -> ack(payload)      cast (payload) -> "cast" (payload) to everybody
//   join (room, ack)    -> ack()             room (room, payload) -> "room" (payload) to the room
#pragma once

#include "ledger.hpp"
#include "packet.hpp"
#include "scene.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::bench {

class messenger {
 public:
  explicit messenger(const scene_parts& parts);

  void echo(peer& from, nanos meant);
  void cast(peer& from, const audience& all, nanos meant);
  void room(peer& from, std::string_view name, const audience& all, nanos meant);
  /// The ack's id is no message's: is_join() knows it.
  void join(peer& from, std::string_view name);
  static bool is_join(const packet& p) noexcept { return p.kind == packet::what::ack && p.id >= first_join; }

  struct copy {
    arrival what = arrival::unknown;
    bool own = false;   // it came back to its sender
    nanos latency = 0;  // from the moment meant; with expected and last
    nanos meant = 0;
  };
  /// Who got something: a peer by its index, as a member of an audience by its place there.
  struct receiver {
    std::uint32_t index = 0, place = 0;
    const audience* in = nullptr;
  };
  /// An ack or an event that came to a peer. `all`: who is meant by casts of other threads.
  copy take(const packet& p, const receiver& by, nanos when, const audience* all);

  /// Once in a while: what is older than the patience is lost.
  void give_up(nanos when);
  void write_off(const audience* all, std::uint32_t place, std::uint32_t index);
  /// Everything that is known to have been sent has come, or has been given up.
  bool quiet() const noexcept;
  /// All that is missing is lost, and the counts are complete. `all`: as in take().
  void finish(const audience* all);
  std::uint32_t next() const noexcept { return ledgers_[parts_.thread].next(); }
  std::uint64_t outstanding() const noexcept { return ledgers_[parts_.thread].outstanding(); }

 private:
  static constexpr std::uint64_t first_join = std::uint64_t{1} << 40;

  void begin_packet();
  void end_packet(peer& from, std::uint32_t message, nanos meant);
  void book_sent(std::uint64_t copies, nanos meant);
  void book(copy& c, nanos when);

  const scene_parts parts_;
  std::string prefix_;
  std::string text_;             // of the packet being made
  std::vector<ledger> ledgers_;  // one for each thread that sends: copies of another's casts come here too
  std::uint64_t joins_ = 0;
};

}  // namespace jackfield::bench
