// extras: what only some sockets have: questions that wait for answers, answers kept for retries, rules of their own for what
// waits for the client, events that wait for handlers. Made when first needed. Owner: the endpoint. Thread: the worker's.
#pragma once

#include "base/ref.hpp"
#include "socket/ack_table.hpp"
#include "socket/once_memory.hpp"

#include <jackfield/arg.hpp>
#include <jackfield/options.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace jackfield::sio {

/// An event whose turn has not come.
struct held_event {
  std::string name;
  args arguments;  // kept
  std::size_t bytes = 0;
  std::uint64_t ack_id = 0;
  bool wants_ack = false;
};

/// The events of a socket with a handler that takes only so many at a time.
struct held_events {
  std::deque<held_event> list;
  std::size_t bytes = 0;
  bool peer_held = false;     // reading from the peer is stopped for our sake
  bool running = false;       // they are being delivered
  bool leaves_after = false;  // a DISCONNECT waits behind them
};

struct extras {
  std::unique_ptr<ack_table> acks;
  base::ref<once_memory> once;            // null: no event that runs once has come
  std::unique_ptr<held_events> held;      // null: no handler has a limit
  std::optional<outbound_options> rules;  // nothing: the server's
  std::uint64_t displaced = 0;            // events that the client will not see
};

}  // namespace jackfield::sio
