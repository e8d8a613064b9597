// Engine.IO 3 packets, alone and in polling payloads, as clients of Socket.IO 1 and 2 speak them (protocol.md 2.2, 2.3):
//
//   text payload     6:4hello2:4€10:b4AQIDBA==              length in UTF-16 units, ':', packet; binary as 'b', type, base64
//   binary payload   00 06 FF 34 68 65 6C 6C 6F             0: text; the length in bytes, a byte per digit; FF; the packet
//                    01 05 FF 04 01 02 03 04                1: binary; …; the type as a byte, the data
//   on WebSocket     4hello        04 01 02 03 04           text and binary frames
//
// Pure, any thread, linear. Errors are values (S21), and stricter than the reference's: lengths are digits alone, a length
// beyond the end, base64 that is none, or binary that is no message is undecodable.
#pragma once

#include "protocol/eio_payload.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jackfield::protocol {

/// In front of a binary message: its type.
inline constexpr std::string_view eio3_binary_head = "\x04";

/// One packet of text; nothing: empty, an unknown type, or bad base64. Views as those of decode_eio_text.
std::optional<eio_packet> decode_eio3_text(std::string_view text, std::string& storage);
/// One binary packet; nothing: it is no message.
std::optional<eio_packet> decode_eio3_binary(std::string_view data) noexcept;

/// Appends the packet as text; binary as 'b', '4' and base64.
void append_eio3_text(std::string& out, const eio_packet& p);

/// The two kinds of payload. Binary needs a client that takes it, and is used only for batches that have binary in them.
enum class eio3_form : std::uint8_t { text, binary };
/// Appends the packet with its length in front. `p.data` of kind text must be valid UTF-8.
void append_eio3_packet(std::string& payload, const eio_packet& p, eio3_form form);

/// Reads the packets of a payload one by one. `body` outlives it.
class eio3_payload_reader {
 public:
  using outcome = eio_payload_reader::outcome;
  using step = eio_payload_reader::step;

  /// A body of more than `most_packets` yields too_many at once and nothing else (S21).
  eio3_payload_reader(std::string_view body, eio3_form form, std::size_t most_packets) noexcept;

  /// The next packet. An empty text body is one undecodable packet, an empty binary one has none. Text entries of no length
  /// are passed over. After another outcome than packet: the same again.
  step next();

 private:
  struct entry {
    payload_kind kind = payload_kind::text;
    std::string_view packet;
  };
  static bool take(std::string_view& rest, eio3_form form, entry& out) noexcept;
  std::optional<eio_packet> decode(const entry& e);
  step stop(outcome why) noexcept;

  std::string_view rest_;
  std::string storage_;
  outcome state_ = outcome::packet;  // what next() goes on with
  eio3_form form_;
};

}  // namespace jackfield::protocol
