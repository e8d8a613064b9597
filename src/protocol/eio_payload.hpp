// Engine.IO 4 packets as text, alone (a WebSocket text frame) and joined in a polling payload (protocol.md 1.1, 1.4):
//
//   4hello  1E  bAQIDBA==  1E  2        a message, a binary message 01 02 03 04, a ping
//
// Pure, any thread, linear. Errors are values (S21). Binary travels as base64 and is decoded into storage that the
// caller keeps; text that is not UTF-8 is undecodable.
#pragma once

#include "protocol/eio_packet.hpp"

#include <jackfield/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jackfield::protocol {

inline constexpr char payload_separator = '\x1e';

/// One packet of text; nothing: empty, an unknown type, or bad base64. The data points into `text`, or into `storage`
/// when it is binary, which is overwritten. Does not look whether text is UTF-8: WebSocket has (S14).
std::optional<eio_packet> decode_eio_text(std::string_view text, std::string& storage);

/// Appends the packet as text; binary as 'b' and base64.
void append_eio_text(std::string& out, const eio_packet& p);
/// The same behind a separator, unless `payload` is empty so far.
void append_eio_packet(std::string& payload, const eio_packet& p);
/// Bytes that append_eio_text adds.
std::size_t eio_text_size(const eio_packet& p) noexcept;

/// Reads the packets of a polling payload one by one. `body` outlives it.
class eio_payload_reader {
 public:
  /// A body of more than `most_packets` yields too_many at once and nothing else (S21).
  eio_payload_reader(std::string_view body, std::size_t most_packets) noexcept;

  enum class outcome : std::uint8_t { packet, end, undecodable, too_many };
  struct step {
    outcome what;
    eio_packet packet;  // valid until the next call
  };
  /// The next packet. An empty body is one undecodable packet. After another outcome than packet: the same again.
  step next();

 private:
  step stop(outcome why) noexcept;

  std::string_view rest_;
  std::string storage_;
  outcome state_ = outcome::packet;  // what next() goes on with
  bool last_ = false;
};

}  // namespace jackfield::protocol
