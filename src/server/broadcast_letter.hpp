// broadcast_letter: an event for the sockets of a namespace, told to another worker: a copy of what is sent and of the names of
// whom it is for, on the sheet that a turn writes for that worker (base/letter_sheet.hpp). So it costs its bytes, where an event
// shared by reference costs what two processors pay for writing to the same memory: its counts, and its end on another thread
// than its beginning. Large events are shared all the same.
//
// Thread: written in a turn of one worker, called in one of another.
#pragma once

#include "adapter/rooms.hpp"
#include "engine/outgoing.hpp"
#include "socket/sent_event.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace jackfield::srv {

class realm;
class shard;

class broadcast_letter {
 public:
  /// Longer ones are not copied.
  static constexpr std::size_t most_bytes = 1024;

  /// Writes it for `to`. `who` has no socket of `to` as exception. False: it has to be posted: it is too long, has attachments,
  /// or nothing is written to `to` from here.
  static bool write(shard& to, realm& n, const adapter::audience& who, const sio::sent_event& event);

  broadcast_letter(shard& to, realm& n) noexcept : to_(to), nsp_(n) {}
  void operator()() const;

 private:
  using length = std::uint16_t;  // behind us: the lengths of all names, the names, the key, the text
  static_assert(most_bytes <= UINT16_MAX);

  shard& to_;
  realm& nsp_;  // the sheet keeps it
  std::uint16_t rooms_ = 0, exceptions_ = 0, key_bytes_ = 0, text_bytes_ = 0, json_at_ = 0;
  engine::delivery how_ = engine::delivery::regular;
  engine::compression compress_ = engine::compression::allowed;
  engine::patience patient_ = engine::patience::keep;
};

}  // namespace jackfield::srv
