#include "base/limits.hpp"

#include <string>

namespace jackfield::base {

std::string_view name_of(limit l) noexcept {
  switch (l) {
    case limit::request_line: return "request_line";
    case limit::headers: return "headers";
    case limit::body: return "body";
    case limit::request_time: return "request_time";
    case limit::write_stall: return "write_stall";
    case limit::handshake_time: return "handshake_time";
    case limit::pending_handshakes: return "pending_handshakes";
    case limit::message_bytes: return "message_bytes";
    case limit::message_fragments: return "message_fragments";
    case limit::payload_packets: return "payload_packets";
    case limit::connections: return "connections";
    case limit::pending_sessions: return "pending_sessions";
    case limit::node_memory: return "node_memory";
    case limit::unsent_bytes: return "unsent_bytes";
    case limit::outbound: return "outbound";
    case limit::namespace_time: return "namespace_time";
    case limit::namespaces: return "namespaces";
    case limit::child_namespaces: return "child_namespaces";
    case limit::refused_connects: return "refused_connects";
    case limit::middleware_time: return "middleware_time";
    case limit::rooms: return "rooms";
    case limit::pending_acks: return "pending_acks";
    case limit::attachments: return "attachments";
    case limit::attachment_bytes: return "attachment_bytes";
    case limit::attachment_time: return "attachment_time";
    case limit::recovery_log: return "recovery_log";
    case limit::recovery_sessions: return "recovery_sessions";
    case limit::room_changes: return "room_changes";
    case limit::kept_answers: return "kept_answers";
    case limit::count_: break;
  }
  return "unknown";
}

void limit_counts::hit(limit l, time_point now) noexcept {
  auto i = static_cast<std::size_t>(l);
  counts_[i].fetch_add(1, std::memory_order_relaxed);
  if (!said_[i].allow(now)) return;
  try {
    std::string text = "limit reached: ";
    text.append(name_of(l));
    if (auto more = said_[i].take_suppressed()) text += " (and " + std::to_string(more) + " times since it was last logged)";
    log(log_level::warning, text);
  } catch (...) {  // no memory for a log line: the counter has it
  }
}

}  // namespace jackfield::base
