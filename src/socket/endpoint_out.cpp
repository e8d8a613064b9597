// The way of a packet out: straight from the thread's scratch on the worker, as a copy from other threads.
#include "socket/endpoint.hpp"
#include "socket/scratch.hpp"

#include <utility>
#include <vector>

namespace jackfield::sio {

engine::delivery delivery_of(const detail::emit_flags& f) noexcept {
  return f.volatile_ ? engine::delivery::if_writable : engine::delivery::regular;
}
engine::compression compression_of(const detail::emit_flags& f) noexcept {
  return f.compress ? engine::compression::allowed : engine::compression::none;
}

bool endpoint::emit(const detail::emit_flags& f, packer& p, waiter_ref w) {
  if (state() == life::gone) {
    if (w) w->failed(error{errc::disconnected, "the socket is gone"});
    return false;
  }
  auto& s = p.memory();
  if (s.attachments.size() > env_.attachments) {
    throw bad_result(error{errc::too_many, "more than " + std::to_string(env_.attachments) + " attachments"});
  }
  std::optional<std::uint64_t> id;
  if (w) id = next_ack_id();
  s.finish(protocol::sio_type::event, nsp_name(), id);
  if (env_.host.current()) return send_here(f, s, id, std::move(w));
  auto out = base::make_ref<engine::outgoing>(s.owned(), delivery_of(f), compression_of(f));
  const auto json_at = s.json_at - s.begin;
  env_.host.post(
      [self = base::ref<endpoint>(this), out = engine::outgoing_ref(std::move(out)), f, id, json_at, w = std::move(w)]() mutable {
        const bool gone = self->state() == life::gone;
        if (gone && w) w->failed(error{errc::disconnected, "the socket is gone"});
        if (gone || (w && !self->wait_for(*id, std::move(w), f))) return;
        if (self->hears_outgoing()) {
          std::vector<bytes_view> attachments;
          for (std::size_t i = 1; i < out->messages().size(); ++i) attachments.push_back(out->messages()[i].data.view());
          self->notify_outgoing(out->messages().front().data.chars().substr(json_at), attachments);
        }
        if (auto* session = self->session()) session->send(out);
      });
  return true;
}

bool endpoint::send_here(const detail::emit_flags& f, scratch& s, std::optional<std::uint64_t> id, waiter_ref w) {
  if (w && !wait_for(*id, std::move(w), f)) return false;
  if (hears_outgoing()) notify_outgoing(s.json(), s.attachments);
  auto* to = session();
  return to != nullptr && to->send(s.views(), delivery_of(f), compression_of(f));
}

bool endpoint::wait_for(std::uint64_t id, waiter_ref w, const detail::emit_flags& f) {
  if (!acks_) acks_ = std::make_unique<ack_table>(env_.host, *this);
  if (acks_->size() >= env_.pending_acks) {
    env_.host.hit(base::limit::pending_acks);
    w->failed(error{errc::too_many, "too many acknowledgements are waited for"});
    return false;
  }
  acks_->add(id, std::move(w), f.timeout < std::chrono::milliseconds(0) ? env_.ack_timeout : base::duration(f.timeout));
  return true;
}

/// Also of a socket that is gone: another may have its memory.
void endpoint::answer_once(std::uint64_t ticket, packer& p) {
  if (!once_ || !once_->open()) return;
  auto& s = p.memory();
  std::string json = s.text.substr(scratch::header_room) + "]";
  std::vector<bytes> attachments;
  for (auto a : s.attachments) attachments.emplace_back(a.begin(), a.end());
  if (env_.host.current()) return once_->answer(ticket, json, std::move(attachments));
  env_.host.post([m = once_, ticket, json = std::move(json), a = std::move(attachments)]() mutable {
    if (m->open()) m->answer(ticket, json, std::move(a));
  });
}

void endpoint::send_answer(std::uint64_t id, std::string_view json, const std::vector<bytes>& attachments) {
  auto* to = session();
  if (to == nullptr) return;
  std::string text;
  protocol::write_header(text, protocol::sio_type::ack, nsp_name(), id, attachments.size());
  text += json;
  std::vector<engine::message_view> group{{protocol::payload_kind::text, text}};
  for (const auto& a : attachments) group.push_back({protocol::payload_kind::binary, as_chars(a)});
  to->send(group);
}

void endpoint::answer(std::uint64_t id, packer& p) {
  if (once_memory::is_ticket(id)) return answer_once(id, p);
  if (state() == life::gone) return;
  auto& s = p.memory();
  if (s.attachments.size() > env_.attachments) {
    throw bad_result(error{errc::too_many, "more than " + std::to_string(env_.attachments) + " attachments"});
  }
  s.finish(protocol::sio_type::ack, nsp_name(), id);
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
