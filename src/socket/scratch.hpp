// scratch: the memory in which one outgoing packet is put together: JSON text behind room for its header, attachments
// beside it. Each thread keeps a few and uses them again, so that a packet usually costs no allocation.
#pragma once

#include "engine/outgoing.hpp"
#include "protocol/sio_packet.hpp"

#include <jackfield/bytes.hpp>
#include <jackfield/parser.hpp>
#include <jackfield/value.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::sio {

struct scratch {
  /// Digits, a namespace of ordinary length, an id. Longer headers make the text move once.
  static constexpr std::size_t header_room = 128;

  std::string text;                     // header_room bytes, then the JSON array
  std::size_t begin = header_room;      // where the packet begins, once finished
  std::vector<bytes_view> attachments;  // borrowed from the caller, or from `kept`
  std::vector<value> kept;
  std::vector<engine::message_view> group;
  wire_messages wire;       // a parser's, once finished; the built-in text needs none
  bool translated = false;  // they count, not `text`

  /// Closes the array and puts the header in front; or, with a parser, has it make the messages. Once.
  void finish(const parser* by, packet_type type, std::string_view nsp, std::optional<std::uint64_t> id);
  /// The JSON array. REQUIRES: finished.
  std::string_view json() const noexcept { return std::string_view(text).substr(json_at); }
  /// The JSON array so far, without its end. REQUIRES: not finished.
  std::string_view packed() const noexcept { return std::string_view(text).substr(header_room); }
  /// Takes what another packed; the attachments are borrowed.
  void pack(std::string_view json, std::span<const bytes> binary);
  std::span<const engine::message_view> views();
  std::vector<engine::message> owned();

  std::size_t json_at = header_room;
  void clear() noexcept;
};

struct environment;
/// Throws bad_result(too_many) when there are more than a packet may have.
void check_attachments(const scratch& s, const environment& env);

/// Borrows one from this thread's store.
scratch* lease();
void give_back(scratch*) noexcept;

}  // namespace jackfield::sio
