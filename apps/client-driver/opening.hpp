// opening: the options of an "open" command, and what a client says of itself.
//
//   transports upgrade tryAllTransports path query extraHeaders timeout reconnection reconnectionAttempts reconnectionDelay
//   reconnectionDelayMax randomizationFactor auth authList ackTimeout retries caFile rejectUnauthorized autoConnect
//   parser ("msgpack") withCredentials proxy certFile keyFile
//
// Absent: the library's default. Times are in milliseconds; timeout false: none.
#pragma once

#include <jackfield/client.hpp>
#include <jackfield/value.hpp>

#include <string>

namespace driver {

/// Of the connection.
jackfield::client_options connection_options(const jackfield::value& opts);
/// Of the socket `sock`. With authList each call of the function is told.
jackfield::client_socket_options socket_options(const std::string& sock, const jackfield::value& opts);
/// Tells the client's own events under this name.
void listen_to(const jackfield::client& c, const std::string& name);

}  // namespace driver
