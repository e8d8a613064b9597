// Engine.IO packets: one type digit and text, or binary (always a message).
//
//                                       revision 4                    revision 3
//   text on WebSocket and in payloads   '4' 'h' 'e' 'l' 'l' 'o'       the same
//   binary on WebSocket                 the bytes themselves          04 and the bytes
//   binary in a text payload, or b64    'b' and base64                'b' '4' and base64
//
// Pure; views point into the input.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace jackfield::protocol {

enum class eio_type : std::uint8_t {
  open = 0,     // server: the handshake
  close = 1,    // polling only: the session ends
  ping = 2,     // server: heartbeat; client: upgrade probe
  pong = 3,     // the answer to a ping
  message = 4,  // the application's
  upgrade = 5,  // client: the probed transport takes over
  noop = 6,     // server: releases a parked poll
};

enum class payload_kind : std::uint8_t { text, binary };

/// The revision of the protocol that a session speaks, by its number.
enum class eio_revision : std::uint8_t {
  v3 = 3,  // clients of Socket.IO 1 and 2
  v4 = 4,  // of Socket.IO 3 and later
};

/// One packet, borrowed. A binary packet is always a message.
struct eio_packet {
  eio_type type = eio_type::message;
  payload_kind kind = payload_kind::text;
  std::string_view data;  // without the digit; binary: the raw bytes
};

constexpr char digit(eio_type t) noexcept { return static_cast<char>('0' + static_cast<int>(t)); }

}  // namespace jackfield::protocol
