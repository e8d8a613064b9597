// The events of a connection (protocol.md 1.11): kept only for those that somebody listens to.
#include "server/connection_extras.hpp"
#include "server/shard.hpp"

#include <algorithm>
#include <array>

namespace jackfield::srv {
namespace {

using kind = detail::conn_event_kind;

conn_packet seen(const protocol::eio_packet& p) noexcept {
  static constexpr std::array<std::string_view, 7> names{"open", "close", "ping", "pong", "message", "upgrade", "noop"};
  return {names[static_cast<std::size_t>(p.type)], p.data, p.kind == protocol::payload_kind::binary};
}

}  // namespace

void connection::listen_to(kind k, listener_id id, detail::conn_handler f) {
  auto& all = more().listeners;
  all.push_back({id, k, std::make_shared<const detail::conn_handler>(std::move(f))});
  note_listeners();
}

void connection::stop_listening_to(listener_id one) {
  if (!extras_) return;
  std::erase_if(extras_->listeners, [one](const auto& l) { return l.id == one; });
  note_listeners();
}

void connection::note_listeners() {
  unsigned heard = 0;
  for (const auto& l : extras_->listeners) heard |= 1u << static_cast<unsigned>(l.kind);
  extras_->heard = heard;
  auto* s = session();
  if (s == nullptr) return;
  if (hears(kind::drain)) s->watch_drain(true);
  s->watch_sent(hears(kind::packet_create));
}

bool connection::hears(kind k) const noexcept {
  return extras_ != nullptr && (extras_->heard >> static_cast<unsigned>(k) & 1u) != 0;
}

/// To those who listen now; who is added or removed meanwhile is not called.
void connection::tell(const detail::conn_event& e) {
  const base::ref<connection> alive(this);
  const auto all = extras_->listeners;
  for (const auto& l : all) {
    const auto still = [&](const auto& now) { return now.id == l.id; };
    if (l.kind != e.kind || !extras_ || std::none_of(extras_->listeners.begin(), extras_->listeners.end(), still)) continue;
    try {
      (*l.call)(e);
    } catch (...) {
      shard_.report({"connection event", {}, {}, std::current_exception()});
    }
  }
}

void connection::on_packet(engine::session&, const protocol::eio_packet& p) {
  if (hears(kind::packet)) tell({.kind = kind::packet, .packet = seen(p)});
  const auto beat = revision() == protocol::eio_revision::v3 ? protocol::eio_type::ping : protocol::eio_type::pong;
  if (p.type == beat && hears(kind::heartbeat)) tell({.kind = kind::heartbeat});
}
void connection::on_sent(engine::session&, const protocol::eio_packet& p) {
  if (hears(kind::packet_create)) tell({.kind = kind::packet_create, .packet = seen(p)});
}
void connection::on_drain(engine::session& s) {
  if (!hears(kind::drain)) s.watch_drain(false);
  tell_drained({});
  if (hears(kind::drain)) tell({.kind = kind::drain});
}
void connection::on_upgrade(engine::session&, engine::transport_kind to) {
  if (hears(kind::upgrade)) tell({.kind = kind::upgrade, .text = engine::name_of(to)});
}

}  // namespace jackfield::srv
