// Socket.IO 5 packets in the default text form (protocol.md 3.1-3.4): header, namespace, ack id, JSON.
//
//   <type>[<attachments>-][<nsp>,][<id>][<json>]        e.g.  51-/admin,12["baz",{"_placeholder":true,"num":0}]
//
// Pure. The decoder validates all of it and splits the arguments; it builds no tree. Cost: one pass over the text; a
// packet without attachments allocates nothing once its scratch has grown. Errors are values, never exceptions.
#pragma once

#include "protocol/eio_packet.hpp"
#include "protocol/sio_packet.hpp"

#include <jackfield/bytes.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace jackfield::protocol {

/// One per session. After an error it must be reset() or thrown away. Idle: 24 bytes.
class sio_decoder {
 public:
  /// Both outlive the decoder.
  sio_decoder(const sio_limits& limits, sio_scratch& scratch) noexcept : limits_(limits), scratch_(scratch) {}

  enum class outcome : std::uint8_t { packet, need_more /* attachments */, failed };
  /// One Engine.IO message. On `packet`: packet(); on `failed`: error(); both until the scratch is used again.
  outcome add_text(std::string_view text);
  outcome add_binary(bytes_view data);
  const sio_packet& packet() const noexcept { return scratch_.packet; }
  sio_error error() const noexcept { return scratch_.error; }
  const sio_limits& limits() const noexcept { return limits_; }
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
};

/// The header of a packet: everything in front of the JSON. `attachments` > 0 turns event and ack into their binary forms.
/// `nsp` begins with a slash and holds no comma. Appended; or written so that it ends at `end`: returns where it begins.
void write_header(std::string& out, sio_type type, std::string_view nsp, std::optional<std::uint64_t> id,
                  std::size_t attachments);
char* write_header_before(char* end, sio_type type, std::string_view nsp, std::optional<std::uint64_t> id,
                          std::size_t attachments) noexcept;
/// A header with this namespace is no longer: a type, a dash, a comma, two numbers of twenty digits.
constexpr std::size_t header_bytes_at_most(std::string_view nsp) noexcept { return nsp.size() + 43; }

}  // namespace jackfield::protocol
