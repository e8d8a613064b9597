#include "protocol/sio_packet.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <array>

namespace jackfield::protocol {

namespace json = base::json;

namespace {

constexpr std::array<std::string_view, 6> reserved{"connect",       "connect_error", "disconnect",
                                                   "disconnecting", "newListener",   "removeListener"};
constexpr std::size_t longest_reserved = 14;
constexpr std::size_t kept_items = 1024;               // of a scratch, between packets
constexpr std::size_t kept_draft_bytes = 1024 * 1024;  // likewise

sio_error check_value(std::string_view text, std::size_t depth, json::type a, json::type b) noexcept {
  if (!json::valid(text, depth)) return sio_error::invalid_payload;
  const auto kind = json::kind_of(text);
  return kind == a || kind == b ? sio_error::none : sio_error::invalid_payload;
}

sio_error split_items(sio_scratch& scratch, std::size_t depth, std::size_t attachments) {
  auto& p = scratch.packet;
  bool placeholders = false;
  if (!json::scan_array(p.data, scratch.items, depth, &placeholders)) return sio_error::invalid_payload;
  p.items = scratch.items;
  p.placeholders = placeholders && attachments > 0;
  if (p.placeholders && !json::placeholders_fit(p.data, attachments)) return sio_error::illegal_attachments;
  return sio_error::none;
}

sio_error check_name(const sio_packet& p, naming names) {
  if (p.items.empty()) return names == naming::anything ? sio_error::none : sio_error::invalid_payload;
  const auto& name = p.items[0];
  if (name.kind != json::type::string) {
    return names == naming::anything || name.kind == json::type::number ? sio_error::none : sio_error::invalid_payload;
  }
  if (name.plain) return reserved_event_name(json::plain_chars(name)) ? sio_error::reserved_name : sio_error::none;
  if (name.text.size() > longest_reserved * 6 + 2) return sio_error::none;  // longer than one all in escapes
  std::string text;
  json::unescape(name.text, text);
  return reserved_event_name(text) ? sio_error::reserved_name : sio_error::none;
}

}  // namespace

std::string_view text_of(sio_error e) noexcept {
  switch (e) {
    case sio_error::none: return "none";
    case sio_error::unknown_type: return "unknown packet type";
    case sio_error::illegal_attachments: return "illegal attachments";
    case sio_error::too_many_attachments: return "too many attachments";
    case sio_error::invalid_payload: return "invalid payload";
    case sio_error::invalid_namespace: return "invalid namespace";
    case sio_error::invalid_id: return "invalid packet id";
    case sio_error::reserved_name: return "reserved event name";
    case sio_error::unexpected_text: return "got plaintext data when reconstructing a packet";
    case sio_error::unexpected_binary: return "got binary data when not reconstructing a packet";
    case sio_error::refused_by_parser: return "refused by the parser";
  }
  return "unknown";
}

bool reserved_event_name(std::string_view name) noexcept { return std::ranges::find(reserved, name) != reserved.end(); }

void sio_scratch::trim() noexcept {
  finished.reset();
  if (draft && draft->json.capacity() > kept_draft_bytes) draft.reset();
  if (items.capacity() <= kept_items) return;
  packet = {};
  items = std::vector<json::element>();  // braces alone would keep the memory
}

sio_error read_payload(sio_scratch& scratch, const sio_limits& limits, std::size_t attachments, naming names) {
  const auto& p = scratch.packet;
  switch (p.type) {
    case sio_type::connect: return check_value(p.data, limits.depth, json::type::object, json::type::object);
    case sio_type::connect_error: return check_value(p.data, limits.depth, json::type::object, json::type::string);
    case sio_type::event: {
      const auto e = split_items(scratch, limits.depth, attachments);
      return e == sio_error::none ? check_name(p, names) : e;
    }
    case sio_type::ack: return split_items(scratch, limits.depth, attachments);
    default: return sio_error::invalid_payload;  // disconnect has none
  }
}

sio_error adopt_draft(sio_scratch& scratch, const sio_limits& limits) {
  const auto& draft = *scratch.draft;
  auto& p = scratch.packet;
  p = {};
  if (draft.type > packet_type::connect_error) return sio_error::unknown_type;
  if (draft.nsp.size() > limits.nsp_bytes || !base::valid_utf8(draft.nsp)) return sio_error::invalid_namespace;
  if (draft.id.value_or(0) > largest_id) return sio_error::invalid_id;
  if (draft.attachments.size() > limits.attachments) return sio_error::too_many_attachments;
  p.type = static_cast<sio_type>(draft.type);
  p.nsp = draft.nsp;
  p.id = draft.id;
  p.data = draft.json;
  p.has_data = !draft.json.empty();
  if (!p.has_data) return sio_error::none;
  if (const auto e = read_payload(scratch, limits, draft.attachments.size(), naming::anything); e != sio_error::none) return e;
  p.attachments = draft.attachments;
  const bool one_value = p.type == sio_type::connect || p.type == sio_type::connect_error;
  if (one_value && !p.attachments.empty() && !json::placeholders_fit(p.data, p.attachments.size()))
    return sio_error::illegal_attachments;
  return sio_error::none;
}

}  // namespace jackfield::protocol
