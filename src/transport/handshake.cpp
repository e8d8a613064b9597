// The last steps of an admission: a session is opened over polling or WebSocket, or gets a second road.
#include "protocol/handshake.hpp"
#include "protocol/jsonp.hpp"
#include "transport/admission.hpp"
#include "transport/guarded.hpp"
#include "wire/cookie.hpp"
#include "wire/http_text.hpp"

namespace jackfield {

void response_headers::set(std::string_view name, std::string_view value) {
  std::erase_if(lines_, [&](const auto& line) { return wire::equal_ignoring_case(line.first, name); });
  add(name, value);
}

void response_headers::add(std::string_view name, std::string_view value) {
  wire::check_header(name, value);
  lines_.emplace_back(name, value);
}

namespace transport {

using engine::bad_request;
using engine::transport_kind;
using engine::verdict;
using protocol::eio_refusal;

namespace {

void append(std::string& lines, const response_headers& h) {
  for (const auto& [name, value] : h.lines()) lines.append(name).append(": ").append(value).append("\r\n");
}

bool old_explorer(const http_head& head) {
  std::string_view agent = head.header("user-agent");
  return agent.find(";MSIE") != std::string_view::npos || agent.find("Trident/") != std::string_view::npos;
}

}  // namespace

/// CORS and middleware lines, and what the hooks add (protocol.md 1.11).
std::string admission::answer_lines(bool first_of_session) const {
  std::string lines = lines_;
  if (form_ == engine::request_form::plain && old_explorer(head())) lines += "X-XSS-Protection: 0\r\n";
  const engine_hooks& hooks = gateway_.hooks_;
  if (!hooks.headers_fn && !(first_of_session && hooks.initial_headers_fn)) return lines;
  guarded("a header hook", [&] {
    response_headers h;
    if (first_of_session && hooks.initial_headers_fn) hooks.initial_headers_fn(h, head());
    if (hooks.headers_fn) hooks.headers_fn(h, head());
    append(lines, h);
  });
  return lines;
}

std::string admission::open_json(const engine::session& s, transport_kind t) const {
  std::string json;
  protocol::write_open(json, s.id(), t == transport_kind::polling ? gateway_.open_tail_polling_ : gateway_.open_tail_websocket_);
  return json;
}

void admission::open_session(const verdict& v) {
  bool full = !gateway_.retired_ && !gateway_.sink_.has_room();
  if (full) gateway_.worker_.hit(base::limit::pending_sessions);
  if (full || gateway_.retired_)
    return answer_text(*connection_, 503, "Service Unavailable", lines_ + "Retry-After: 5\r\n", net::after_answer::close);
  if (v.revision == protocol::eio_revision::v3 && !gateway_.options_.allow_eio3)
    return refuse(eio_refusal::unsupported_version, {{"protocol", "3"}}, 400);
  if (gateway_.options_.generate_id) return name_session(v);
  open_as(v, gateway_.group_.id_at(gateway_.number_));
}

/// An id of the program's: it may name another worker, and then the session is opened there.
void admission::name_session(const verdict& v) {
  if (v.transport == transport_kind::websocket && !handshake_ok(wire::ws_check_handshake(head()))) return;
  std::string id;
  guarded("generate_id", [&] { id = gateway_.options_.generate_id(head()); });
  gateway* home = id.empty() ? nullptr : gateway_.group_.elsewhere(id, gateway_);
  if (!home) return open_as(v, id);
  connection_->move_to(home->worker_, *home,
                       [home, v, id = std::move(id), lines = lines_, form = form_](net::http_connection& arrived) {
                         auto there = base::make_ref<admission>(*home, arrived, std::string(), form);
                         there->lines_ = lines;
                         if (home->retired_) arrived.serve_one_request();
                         there->open_as(v, id);
                       });
}

void admission::open_as(const verdict& v, std::string_view id) {
  if (v.transport == transport_kind::polling) {
    payload_form form{form_of(v)};
    if (wants_jsonp(v)) form.jsonp = std::make_unique<const std::string>(protocol::jsonp_index(*v.jsonp));
    if (auto s = new_session(v, id)) open_polling(std::move(s), std::move(form));
    return;
  }
  auto shake = wire::ws_check_handshake(head());
  if (!handshake_ok(shake)) return;
  if (auto s = new_session(v, id)) open_websocket(std::move(s), shake, form_of(v));
}

/// Null: refused, and answered.
engine::session_ref admission::new_session(const verdict& v, std::string_view id) {
  auto s = base::make_ref<engine::session>(gateway_.worker_, gateway_.session_options_, id, connection_->head(),
                                           connection_->remote_address(), v.revision);
  if (!id.empty() && gateway_.sessions_.add(s)) return s;
  refuse_bad(bad_request::id_generation_error);
  return nullptr;
}

void admission::open_polling(engine::session_ref s, payload_form form) {
  std::string lines = answer_lines(true);
  if (const auto& cookie = gateway_.options_.cookie; !cookie.name.empty())
    lines.append("Set-Cookie: ").append(wire::set_cookie(cookie, s->id(), head().secure())).append("\r\n");
  auto road = base::make_ref<polling_transport>(gateway_.polling_settings_, std::move(form));
  road->park(*connection_, std::move(lines));
  road->start(*s);
  s->open(road, open_json(*s, transport_kind::polling), gateway_.options_.initial_packet);
  gateway_.sink_.on_session(*s);
}

bool admission::handshake_ok(const wire::ws_handshake_result& shake) {
  if (shake.status == 101) return true;
  std::string lines = lines_;
  if (shake.status == 426) lines += "Sec-WebSocket-Version: 13\r\n";
  if (shake.status == 405) lines += "Allow: GET\r\n";
  ++gateway_.refused_;
  answer_refused_upgrade(*connection_, shake.status, shake.text, lines);
  return false;
}

/// Null: the peer went.
base::ref<ws_transport> admission::switch_protocols(const wire::ws_handshake_result& shake, std::string lines, packet_form form) {
  if (!shake.subprotocol.empty()) lines.append("Sec-WebSocket-Protocol: ").append(shake.subprotocol).append("\r\n");
  auto agreed = gateway_.agree_deflate(shake.extensions);
  if (agreed) lines.append("Sec-WebSocket-Extensions: ").append(wire::deflate_response(*agreed)).append("\r\n");
  auto ws = connection_->upgrade(gateway_.ws_settings_, shake.accept, lines, agreed ? &*agreed : nullptr);
  return ws ? base::make_ref<ws_transport>(std::move(ws), gateway_.frames_, form) : nullptr;
}

void admission::open_websocket(engine::session_ref s, const wire::ws_handshake_result& shake, packet_form form) {
  std::string early = connection_->early();
  auto road = switch_protocols(shake, answer_lines(true), form);
  if (!road) return s->discard();
  road->start(*s, early);
  s->open(road, open_json(*s, transport_kind::websocket), gateway_.options_.initial_packet);
  gateway_.sink_.on_session(*s);
}

void admission::offer_upgrade(engine::session& s, packet_form form) {
  engine::session_ref keep(&s);
  auto shake = wire::ws_check_handshake(head());
  if (!handshake_ok(shake)) return;
  std::string early = connection_->early();
  auto road = switch_protocols(shake, answer_lines(false), form);
  if (!road) return;
  road->start(s, early);
  if (s.offer_candidate(road)) return;
  road->close();  // one is under way, or the session has this road already (P75)
  road->detach();
}

}  // namespace transport
}  // namespace jackfield
