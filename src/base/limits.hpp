// limits: which limits strangers ran into, counted and logged (security.md §3: every limit has a counter, and a log line
// at most once a second). Owner: a host, for everything that lives on its thread. Reads from other threads see a recent value.
#pragma once

#include "base/log.hpp"
#include "base/timer_wheel.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace jackfield::base {

enum class limit : std::uint8_t {
  request_line,        // S1 -> 414
  headers,             // S1 -> 431
  body,                // S4 -> 413
  request_time,        // S5 -> 408
  write_stall,         // S5 -> closed
  handshake_time,      // S40: a TLS handshake took too long -> closed
  pending_handshakes,  // S40: too many TLS handshakes under way -> closed at once
  message_bytes,       // S12 -> 1009
  message_fragments,   // S13 -> 1008
  payload_packets,     // S21 -> 400
  connections,         // S34, S45 -> closed at once
  pending_sessions,    // S24 -> 503
  node_memory,         // the process holds as much as it may -> 503
  unsent_bytes,        // S32 -> slow consumer
  outbound,            // a socket's messages waited too long: some were dropped (outbound_options)
  namespace_time,      // S24 -> closed
  namespaces,          // S27 -> closed
  child_namespaces,    // S27 -> CONNECT_ERROR
  refused_connects,    // S27 -> closed
  middleware_time,     // S27 -> CONNECT_ERROR
  rooms,               // S28 -> join() is false
  pending_acks,        // S28 -> the ack times out at once
  attachments,         // S26 -> closed
  attachment_bytes,    // S26 -> closed
  attachment_time,     // S26 -> closed
  recovery_log,        // S43 -> the oldest packet is forgotten
  recovery_sessions,   // S43 -> the session that is longest away is forgotten
  room_changes,        // S43 -> an old room change is forgotten
  kept_answers,        // S43 -> the oldest answer is forgotten
  count_,              // how many there are
};
std::string_view name_of(limit l) noexcept;

class limit_counts {
 public:
  void hit(limit l, time_point now) noexcept;
  std::uint64_t hits(limit l) const noexcept { return counts_[static_cast<std::size_t>(l)].load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t how_many = static_cast<std::size_t>(limit::count_);
  std::array<std::atomic<std::uint64_t>, how_many> counts_{};
  std::array<once_per_second, how_many> said_;
};

}  // namespace jackfield::base
