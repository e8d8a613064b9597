// packet_queue: what waits for a road that cannot take it now: a poll that is not parked, a stream whose peer reads too
// slowly, the end of the turn. Packets of a group stay together: they are sent, dropped and replaced as one. Texts are owned
// (copies, or shared by reference with other sessions).
//
// Each group has a lane: whose it is. What is dropped, or replaced by something newer, is found by lane: a drop is amortized
// constant, a replacement one lookup. Owner: a session. Not thread-safe.
#pragma once

#include "base/shared_bytes.hpp"
#include "engine/outgoing.hpp"
#include "protocol/eio_packet.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::engine {

class packet_queue {
 public:
  /// A packet that is no message.
  void push(protocol::eio_type control, base::shared_bytes data = {});
  /// Moves the data out of `group`.
  void push(std::span<message> group, std::uint64_t lane, const terms& t);
  /// The waiting group of this lane and key becomes this one, in its place in the order. False: none waits. Adds to `gone`.
  bool replace(std::span<message> group, std::uint64_t lane, const terms& t, displacement& gone);
  /// Drops the lane's oldest groups that may go, `may_go(const waiting&)`, until `wanted` bytes are free. One lane is
  /// always searched with the same question: what it passed over is not looked at again.
  struct waiting {
    patience patient;
    delivery how;
    bool has_key;
  };
  template <class Which>
  displacement drop_oldest(std::uint64_t lane, std::size_t wanted, Which&& may_go);

  bool empty() const noexcept { return live_ == 0; }
  /// Memory that waits here.
  std::size_t bytes() const noexcept { return bytes_; }
  std::size_t bytes_of(std::uint64_t lane) const noexcept;
  /// A group of this lane and key waits.
  bool waits(std::uint64_t lane, std::string_view key) const { return latest_ && latest_->contains(place(lane, key)); }
  /// Entries, gaps included: what the memory is sized for.
  std::size_t places() const noexcept { return entries_.size(); }
  /// What these packets cost here.
  static constexpr std::size_t cost(std::size_t bytes, std::size_t packets) noexcept { return bytes + packets * packet_cost; }

  /// The next packets: whole groups, as many as `most_bytes` have room for, but at least one group. Valid until the next call
  /// of push(), take() or settle(). REQUIRES: not empty.
  std::span<const protocol::eio_packet> take(std::size_t most_bytes);
  /// The next packets of a polling payload of at most `most_bytes`, but at least one packet (protocol.md 1.10). Whole groups; one
  /// that is too big for a payload by itself is cut, and what is left of it is not dropped any more. As take() otherwise.
  std::span<const protocol::eio_packet> take_payload(std::size_t most_bytes);
  /// Of the packets last taken. None: no packet of the batch wants compression.
  compression wants() const noexcept { return compression_; }
  /// What was taken is not needed any more.
  void settle() noexcept;

 private:
  struct entry {
    base::shared_bytes data;
    std::unique_ptr<std::string> key;  // of a group that has one: in its first packet
    std::uint64_t lane = 0;
    std::uint64_t number = 0;   // of its group, the sender's: in its first packet
    std::uint32_t packets = 1;  // of its group: in its first packet; 1 behind it
    protocol::eio_type type = protocol::eio_type::noop;
    protocol::payload_kind kind = protocol::payload_kind::text;
    patience patient = patience::keep;
    delivery how = delivery::regular;
    compression compress = compression::none;
    bool dead = false;
  };
  struct lane_use {
    std::uint64_t lane;
    std::size_t bytes;
    std::uint64_t searched;  // what lies before this number was looked at and stays, or is gone
  };

 public:
  /// What a queued packet costs beside its bytes; counted, so that empty packets have a limit too.
  static constexpr std::size_t packet_cost = sizeof(entry);

 private:
  using place = std::pair<std::uint64_t, std::string_view>;  // lane, key; the text is the entry's
  static constexpr std::size_t kept_packets = 16;

  entry& at(std::uint64_t number) noexcept { return entries_[static_cast<std::size_t>(number - first_)]; }
  std::uint64_t end() const noexcept { return first_ + entries_.size(); }
  lane_use* find(std::uint64_t lane) noexcept;
  void enter(std::uint64_t lane, std::size_t bytes);
  /// The books of a group that leaves. Returns what it cost.
  std::size_t strike(std::uint64_t number) noexcept;
  /// Hands out the first `packets` of a group; the rest is a group of its own, nobody's, that stays.
  void take_part(std::uint64_t number, std::uint32_t packets);
  void hand_out(const entry& e);
  std::size_t payload_size(std::uint64_t number, std::uint32_t packets) noexcept;
  /// Drops a group. Returns what it cost.
  std::size_t kill(std::uint64_t number) noexcept;
  /// Closes the gaps that drops left.
  void compact();

  std::vector<entry> entries_;
  std::uint64_t first_ = 0;  // number of entries_[0]; numbers are not used twice
  std::size_t taken_ = 0;    // of entries_: handed out
  std::size_t settled_ = 0;  // of those: emptied
  std::size_t dead_ = 0;     // entries that were dropped and are not taken yet
  std::size_t live_ = 0;     // packets
  std::size_t bytes_ = 0;
  boost::container::small_vector<lane_use, 1> lanes_;
  std::unique_ptr<std::map<place, std::uint64_t>> latest_;  // groups with keys
  std::vector<protocol::eio_packet> batch_;                 // point into entries_
  compression compression_ = compression::none;
};

template <class Which>
displacement packet_queue::drop_oldest(std::uint64_t lane, std::size_t wanted, Which&& may_go) {
  lane_use* use = find(lane);
  std::size_t freed = 0;
  displacement gone;
  if (use == nullptr) return gone;
  auto number = std::max<std::uint64_t>(use->searched, first_ + taken_);
  while (number < end() && freed < wanted) {
    const entry& e = at(number);
    const auto next = number + e.packets;
    if (!e.dead && e.lane == lane && may_go(waiting{e.patient, e.how, e.key != nullptr})) {
      gone.add(e.number);
      freed += kill(number);
    }
    number = next;
  }
  use->searched = number;
  return gone;
}

}  // namespace jackfield::engine
