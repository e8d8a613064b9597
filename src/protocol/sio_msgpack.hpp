// Socket.IO packets in MessagePack: one map {type, nsp, data?, id?} is one binary message (protocol.md 3.10).
// Pure, without state. What is wrong with a packet is a text, in the reference's words where it has them.
#pragma once

#include <jackfield/parser.hpp>

#include <string>
#include <string_view>

namespace jackfield::protocol {

/// The packet of one message; its attachments are borrowed from the message.
decoded decode_msgpack(std::string_view message, const parser_limits& limits, packet_draft& out);

/// Appends the packet.
void encode_msgpack(const packet_view& p, std::string& out);

}  // namespace jackfield::protocol
