// settings: what one run of the load generator does, as the command line says it. Defaults are bounded in number and time, so
// that a run that nobody thought about does no harm. Values; any thread.
#pragma once

#include "arrivals.hpp"
#include "crowd.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::bench {

enum class scenario : std::uint8_t {
  idle,   // connections that do nothing but answer heartbeats
  echo,   // a request and its acknowledgement, on WebSocket
  poll,   // the same over HTTP long-polling
  cast,   // an event to everybody
  room,   // an event to a room
  churn,  // connect, reach the namespace, leave, again
  storm,  // all lines cut at once; everybody comes back
  chat,   // rooms, requests and comings and goings, mixed
};
inline constexpr std::array<std::string_view, 8> scenario_names{"idle", "echo", "poll", "cast", "room", "churn", "storm", "chat"};
constexpr std::string_view name_of(scenario s) noexcept { return scenario_names[static_cast<std::size_t>(s)]; }
std::optional<scenario> scenario_named(std::string_view name) noexcept;

/// Of what happens in a chat: messages to the own room; requests with an answer; the rest leave and come back.
inline constexpr double chat_room_share = 0.75, chat_request_share = 0.20;

enum class backoff : std::uint8_t {
  client,  // as the official client waits: 1 s, twice as long after each failure, at most 5 s, each within ± 50 % at random
  none,    // at once
};

struct settings {
  scenario what = scenario::echo;
  crowd_settings line;
  std::vector<int> server_pids;  // of the server on this machine; empty: not known
  unsigned connections = 100;
  unsigned threads = 1;
  unsigned connecting = 500;  // at most so many connects under way at once
  double connect_rate = 0;    // connects a second while everybody comes; 0: as fast as `connecting` lets
  double seconds = 5;         // measured
  double warmup = 1;          // before that, thrown away
  double patience =
      10;           // seconds until a copy that has not come is given up as lost; also how long a run waits for the last ones
  double rate = 0;  // messages (churn: connects) a second over all senders, open loop; 0: closed loop
  bench::spacing spacing = spacing::even;
  unsigned in_flight = 1;     // closed loop: messages under way per sender
  unsigned size = 32;         // bytes of a payload
  unsigned senders = 0;       // 0: the scenario's usual number: one for cast, everybody for the others
  unsigned rooms = 0;         // room, chat; 0: one for every ten connections
  double probe_rate = 0;      // idle: echoes a second beside the silence, to see whether the server answers
  unsigned casts = 0;         // idle: events to everybody behind the measured time
  unsigned kill_percent = 0;  // idle: so many lines are then reset at once
  double settle = 5;          // idle: seconds watched behind that
  unsigned rounds = 3;        // storm: how often all lines are cut
  bench::backoff backoff = backoff::client;
  std::uint64_t seed = 1;  // of everything that is drawn

  unsigned rooms_or_usual() const noexcept { return rooms ? rooms : std::max(1u, connections / 10); }
  unsigned senders_or_usual() const noexcept {
    const unsigned usual = what == scenario::cast ? 1 : connections;
    return std::min(senders ? senders : usual, connections);
  }
  /// Needs the events of the bench contract at the server (docs/guides/bench.md).
  bool needs_contract() const noexcept {
    return (what != scenario::idle && what != scenario::churn && what != scenario::storm) || probe_rate > 0 || casts > 0;
  }
};

/// What does not go together, as a sentence; empty when all is well.
std::string objection_to(const settings& s);

}  // namespace jackfield::bench
