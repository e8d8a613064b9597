#include "packet.hpp"

#include <utility>

namespace jackfield::bench {

namespace {

using what = packet::what;

// "characters" in front of `text`, without escapes: takes them with both quotes.
bool take_plain_string(std::string_view& text, std::string_view& out) noexcept {
  if (text.empty() || text[0] != '"') return false;
  const auto end = text.find('"', 1);
  if (end == std::string_view::npos) return false;
  out = text.substr(1, end - 1);
  if (out.find('\\') != std::string_view::npos) return false;
  text.remove_prefix(end + 1);
  return true;
}

bool take_digits(std::string_view& text, std::uint64_t& out) noexcept {
  std::size_t digits = 0;
  for (out = 0; digits < text.size() && digits < 15 && text[digits] >= '0' && text[digits] <= '9'; ++digits)
    out = out * 10 + static_cast<std::uint64_t>(text[digits] - '0');
  text.remove_prefix(digits);
  return digits > 0;
}

std::string_view characters_of(const base::json::element& e) noexcept {
  return e.kind == base::json::type::string && e.plain ? base::json::plain_chars(e) : std::string_view();
}

}  // namespace

packet_reader::packet_reader(std::string nsp)
    : nsp_(std::move(nsp)), prefix_(nsp_ == "/" ? std::string() : nsp_ + ","), decoder_(limits_, scratch_) {}

packet packet_reader::read(std::string_view sio) {
  packet p;
  if (read_known(sio, p)) return p;
  return read_any(sio);
}

// 2["name","text"]   3<id>["text"]   3<id>[]
bool packet_reader::read_known(std::string_view sio, packet& out) const noexcept {
  if (sio.empty() || (sio[0] != '2' && sio[0] != '3')) return false;
  out.kind = sio[0] == '2' ? what::event : what::ack;
  sio.remove_prefix(1);
  if (!sio.starts_with(prefix_)) return false;
  sio.remove_prefix(prefix_.size());
  if (out.kind == what::ack && !take_digits(sio, out.id)) return false;
  if (sio == "[]") return out.kind == what::ack;
  if (sio.empty() || sio[0] != '[') return false;
  sio.remove_prefix(1);
  if (out.kind == what::event) {
    if (!take_plain_string(sio, out.name)) return false;
    if (sio.empty() || sio[0] != ',') return false;
    sio.remove_prefix(1);
  }
  return take_plain_string(sio, out.text) && sio == "]";
}

packet packet_reader::read_any(std::string_view sio) {
  const auto outcome = decoder_.add_text(sio);
  if (outcome != protocol::sio_decoder::outcome::packet) {
    decoder_.reset();
    return {outcome == protocol::sio_decoder::outcome::need_more ? what::other : what::malformed, 0, {}, {}};
  }
  const protocol::sio_packet& p = decoder_.packet();
  if (p.nsp != nsp_) return {what::other, 0, {}, {}};
  const auto argument = [&p](std::size_t i) { return p.items.size() > i ? characters_of(p.items[i]) : std::string_view(); };
  switch (p.type) {
    case protocol::sio_type::connect: return {what::connected, 0, {}, {}};
    case protocol::sio_type::connect_error: return {what::refused, 0, {}, p.data};
    case protocol::sio_type::disconnect: return {what::ended, 0, {}, {}};
    case protocol::sio_type::event:
    case protocol::sio_type::binary_event:
      if (p.items.empty()) return {};  // the text's grammar allows it, an event does not
      return {what::event, 0, argument(0), argument(1)};
    case protocol::sio_type::ack:
    case protocol::sio_type::binary_ack: return {what::ack, p.id.value_or(0), {}, argument(0)};
  }
  return {};
}

}  // namespace jackfield::bench
