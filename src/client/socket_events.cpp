// What comes in: events before and after CONNECT is answered, their offsets, and answers on the connection that asked.
#include "base/json.hpp"
#include "client/manager.hpp"
#include "client/socket.hpp"
#include "socket/scratch.hpp"

#include <utility>

namespace jackfield::cl {
namespace {

// An event's ack id carries the connection that it came on, so that an answer that is late is none to a question of another.
constexpr unsigned id_bits = 53;
constexpr std::uint64_t epoch_mask = 0x3ff;
constexpr std::size_t longest_offset = 1024;  // the reference's have 15 characters

constexpr std::uint64_t stamped(std::uint64_t id, std::uint32_t epoch) noexcept { return id | (epoch & epoch_mask) << id_bits; }

/// How the server calls this event, if it does: its last argument, when that is a string (protocol.md 5.9).
std::optional<std::string> offset_of(const protocol::sio_packet& p) {
  if (p.id || p.items.size() < 2 || p.items.back().kind != base::json::type::string) return std::nullopt;
  if (p.items.back().text.size() > longest_offset) return std::nullopt;
  std::string out;
  base::json::unescape(p.items.back().text, out);
  return out;
}

}  // namespace

void socket::receive(const protocol::sio_packet& p) {
  if (state() == sio::life::gone || !active()) return;
  if (state() != sio::life::connected) return keep_early(p);
  const base::ref<endpoint> alive(this);
  const auto epoch = epoch_;
  auto offset = pid_.empty() ? std::nullopt : offset_of(p);
  auto mine = p;
  if (mine.id) mine.id = stamped(*mine.id, epoch_);
  on_event(mine);
  if (offset && epoch == epoch_) offset_ = std::move(*offset);
}

/// Missed events come before CONNECT is answered; whoever sends them without end is no Socket.IO server.
void socket::keep_early(const protocol::sio_packet& p) {
  early_event e{p.has_data ? std::string(p.data) : std::string(), {}, p.id};
  early_bytes_ += sizeof(early_event) + e.json.size();
  for (auto a : p.attachments) {
    early_bytes_ += a.size();
    e.attachments.emplace_back(a.begin(), a.end());
  }
  if (early_bytes_ > manager_->options().limits.early_event_bytes)
    return manager_->on_nonsense("too many events before the answer to CONNECT");
  early_.push_back(std::move(e));
}

void socket::deliver_early() {
  const auto epoch = epoch_;
  const auto all = std::exchange(early_, {});
  early_bytes_ = 0;
  std::vector<base::json::element> items;
  for (const auto& e : all) {
    if (!same_connection(epoch)) return;
    protocol::sio_packet p;
    const std::vector<bytes_view> attachments(e.attachments.begin(), e.attachments.end());
    p.nsp = nsp_;
    p.id = e.id;
    p.has_data = !e.json.empty();
    p.data = e.json;
    items.clear();
    if (p.has_data) base::json::scan_array(p.data, items, base::json::max_depth, &p.placeholders);
    p.items = items;
    p.attachments = attachments;
    p.placeholders = p.placeholders && !attachments.empty();
    receive(p);
  }
}

void socket::answer(std::uint64_t id, packer& p) {
  if (state() == sio::life::gone) return;
  auto& s = p.memory();
  sio::check_attachments(s, env());
  const auto epoch = id >> id_bits;
  s.finish(env().packets, packet_type::ack, nsp_, id & ((std::uint64_t{1} << id_bits) - 1));
  const auto still = [epoch](const socket& to) {
    return to.state() == sio::life::connected && (to.epoch_ & epoch_mask) == epoch;
  };
  if (env().host.current()) {
    if (auto* to = session(); to != nullptr && still(*this)) to->send(s.views());
    return;
  }
  auto out = engine::outgoing_ref(base::make_ref<engine::outgoing>(s.owned()));
  env().host.post([self = base::ref<socket>(this), out = std::move(out), still] {
    if (!still(*self)) return;
    if (auto* to = self->session()) to->send(out);
  });
}

}  // namespace jackfield::cl
