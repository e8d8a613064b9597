// packet_queue: packets that wait for a road that cannot take them now: a poll that is not parked, the
// end of the turn. One batch at all times: packets() is what the transport is given. Texts are owned
// (copies, or shared by reference with other sessions). Owner: a session. Not thread-safe.
#pragma once

#include "base/shared_bytes.hpp"
#include "engine/outgoing.hpp"
#include "protocol/eio_packet.hpp"

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace jackfield::engine {

class packet_queue {
 public:
  /// What a queued packet costs beside its bytes; counted, so that empty packets have a limit too.
  static constexpr std::size_t packet_cost = sizeof(protocol::eio_packet) + sizeof(base::shared_bytes);

  void push(protocol::eio_type control) { packets_.push_back({control, protocol::payload_kind::text, {}}); }

  void push(protocol::eio_type type, protocol::payload_kind kind, base::shared_bytes data, compression c) {
    packets_.push_back({type, kind, data.chars()});
    bytes_ += data.size();
    if (c == compression::allowed) compression_ = compression::allowed;
    if (!data.empty()) texts_.push_back(std::move(data));
  }

  bool empty() const noexcept { return packets_.empty(); }
  /// Memory that waits here.
  std::size_t bytes() const noexcept { return bytes_ + packets_.size() * packet_cost; }
  std::span<const protocol::eio_packet> packets() const noexcept { return packets_; }
  /// None: no packet of the batch wants compression.
  compression wants() const noexcept { return compression_; }

  /// Empties the queue; keeps a little room for the next batch.
  void clear() noexcept {
    if (packets_.capacity() > kept_packets) packets_ = {};
    if (texts_.capacity() > kept_packets) texts_ = {};
    packets_.clear();
    texts_.clear();
    bytes_ = 0;
    compression_ = compression::none;
  }

 private:
  static constexpr std::size_t kept_packets = 16;

  std::vector<protocol::eio_packet> packets_;  // point into texts_
  std::vector<base::shared_bytes> texts_;
  std::size_t bytes_ = 0;
  compression compression_ = compression::none;
};

}  // namespace jackfield::engine
