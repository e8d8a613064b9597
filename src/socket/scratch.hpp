// scratch: the memory in which one outgoing packet is put together: JSON text behind room for its header, attachments
// beside it. Each thread keeps a few and uses them again, so that a packet usually costs no allocation.
#pragma once

#include "engine/outgoing.hpp"
#include "protocol/sio_text.hpp"

#include <jackfield/bytes.hpp>
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

  std::string text;                 // header_room bytes, then the JSON array
  std::size_t begin = header_room;  // where the packet begins, once finished
  std::string header;
  std::vector<bytes_view> attachments;  // borrowed from the caller, or from `kept`
  std::vector<value> kept;
  std::vector<engine::message_view> group;

  /// Puts the header in front and closes the array. Once.
  void finish(protocol::sio_type type, std::string_view nsp, std::optional<std::uint64_t> id);
  /// REQUIRES: finished.
  std::string_view packet() const noexcept { return std::string_view(text).substr(begin); }
  /// The JSON array behind the header. REQUIRES: finished.
  std::string_view json() const noexcept { return std::string_view(text).substr(json_at); }
  std::span<const engine::message_view> views();
  std::vector<engine::message> owned() const;

  std::size_t json_at = header_room;
  void clear() noexcept;
};

/// Borrows one from this thread's store.
scratch* lease();
void give_back(scratch*) noexcept;

}  // namespace jackfield::sio
