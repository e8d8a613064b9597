// frame_cache: the WebSocket frames of what is being broadcast: built once, sent to every receiver.
// Server frames are unmasked, so the same bytes serve everybody; and a message deflated without looking back at earlier
// ones serves every connection with a window at least as large. Lives on one worker, for one turn.
#pragma once

#include "base/host.hpp"
#include "base/shared_bytes.hpp"
#include "engine/outgoing.hpp"
#include "protocol/eio3_payload.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace jackfield::transport {

class frame_cache {
 public:
  explicit frame_cache(base::host& h) noexcept : host_(h) {}

  /// All frames of the group, one behind another: "4…" as text, attachments as binary.
  const base::shared_bytes& frames(const engine::outgoing& o) { return cached(slots_, o, {}); }
  /// What connections get that agreed on permessage-deflate.
  struct packing {
    int window_bits;
    std::size_t threshold_bytes;  // messages below it stay as they are
    std::string_view binary_head;
  };
  const base::shared_bytes& packed_frames(const engine::outgoing& o, const packing& how);
  /// The same for clients of revision 3, whose binary begins with its type.
  const base::shared_bytes& prefixed_frames(const engine::outgoing& o) {
    return cached(prefixed_slots_, o, protocol::eio3_binary_head);
  }

 private:
  struct slot {
    std::uint64_t id = 0;
    int window_bits = 0;
    std::size_t binary_head = 0;  // bytes
    base::shared_bytes frames;
  };
  using slots = std::array<slot, 8>;

  const base::shared_bytes& cached(slots& all, const engine::outgoing& o, std::string_view binary_head) {
    slot& s = all[o.id() % all.size()];
    if (s.id != o.id()) fill(s, o, binary_head);
    return s.frames;
  }
  void fill(slot& s, const engine::outgoing& o, std::string_view binary_head);
  void forget_after_turn();

  base::host& host_;
  slots slots_, prefixed_slots_, packed_slots_;
  bool clears_ = false;
};

}  // namespace jackfield::transport
