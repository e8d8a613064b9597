// trouble: the ways in which a connection of the load generator fails, each counted by itself. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace jackfield::bench {

enum class trouble : std::uint8_t {
  refused,      // nobody listens, or the queue of the listener is full
  timed_out,    // not in the namespace within the time limit
  no_port,      // no local port left, or another error of connect()
  http_status,  // the server answered the handshake or a poll with an error
  unwelcome,    // CONNECT_ERROR: the namespace refused
  protocol,     // what came was no HTTP, WebSocket, Engine.IO or Socket.IO
  closed,       // the server closed a line that was open
  reset,        // the line broke: reset by peer, broken pipe
  tls,          // the handshake failed: a certificate that does not verify, or no TLS at all
  stalled,      // the server does not read what it is sent: most_unsent bytes wait for it
};
inline constexpr std::size_t troubles = 10;

constexpr std::string_view name_of(trouble t) noexcept {
  constexpr std::array<std::string_view, troubles> names{"refused",  "timed_out", "no_port", "http_status", "unwelcome",
                                                         "protocol", "closed",    "reset",   "tls",         "stalled"};
  return names[static_cast<std::size_t>(t)];
}

}  // namespace jackfield::bench
