// Engine.IO 4 packets: one type digit and text, or raw binary (always a message).
//
//   text on WebSocket and in payloads   '4' 'h' 'e' 'l' 'l' 'o'
//   binary on WebSocket                 the bytes themselves, no digit
//   binary in a payload or with b64     'b' and base64
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

/// One packet, borrowed. A binary packet is always a message.
struct eio_packet {
  eio_type type = eio_type::message;
  payload_kind kind = payload_kind::text;
  std::string_view data;  // without the digit; binary: the raw bytes
};

constexpr char digit(eio_type t) noexcept { return static_cast<char>('0' + static_cast<int>(t)); }

}  // namespace jackfield::protocol
