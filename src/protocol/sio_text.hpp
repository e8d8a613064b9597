// Socket.IO 5 packets in the default text form (protocol.md 3.1-3.4): header, namespace, ack id, JSON.
//
//   <type>[<attachments>-][<nsp>,][<id>][<json>]        e.g.  51-/admin,12["baz",{"_placeholder":true,"num":0}]
//
// Pure. The decoder validates all of it and splits the arguments; it builds no tree.
#pragma once

#include "base/json.hpp"
#include "protocol/eio_packet.hpp"

#include <jackfield/bytes.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::protocol {

enum class sio_type : std::uint8_t {
  connect = 0,
  disconnect = 1,
  event = 2,
  ack = 3,
  connect_error = 4,
  binary_event = 5,
  binary_ack = 6,
};

/// One decoded packet. Views point into the decoder's input (or its own storage while attachments were
/// gathered) and are valid until the next call of the decoder.
struct sio_packet {
  sio_type type = sio_type::event;               // binary_event is reported as event, binary_ack as ack
  std::string_view nsp = "/";
  std::optional<std::uint64_t> id;
  bool has_data = false;                         // a payload was there (protocol.md 3.4: absent is accepted)
  std::string_view data;                         // connect, connect_error: the JSON text
  std::span<const base::json::element> items;    // event: name and arguments; ack: arguments
  std::span<const bytes_view> attachments;       // what placeholders in the items stand for
  bool placeholders = false;                     // attachments must be looked for when an item is read
};

struct sio_limits {
  std::size_t attachments = 10;
  std::size_t nsp_bytes = 1024;
  std::size_t depth = 256;
};

enum class sio_error : std::uint8_t {
  none,
  unknown_type,         // first character is not 0..6
  illegal_attachments,  // no count, zero, or a placeholder out of range
  too_many_attachments,
  invalid_payload,      // not JSON, or of the wrong shape for the type
  invalid_namespace,
  invalid_id,
  reserved_name,
  unexpected_text,      // text while attachments are missing
  unexpected_binary,    // binary without a header
};
std::string_view text_of(sio_error) noexcept;

/// connect, connect_error, disconnect, disconnecting, newListener, removeListener.
bool reserved_event_name(std::string_view name) noexcept;

/// One per session. After an error it must be reset() or thrown away.
class sio_decoder {
 public:
  explicit sio_decoder(const sio_limits& limits) noexcept : limits_(limits) {}   // limits outlive the decoder

  enum class outcome : std::uint8_t { packet, need_more /* attachments */, failed };
  /// One Engine.IO message. On `packet`: packet(); on `failed`: error().
  outcome add_text(std::string_view text);
  outcome add_binary(bytes_view data);
  const sio_packet& packet() const noexcept { return packet_; }
  sio_error error() const noexcept { return error_; }
  /// Bytes kept for an unfinished packet (S26).
  std::size_t held_bytes() const noexcept;
  bool unfinished() const noexcept;
  void reset() noexcept;

 private:
  const sio_limits& limits_;
  sio_packet packet_;
  sio_error error_ = sio_error::none;
};

/// Appends the header of a packet: everything in front of the JSON. `attachments` > 0 turns event and ack
/// into their binary forms.
void write_header(std::string& out, sio_type type, std::string_view nsp, std::optional<std::uint64_t> id, std::size_t attachments);

}  // namespace jackfield::protocol
