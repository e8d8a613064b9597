// The way of a packet out: straight from the thread's scratch on the worker, as a copy from other threads.
#include "socket/endpoint.hpp"
#include "socket/scratch.hpp"
#include "socket/sending.hpp"
#include "socket/sent_event.hpp"

#include <utility>
#include <vector>

namespace jackfield::sio {

void check_attachments(const scratch& s, const environment& env) {
  if (s.attachments.size() > env.attachments)
    throw bad_result(error{errc::too_many, "more than " + std::to_string(env.attachments) + " attachments"});
}

bool endpoint::emit(const detail::emit_flags& f, packer& p, waiter_ref w) {
  if (state() == life::gone) {
    if (w) w->failed(error{errc::disconnected, "the socket is gone"});
    return false;
  }
  auto& s = p.memory();
  check_attachments(s, env_);
  std::optional<std::uint64_t> id;
  if (w) id = next_ack_id();
  s.finish(env_.packets, packet_type::event, nsp_name(), id);
  if (env_.host.current()) return send_here(f, s, id, std::move(w));
  env_.host.post([self = base::ref<endpoint>(this), sent = sent_event(s, f, id.has_value()), f, id, w = std::move(w)]() mutable {
    const bool gone = self->state() == life::gone;
    if (gone && w) w->failed(error{errc::disconnected, "the socket is gone"});
    if (gone || (w && !self->wait_for(*id, std::move(w), f))) return;
    if (self->hears_outgoing()) self->notify_outgoing(sent.json(), sent.attachments());
    if (auto* session = self->session()) self->note(session->send(sent.wire(), self->lane()));
  });
  return true;
}

bool endpoint::send_here(const detail::emit_flags& f, scratch& s, std::optional<std::uint64_t> id, waiter_ref w) {
  if (w && !wait_for(*id, std::move(w), f)) return false;
  if (hears_outgoing()) notify_outgoing(s.json(), s.attachments);
  auto* to = session();
  return to != nullptr && note(to->send(s.views(), terms_of(f, id.has_value()), lane()));
}

bool endpoint::wait_for(std::uint64_t id, waiter_ref w, const detail::emit_flags& f) {
  if (acks_pending() >= env_.pending_acks) {
    env_.host.hit(base::limit::pending_acks);
    w->failed(error{errc::too_many, "too many acknowledgements are waited for"});
    return false;
  }
  await_answer(id, std::move(w), f);
  return true;
}

void endpoint::await_answer(std::uint64_t id, waiter_ref w, const detail::emit_flags& f) {
  auto& acks = own_extras().acks;
  if (!acks) acks = std::make_unique<ack_table>(env_.host, *this);
  acks->add(id, std::move(w), f.timeout < std::chrono::milliseconds(0) ? default_ack_time() : base::duration(f.timeout));
}

/// Also of a socket that is gone: another may have its memory.
void endpoint::answer_once(std::uint64_t ticket, packer& p) {
  if (!extras_ || !extras_->once || !extras_->once->open()) return;
  auto& s = p.memory();
  std::string json = std::string(s.packed()) + ']';
  std::vector<bytes> attachments;
  for (auto a : s.attachments) attachments.emplace_back(a.begin(), a.end());
  extras_->once->bring_answer(ticket, std::move(json), std::move(attachments));
}

void endpoint::send_answer(std::uint64_t id, std::string_view json, const std::vector<bytes>& attachments) {
  auto* to = session();
  if (to == nullptr) return;
  const std::vector<bytes_view> views(attachments.begin(), attachments.end());
  send_packet(*to, env_.packets, {packet_type::ack, nsp_name(), id, json, views});
}

void endpoint::answer(std::uint64_t id, packer& p) {
  if (once_memory::is_ticket(id)) return answer_once(id, p);
  if (state() == life::gone) return;
  auto& s = p.memory();
  check_attachments(s, env_);
  s.finish(env_.packets, packet_type::ack, nsp_name(), id);
  if (env_.host.current()) {
    if (auto* to = session()) to->send(s.views());
    return;
  }
  auto out = engine::outgoing_ref(base::make_ref<engine::outgoing>(s.owned()));
  env_.host.post([self = base::ref<endpoint>(this), out = std::move(out)] {
    if (self->state() == life::gone) return;
    if (auto* to = self->session()) to->send(out);
  });
}

void endpoint::notify_outgoing(std::string_view json, std::span<const bytes_view> attachments) {
  std::vector<base::json::element> items;
  if (!base::json::scan_array(json, items) || items.empty()) return;
  std::string name;
  if (items.front().kind == base::json::type::string) base::json::unescape(items.front().text, name);
  const args arguments(std::span<const base::json::element>(items).subspan(1), attachments);
  detail::incoming in;
  in.name = name;
  in.arguments = &arguments;
  tell(special_name::any_outgoing, in);
}

}  // namespace jackfield::sio
