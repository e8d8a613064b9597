// A Socket.IO packet as everything above the codecs sees it, whatever it looked like on the wire: the canonical form is JSON
// text, split into its elements but not parsed, with attachments beside it (protocol.md 3.1-3.4). Pure. Errors are values. Cost:
// one pass over the JSON; no allocation once the scratch has grown.
#pragma once

#include "base/json.hpp"

#include <jackfield/bytes.hpp>
#include <jackfield/parser.hpp>

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
  std::span<const bytes_view> attachments;     // what placeholders in the data stand for
  bool placeholders = false;                   // attachments must be looked for when an item is read; all are in range
};

struct sio_limits {
  std::size_t attachments = 10;  // per packet
  std::size_t nsp_bytes = 1024;  // a namespace's name
  std::size_t depth = 256;       // nesting of the payload, whose array is the first level
};

inline constexpr std::uint64_t largest_id = (std::uint64_t{1} << 53) - 1;

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
  refused_by_parser,  // a parser of the program's, or MessagePack; it has its own text
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
  sio_error error = sio_error::none;  // what was wrong with the last packet that was refused
  std::vector<base::json::element> items;
  std::vector<bytes_view> attachments;
  std::unique_ptr<sio_unfinished> finished;  // what the last packet's views point into
  std::unique_ptr<packet_draft> draft;       // of a parser's decoder; null until one is used

  /// Gives back what an unusually large packet left here. The next packet does so too; for a thread that may have none
  /// for long. The last packet's views end.
  void trim() noexcept;
};

/// Which first items an event may have (protocol.md 3.4, 3.10). Reserved names are refused in any case.
enum class naming : std::uint8_t { strings_and_numbers, anything };

/// Checks scratch.packet.data against its type and splits it. `attachments`: how many placeholders may refer to.
/// REQUIRES: packet.type is set, packet.data is not empty.
sio_error read_payload(sio_scratch& scratch, const sio_limits& limits, std::size_t attachments, naming names);

/// Makes what a parser's decoder left in scratch.draft the scratch's packet. Checks all of it.
sio_error adopt_draft(sio_scratch& scratch, const sio_limits& limits);

}  // namespace jackfield::protocol
