// recovery: what became of the state that a client had before its connection was cut (server_options::
// connection_state_recovery). protocol.md 4.12. A recovered socket has its id, rooms and data again, and its client was sent
// every event that it missed, in order and once. The official client's `recovered` says true for a complete one alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace jackfield {

/// How much of it is back.
enum class recovery_outcome : std::uint8_t {
  fresh,     // a client like a new one: nothing was kept, or nothing can be said of what it missed
  complete,  // everything is back, nothing was missed
  partial,   // it was known, and misses events that are gone: it has a new id, no rooms, and was sent nothing
};

/// Why it is not complete.
enum class recovery_cause : std::uint8_t {
  none,              // it is complete
  new_client,        // fresh: nothing was asked for; also while recovery is off
  unknown_session,   // fresh: too long away, left on purpose, or not of this server
  unknown_offset,    // fresh: what it has got already cannot be told
  packets_dropped,   // partial: limit_options::recovery_packets, recovery_bytes or recovery_room_changes was reached
  too_much_missed,   // partial: more than limit_options::unsent_bytes
  events_displaced,  // partial: an overflow policy dropped or overtook events before the last one that it has
};

struct recovery_report {                               // what a connection that came back found
  recovery_outcome outcome = recovery_outcome::fresh;  // how much is back
  recovery_cause cause = recovery_cause::new_client;   // why not everything
  std::string previous_id{};                           // of the socket that the client had; empty: not known
  std::vector<std::string> previous_rooms{};           // its rooms, without its id's; empty likewise
  std::chrono::milliseconds away{0};                   // since that one was found to be gone
  std::uint64_t missed_events = 0;                     // complete: so many were sent to it
  std::uint64_t lost_events =
      0;  // partial: the gap: at most so many, but for events_displaced right behind the last one that it has
};

}  // namespace jackfield
