// dialer: what opens the roads of a client's session. The network's is transport/client_dialer.hpp; tests have fakes.
// protocol.md 1.2 (the request), 1.4, 1.5.
//
// Owner: whoever made it; it outlives the sessions that it dials for, up to their on_close. Thread: the session's.
#pragma once

#include "engine/transport.hpp"

#include <string_view>

namespace jackfield::engine {

class dialer {
 public:
  /// Begins to open a road of this kind for `s` and returns it at once, before anything has happened: no callback from inside.
  /// `sid`: empty for the road that opens the session, else the session's, for a candidate.
  ///
  /// The road then calls the session, each time from a turn of its own, until it is detached:
  ///   on_transport_ready   it can send: a WebSocket once its opening handshake is done and whenever a drain was wanted; a
  ///   polling
  ///                        road when a POST was acknowledged, and, while reading is paused, when its last request has ended
  ///   on_packet            what the server sent, the handshake (packet "0") first
  ///   on_undecodable       it sent what is no Engine.IO packet
  ///   on_transport_lost    once: it could not be opened (no such host, refused, certificate, time-out, HTTP status, …) or has
  ///                        ended. transport_close: the server closed it in order; transport_error: everything else. The
  ///                        description is a sentence for people and names the HTTP status where there was one
  ///
  /// What else it must be: close() before the opening is done gives it up without a word; close() of an open polling road sends
  /// what was accepted, then a POST of "1"; a road that is detached without close() just ends. Its requests have a time limit.
  virtual transport_ref dial(session& s, transport_kind kind, std::string_view sid) = 0;

 protected:
  ~dialer() = default;
};

}  // namespace jackfield::engine
