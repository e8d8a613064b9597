// sending: packets that are put together whole: CONNECT, DISCONNECT, CONNECT_ERROR, answers that are given again; in the server's
// parser or the built-in text.
// Thread: the worker's.
#pragma once

#include "engine/outgoing.hpp"

#include <jackfield/parser.hpp>

#include <vector>

namespace jackfield::engine {
class session;
}

namespace jackfield::sio {

/// A parser's messages, borrowed, as the engine wants them.
void append_views(const wire_messages& from, std::vector<engine::message_view>& to);

/// Sends one packet. `by`: null for the built-in text, where events and acks alone may have attachments. A parser that throws
/// ends the session: its peer would wait for ever.
void send_packet(engine::session& to, const parser* by, const packet_view& p);

}  // namespace jackfield::sio
