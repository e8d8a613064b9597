// Socket.IO 5 packets in the default text form (protocol.md 3.1-3.4): header, namespace, ack id, JSON.
//
//   <type>[<attachments>-][<nsp>,][<id>][<json>]        e.g.  51-/admin,12["baz",{"_placeholder":true,"num":0}]
//
// Pure. The decoder validates all of it and splits the arguments; it builds no tree. Cost: one pass over the text; a
// packet without attachments allocates nothing once its scratch has grown. Errors are values, never exceptions.
#pragma once

#include "base/json.hpp"
#include "protocol/eio_packet.hpp"

#include <jackfield/bytes.hpp>

#include <cstdint>
#include <memory>
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

/// One decoded packet. Views point into the decoder's input and its scratch and are valid until the next call of any
/// decoder with the same scratch.
struct sio_packet {
  sio_type type = sio_type::event;  // binary_event is reported as event, binary_ack as ack
  std::string_view nsp = "/";
  std::optional<std::uint64_t> id;
  bool has_data = false;                       // a payload was there (protocol.md 3.4: absent is accepted)
  std::string_view data;                       // the JSON text, without blanks around it
  std::span<const base::json::element> items;  // event: name and arguments; ack: arguments
  std::span<const bytes_view> attachments;     // what placeholders in the items stand for
  bool placeholders = false;                   // attachments must be looked for when an item is read; all are in range
};

struct sio_limits {
  std::size_t attachments = 10;  // per packet
  std::size_t nsp_bytes = 1024;  // a namespace's name
  std::size_t depth = 256;       // nesting of the payload, whose array is the first level
};

enum class sio_error : std::uint8_t {
  none,
  unknown_type,         // first character is not 0..6
  illegal_attachments,  // no count, zero, or a placeholder out of range
  too_many_attachments,
  invalid_payload,  // not JSON, or of the wrong shape for the type
  invalid_namespace,
  invalid_id,
  reserved_name,
  unexpected_text,    // text while attachments are missing
  unexpected_binary,  // binary without a header
};
std::string_view text_of(sio_error) noexcept;

/// connect, connect_error, disconnect, disconnecting, newListener, removeListener.
bool reserved_event_name(std::string_view name) noexcept;

/// A packet whose attachments are being gathered: a copy of its text and of what came so far.
struct sio_unfinished {
  std::string text;
  std::vector<bytes> attachments;
  std::size_t announced = 0;  // never allocated by
  std::size_t held = 0;       // bytes
};

/// What decoding needs besides the state of one session: one per thread, shared by all its decoders.
struct sio_scratch {
  sio_packet packet;
  std::vector<base::json::element> items;
  std::vector<bytes_view> attachments;
  std::unique_ptr<sio_unfinished> finished;  // what the last packet's views point into

  /// Gives back what an unusually large packet left here. The next packet does so too; for a thread that may have none
  /// for long. The last packet's views end.
  void trim() noexcept;
};

/// One per session. After an error it must be reset() or thrown away. Idle: 32 bytes.
class sio_decoder {
 public:
  /// Both outlive the decoder.
  sio_decoder(const sio_limits& limits, sio_scratch& scratch) noexcept : limits_(limits), scratch_(scratch) {}

  enum class outcome : std::uint8_t { packet, need_more /* attachments */, failed };
  /// One Engine.IO message. On `packet`: packet(); on `failed`: error().
  outcome add_text(std::string_view text);
  outcome add_binary(bytes_view data);
  const sio_packet& packet() const noexcept { return scratch_.packet; }
  sio_error error() const noexcept { return error_; }
  /// Bytes kept for an unfinished packet (S26).
  std::size_t held_bytes() const noexcept { return unfinished_ ? unfinished_->held : 0; }
  bool unfinished() const noexcept { return unfinished_ != nullptr; }
  void reset() noexcept;

 private:
  outcome fail(sio_error e) noexcept;
  outcome hold(std::string_view text, std::size_t attachments);

  const sio_limits& limits_;
  sio_scratch& scratch_;
  std::unique_ptr<sio_unfinished> unfinished_;
  sio_error error_ = sio_error::none;
};

/// Appends the header of a packet: everything in front of the JSON. `attachments` > 0 turns event and ack
/// into their binary forms. `nsp` begins with a slash and holds no comma.
void write_header(std::string& out, sio_type type, std::string_view nsp, std::optional<std::uint64_t> id,
                  std::size_t attachments);

}  // namespace jackfield::protocol
