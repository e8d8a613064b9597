// broadcast_operator: the public value over fanout.
#include "base/host.hpp"
#include "server/fanout.hpp"
#include "server/shard.hpp"
#include "socket/scratch.hpp"
#include "socket/sent_event.hpp"

#include <jackfield/broadcast.hpp>
#include <jackfield/socket.hpp>

#include <utility>

namespace jackfield {
namespace {

/// Runs f on the namespace's worker: now, or in a later turn.
template <class F>
void on_worker(srv::nsp& n, F&& f) {
  auto& host = n.home().host();
  if (host.current())
    f();
  else
    host.post(std::forward<F>(f));
}

template <class Rooms>
broadcast_operator with_all(broadcast_operator op, const Rooms& rooms,
                            broadcast_operator (*add)(broadcast_operator, std::string_view)) {
  for (const auto& r : rooms) op = add(std::move(op), r);
  return op;
}
broadcast_operator add_to(broadcast_operator op, std::string_view room) { return std::move(op).to(room); }
broadcast_operator add_except(broadcast_operator op, std::string_view room) { return std::move(op).except(room); }

sio::sent_event encode(packer& p, srv::nsp& n, const detail::emit_flags& f, std::optional<std::uint64_t> id) {
  auto& s = p.memory();
  sio::check_attachments(s, n.home().environment());
  s.finish(n.home().environment().packets, packet_type::event, n.name(), id);
  return {s, f, id.has_value()};
}

}  // namespace

detail::targets::targets(const broadcast_operator& o) : but(o.but_.get()) {
  for (std::size_t i = 0; i < o.rooms_.size(); ++i) rooms.emplace_back(o.rooms_[i]);
  for (std::size_t i = 0; i < o.except_.size(); ++i) except.emplace_back(o.except_[i]);
}

broadcast_operator::broadcast_operator(detail::ref<srv::nsp> n, detail::emit_flags f, detail::ref<srv::socket> but)
    : nsp_(std::move(n)), but_(std::move(but)), flags_(std::move(f)) {}
broadcast_operator::broadcast_operator(const broadcast_operator&) = default;
broadcast_operator::broadcast_operator(broadcast_operator&&) noexcept = default;
broadcast_operator& broadcast_operator::operator=(const broadcast_operator&) = default;
broadcast_operator& broadcast_operator::operator=(broadcast_operator&&) noexcept = default;
broadcast_operator::~broadcast_operator() = default;

broadcast_operator broadcast_operator::to(std::string_view room) && {
  rooms_.add(room);
  return std::move(*this);
}
broadcast_operator broadcast_operator::to(std::initializer_list<std::string_view> rooms) const {
  return with_all(*this, rooms, add_to);
}
broadcast_operator broadcast_operator::to(const std::vector<std::string>& rooms) const { return with_all(*this, rooms, add_to); }
broadcast_operator broadcast_operator::except(std::string_view room) && {
  except_.add(room);
  return std::move(*this);
}
broadcast_operator broadcast_operator::except(std::initializer_list<std::string_view> rooms) const {
  return with_all(*this, rooms, add_except);
}
broadcast_operator broadcast_operator::except(const std::vector<std::string>& rooms) const {
  return with_all(*this, rooms, add_except);
}

broadcast_operator broadcast_operator::local() const {
  auto op = *this;
  op.flags_.local = true;
  return op;
}
broadcast_operator broadcast_operator::volatile_() const {
  auto op = *this;
  op.flags_.volatile_ = true;
  return op;
}
broadcast_operator broadcast_operator::compress(bool on) const {
  auto op = *this;
  op.flags_.compress = on;
  return op;
}
broadcast_operator broadcast_operator::latest(std::string_view key) const {
  auto op = *this;
  op.flags_.key = key;
  return op;
}
broadcast_operator broadcast_operator::timeout(std::chrono::milliseconds t) const {
  auto op = *this;
  op.flags_.timeout = t;
  return op;
}

void broadcast_operator::send(packer& p) const {
  srv::sent_mark mark;
  if (auto* r = nsp_->recovery()) {
    if (!flags_.volatile_) return r->broadcast(*this, flags_, p);
    mark = srv::recovery::mark_of(p);
  }
  auto packet = encode(p, *nsp_, flags_, std::nullopt);
  if (nsp_->home().host().current()) {
    const detail::targets to(*this);
    return srv::fan_out(*nsp_, to.who(), packet, mark);
  }
  nsp_->home().host().post([op = *this, packet = std::move(packet), mark] {
    const detail::targets to(op);
    srv::fan_out(*op.nsp_, to.who(), packet, mark);
  });
}

pending_answers broadcast_operator::ask(packer& p) const {
  const auto id = nsp_->next_ack_id();
  srv::answers_ref state(new detail::pending_state<answers>);
  on_worker(*nsp_, [op = *this, id, state, packet = encode(p, *nsp_, flags_, id)] {
    const detail::targets to(op);
    std::vector<std::uint64_t> receivers;
    srv::fan_out(*op.nsp_, to.who(), packet, {}, &receivers);
    const auto wanted =
        op.flags_.timeout < std::chrono::milliseconds(0) ? op.nsp_->home().options().limits.ack_time : op.flags_.timeout;
    op.nsp_->acks().ask(id, std::move(receivers), wanted, state);
  });
  return pending_answers(pending<answers>(std::move(state)));
}

pending<std::vector<socket>> broadcast_operator::fetch_sockets() const {
  detail::ref<detail::pending_state<std::vector<socket>>> state(new detail::pending_state<std::vector<socket>>);
  on_worker(*nsp_, [op = *this, state] {
    const detail::targets to(op);
    std::vector<socket> found;
    for (auto& s : srv::select(*op.nsp_, to.who())) found.emplace_back(std::move(s));
    state->complete(std::move(found));
  });
  return pending<std::vector<socket>>(std::move(state));
}

pending<std::vector<std::string>> broadcast_operator::all_sockets() const {
  detail::ref<detail::pending_state<std::vector<std::string>>> state(new detail::pending_state<std::vector<std::string>>);
  on_worker(*nsp_, [op = *this, state] {
    const detail::targets to(op);
    std::vector<std::string> found;
    for (const auto& s : srv::select(*op.nsp_, to.who())) found.emplace_back(s->id());
    state->complete(std::move(found));
  });
  return pending<std::vector<std::string>>(std::move(state));
}

void broadcast_operator::sockets_join(const std::vector<std::string>& rooms) const {
  on_worker(*nsp_, [op = *this, rooms] {
    const detail::targets to(op);
    for (auto& s : srv::select(*op.nsp_, to.who())) {
      for (const auto& r : rooms) s->join(r);
    }
  });
}

void broadcast_operator::sockets_leave(const std::vector<std::string>& rooms) const {
  on_worker(*nsp_, [op = *this, rooms] {
    const detail::targets to(op);
    for (auto& s : srv::select(*op.nsp_, to.who())) {
      for (const auto& r : rooms) s->leave(r);
    }
  });
}

void broadcast_operator::disconnect_sockets(bool close) const {
  on_worker(*nsp_, [op = *this, close] {
    const detail::targets to(op);
    for (auto& s : srv::select(*op.nsp_, to.who())) {
      if (close)
        s->client().disconnect_all();
      else
        s->leave_namespace();
    }
  });
}

}  // namespace jackfield
