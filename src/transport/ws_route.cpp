// Bare WebSocket routes: the public websocket handle over net::ws_connection.
#include "transport/answers.hpp"
#include "transport/cors.hpp"
#include "transport/guarded.hpp"
#include "transport/route_table.hpp"
#include "wire/ws_handshake.hpp"

#include <optional>
#include <stdexcept>

namespace jackfield {

/// Keeps itself alive (self) while the connection is open.
struct websocket::core final : net::ws_handler, std::enable_shared_from_this<websocket::core> {
  core(base::host& h, base::ref<net::ws_connection> c) : host(h), ws(std::move(c)) {}

  template <class F, class... A>
  void call(const F& f, A&&... a) {
    if (!transport::call_kept("a WebSocket handler", f, std::forward<A>(a)...)) ws->close(1011, "internal error");
  }
  void on_text(std::string_view t) override { call(text, t); }
  void on_binary(std::string_view b) override { call(binary, as_bytes(b)); }
  void on_ws_closed(net::ws_end, std::uint16_t code, std::string_view reason) override {
    auto last = std::exchange(self, nullptr);
    call(closed, code, reason);
  }
  /// On the worker's thread: now, or posted.
  template <class F>
  void there(F f) {
    if (host.current()) return f(*this);
    host.post([f = std::move(f), keep = shared_from_this()]() mutable { f(*keep); });
  }

  base::host& host;
  base::ref<net::ws_connection> ws;
  std::shared_ptr<core> self;
  std::function<void(std::string_view)> text;
  std::function<void(bytes_view)> binary;
  std::function<void(std::uint16_t, std::string_view)> closed;
};

void websocket::on_text(std::function<void(std::string_view)> f) {
  core_->there([f = std::move(f)](core& c) mutable { c.text = std::move(f); });
}
void websocket::on_binary(std::function<void(bytes_view)> f) {
  core_->there([f = std::move(f)](core& c) mutable { c.binary = std::move(f); });
}
void websocket::on_close(std::function<void(std::uint16_t, std::string_view)> f) {
  core_->there([f = std::move(f)](core& c) mutable { c.closed = std::move(f); });
}
void websocket::send_text(std::string_view text) {
  if (core_->host.current()) return core_->ws->send(wire::ws_opcode::text, {}, text, true);
  core_->there([t = std::string(text)](core& c) { c.ws->send(wire::ws_opcode::text, {}, t, true); });
}
void websocket::send_binary(bytes_view data) {
  if (core_->host.current()) return core_->ws->send(wire::ws_opcode::binary, {}, as_chars(data), true);
  core_->there([d = std::string(as_chars(data))](core& c) { c.ws->send(wire::ws_opcode::binary, {}, d, true); });
}
void websocket::close(std::uint16_t code, std::string_view reason) {
  if (!wire::ws_valid_close_code(code)) throw std::invalid_argument("not a close code: " + std::to_string(code));
  core_->there([code, r = std::string(reason)](core& c) { c.ws->close(code, r); });
}

namespace transport {

void route_table::on_websocket(std::string path, websocket_options options, std::function<void(websocket)> h) {
  if (path.empty() || path[0] != '/') throw std::invalid_argument("a route begins with '/': " + path);
  ws_route route{options, {}, std::move(h)};
  route.settings.limits.max_message_bytes = options.max_message_bytes;
  route.settings.deflate_threshold = options.deflate_threshold_bytes;
  websockets_.insert_or_assign(std::move(path), std::move(route));
}

void route_table::upgrade(net::http_connection& c) {
  auto at = websockets_.find(c.head()->path());
  if (at == websockets_.end()) return answer_refused_upgrade(c, 404, "Not Found", {});
  ws_route& route = at->second;
  bool welcome = route.options.accept ? route.options.accept(*c.head()) : origin_welcome({}, *c.head());
  if (!welcome) return answer_refused_upgrade(c, 403, "Forbidden", {});
  auto shake = wire::ws_check_handshake(*c.head());
  if (shake.status != 101)
    return answer_refused_upgrade(c, shake.status, shake.text, shake.status == 426 ? "Sec-WebSocket-Version: 13\r\n" : "");
  std::string lines;
  if (!shake.subprotocol.empty()) lines.append("Sec-WebSocket-Protocol: ").append(shake.subprotocol).append("\r\n");
  std::optional<wire::deflate_params> agreed;
  if (route.options.deflate) agreed = wire::negotiate_deflate(shake.extensions, {});
  if (agreed) lines.append("Sec-WebSocket-Extensions: ").append(wire::deflate_response(*agreed)).append("\r\n");
  std::string early = c.early();
  base::host& host = c.on();
  auto ws = c.upgrade(route.settings, shake.accept, lines, agreed ? &*agreed : nullptr);
  if (!ws) return;
  auto core = std::make_shared<websocket::core>(host, ws);
  core->self = core;
  ws->start(*core, early);
  if (!guarded("a WebSocket route", [&] { route.handler(websocket(core)); })) ws->close(1011, "internal error");
}

}  // namespace transport
}  // namespace jackfield
