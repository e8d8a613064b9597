// fanout: from one encoded packet to its receivers: a walk of the rooms, a reference to the same bytes for each session.
// Thread: the worker's.
#pragma once

#include "adapter/rooms.hpp"
#include "server/nsp.hpp"
#include "server/recovery.hpp"
#include "socket/sent_event.hpp"

#include <jackfield/broadcast.hpp>

#include <boost/container/small_vector.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace jackfield::detail {

/// What a broadcast_operator says, for the worker. Borrows from it.
struct targets {
  explicit targets(const broadcast_operator& o);
  static srv::realm& realm_of(const broadcast_operator& o) noexcept { return *o.nsp_; }
  adapter::audience who() const noexcept { return {rooms, except, but}; }

  boost::container::small_vector<std::string_view, 4> rooms, except;
  const adapter::member* but;
};

}  // namespace jackfield::detail

namespace jackfield::srv {

/// `mark`: left with each, when recovery is on.
/// `receivers`: when not null, the serials of those who were sent it are added.
void fan_out(nsp& n, const adapter::audience& who, const sio::sent_event& event, sent_mark mark = {},
             std::vector<std::uint64_t>* receivers = nullptr);

inline socket& as_socket(adapter::member& m) noexcept { return static_cast<socket&>(m); }

/// The matching sockets, held.
std::vector<base::ref<socket>> select(nsp& n, const adapter::audience& who);

}  // namespace jackfield::srv
