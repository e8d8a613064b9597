// frame_cache: the WebSocket frames of what is being broadcast: built once, sent to every receiver.
// Server frames are unmasked, so the same bytes serve everybody. Lives on one worker, for one turn.
#pragma once

#include "base/host.hpp"
#include "base/shared_bytes.hpp"
#include "engine/outgoing.hpp"

#include <array>
#include <cstdint>

namespace jackfield::transport {

class frame_cache {
 public:
  explicit frame_cache(base::host& h) noexcept : host_(h) {}

  /// All frames of the group, one behind another: "4…" as text, attachments as binary.
  const base::shared_bytes& frames(const engine::outgoing& o) {
    slot& s = slots_[o.id() % slots_.size()];
    if (s.id != o.id()) fill(s, o);
    return s.frames;
  }

 private:
  struct slot {
    std::uint64_t id = 0;
    base::shared_bytes frames;
  };
  void fill(slot& s, const engine::outgoing& o);

  base::host& host_;
  std::array<slot, 8> slots_;
  bool clears_ = false;
};

}  // namespace jackfield::transport
