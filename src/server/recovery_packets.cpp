// Packets that are kept: stamped with their offset, recorded, sent. One after another: an event that a listener emits while
// another is on its way follows it, so that every client gets packets in the order of their numbers.
#include "base/host.hpp"
#include "server/fanout.hpp"
#include "server/nsp.hpp"
#include "server/recovery.hpp"
#include "server/shard.hpp"
#include "server/socket.hpp"
#include "socket/scratch.hpp"

#include <jackfield/socket.hpp>

#include <algorithm>
#include <utility>

namespace jackfield::srv {

/// An event that is to be sent later: its arguments, for one socket or for many.
struct recovery::parcel {
  parcel(const sio::scratch& s, const detail::emit_flags& f) : flags(f), text(s.packed()) {
    for (auto a : s.attachments) attachments.emplace_back(a.begin(), a.end());
  }
  void unpack(packer& p) const { p.memory().pack(text, attachments); }

  detail::emit_flags flags;
  std::string text;  // the JSON array without its end
  std::vector<bytes> attachments;
  std::optional<broadcast_operator> many;
  base::ref<socket> one;
};

recovery::recovery(nsp& n, std::unique_ptr<adapter::recovery_store> store) : nsp_(n), store_(std::move(store)) {}
recovery::~recovery() = default;

void recovery::end() noexcept {
  over_.store(true, std::memory_order_release);
  waiting_.clear();
  live_.clear();
  store_.reset();
}

/// The time in which one packet goes to its receivers.
class recovery::sending {
 public:
  explicit sending(recovery& r) noexcept : r_(r) { r_.busy_ = true; }
  sending(const sending&) = delete;
  sending& operator=(const sending&) = delete;
  ~sending() {
    r_.busy_ = false;
    while (!r_.busy_ && !r_.waiting_.empty()) {
      const auto next = std::move(r_.waiting_.front());
      r_.waiting_.pop_front();
      r_.run(*next);
    }
  }

 private:
  recovery& r_;
};

bool recovery::now() const noexcept { return nsp_.home().host().current() && !busy_; }

void recovery::put_off(std::unique_ptr<parcel> p) {
  auto& host = nsp_.home().host();
  if (host.current()) return waiting_.push_back(std::move(p));
  host.post([n = base::ref<nsp>(&nsp_), p = std::move(p)] {
    auto* self = n->recovery();
    if (!self->over()) self->run(*p);
  });
}

/// Nobody is left to hear of a parser that throws but on_fault.
void recovery::run(const parcel& p) {
  try {
    packer again;
    p.unpack(again);
    if (p.many)
      broadcast_now(*p.many, p.flags, again);
    else
      emit_now(*p.one, p.flags, again);
  } catch (...) {
    nsp_.home().report({"emit", nsp_.name(), {}, std::current_exception()});
  }
}

void recovery::broadcast(const broadcast_operator& to, const detail::emit_flags& f, packer& p) {
  sio::check_attachments(p.memory(), nsp_.home().environment());
  if (now()) return broadcast_now(to, f, p);
  auto later = std::make_unique<parcel>(p.memory(), f);
  later->many = to;
  put_off(std::move(later));
}

bool recovery::emit(socket& to, const detail::emit_flags& f, packer& p) {
  sio::check_attachments(p.memory(), nsp_.home().environment());
  if (now()) return emit_now(to, f, p);
  auto later = std::make_unique<parcel>(p.memory(), f);
  later->one = base::ref<socket>(&to);
  put_off(std::move(later));
  return true;
}

recovery::made recovery::record(packer& p, const detail::emit_flags& f, adapter::addressees to) {
  auto& s = p.memory();
  s.text += ",\"";
  store_->write_offset(s.text);
  s.text += '"';
  s.finish(nsp_.home().environment().packets, packet_type::event, nsp_.name(), std::nullopt);
  sio::sent_event event(s, f, false, store_->last() + 1);
  const auto number = store_->record(event.wire(), std::move(to));
  return {std::move(event), number};
}

void recovery::broadcast_now(const broadcast_operator& to, const detail::emit_flags& f, packer& p) {
  const detail::targets those(to);
  const auto who = those.who();
  const auto packet = record(p, f, {who.in, who.except, who.but != nullptr ? who.but->member_id() : std::string_view()});
  const sending turn(*this);
  fan_out(nsp_, who, packet.event, {packet.number});
}

bool recovery::emit_now(socket& to, const detail::emit_flags& f, packer& p) {
  socket* reader = &to;
  auto* state = to.recovery_state();
  if (to.state() == sio::life::gone) {
    const auto heir = live_.find(state->pid.view());
    reader = heir != live_.end() ? heir->second : nullptr;
    if (reader == nullptr && store_->find(state->pid.view()) == nullptr) return false;
  }
  const std::string_view room = to.id();
  const auto packet = record(p, f, {std::span(&room, 1), {}});
  if (reader == nullptr || reader->recovery_state()->back) return true;  // it will be among what was missed
  const sending turn(*this);
  const base::ref<socket> alive(reader);
  if (reader->hears_outgoing()) reader->notify_outgoing(packet.event.json(), packet.event.attachments());
  sent_mark{packet.number}.leave(*reader->recovery_state());
  auto* session = reader->session();
  return session != nullptr && reader->note(session->send(packet.event.wire(), reader->lane()));
}

sent_mark recovery::mark_of(packer& p) noexcept {
  constexpr std::size_t longest = 24;  // of offsets
  const std::string_view text = p.memory().text;
  if (!text.ends_with('"')) return {};
  const auto inside = text.substr(0, text.size() - 1);
  const auto tail = inside.substr(inside.size() - std::min(inside.size(), longest));
  const auto begin = tail.rfind('"');
  if (begin == std::string_view::npos) return {};
  const auto last = tail.substr(begin + 1);
  const bool odd = last.find('\\') != std::string_view::npos || tail.find('\\') != std::string_view::npos;
  return {0, odd || last.starts_with('~') ? adapter::offset_trust::forged : adapter::offset_trust::sound};
}

}  // namespace jackfield::srv
