#include "transport/gateway.hpp"

#include "base/query.hpp"
#include "transport/admission.hpp"
#include "transport/cors.hpp"
#include "wire/ws_handshake.hpp"

#include <sys/resource.h>
#include <unistd.h>

namespace jackfield::transport {

namespace {

constexpr std::string_view retry_later = "Retry-After: 5\r\n";
constexpr std::size_t kept_descriptors = 64;  // for files and listeners (S45)

std::size_t connection_limit(std::size_t wanted) {
  if (wanted) return wanted;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur <= kept_descriptors) return kept_descriptors;
  return static_cast<std::size_t>(limit.rlim_cur) - kept_descriptors;
}

engine::request_rules rules_of(const engine_options& o) {
  return {.path = engine::mount_path(o.path, o.add_trailing_slash),
          .paths = o.path_prefix ? engine::path_rule::prefix : engine::path_rule::exact,
          .polling = o.polling,
          .websocket = o.websocket};
}

base::query_text sid_in(const http_head& head) {
  constexpr std::string_view key = "sid";
  base::query_text found;
  base::find_parameters(head.query_string(), {&key, 1}, {&found, 1});
  return found;
}

net::http_settings http_settings_of(const engine_options& o) {
  const limit_options& l = o.limits;
  return {.limits = {.request_line_bytes = l.request_line_bytes,
                     .header_bytes = l.header_bytes,
                     .header_lines = l.header_lines,
                     .body_bytes = o.max_http_buffer_size},
          .first_byte = l.first_byte,
          .header_time = l.header_time,
          .body_time = l.body_time,
          .keep_alive = l.keep_alive,
          .write_stall = l.write_stall};
}

net::ws_settings ws_settings_of(const engine_options& o, std::shared_ptr<std::atomic<std::size_t>> window_bytes) {
  return {.limits = {.max_message_bytes = o.max_http_buffer_size, .max_fragments = o.limits.message_fragments},
          .close_time = o.limits.ws_close,
          .deflate_threshold = o.per_message_deflate.threshold_bytes,
          .window_bytes = std::move(window_bytes)};
}

engine::session_options session_options_of(const engine_options& o) {
  return {.ping_interval = o.ping_interval,
          .ping_timeout = o.ping_timeout,
          .upgrade_timeout = o.upgrade_timeout,
          .max_unsent_bytes = o.limits.unsent_bytes,
          .pause_reading_bytes = o.limits.unsent_pause_bytes};
}

std::string open_tail_of(const engine_options& o, engine::transport_kind t) {
  protocol::eio_open open{.sid = {},
                          .upgrades = {},
                          .ping_interval = o.ping_interval,
                          .ping_timeout = o.ping_timeout,
                          .max_payload = o.max_http_buffer_size};
  if (t == engine::transport_kind::polling && o.allow_upgrades && o.websocket) open.upgrades.emplace_back("websocket");
  return protocol::open_tail(open);
}

}  // namespace

gateway::gateway(net::worker& w, const engine_options& options, const engine_hooks& hooks, route_table& routes,
                 session_sink& sink, gateway_group& group)
    : worker_(w),
      options_(options),
      hooks_(hooks),
      routes_(routes),
      sink_(sink),
      group_(group),
      number_(group.size()),
      rules_(rules_of(options)),
      http_settings_(http_settings_of(options)),
      ws_settings_(ws_settings_of(options, group.shared_window_bytes())),
      polling_settings_{options.http_compression, options.limits.payload_packets},
      session_options_(session_options_of(options)),
      open_tail_polling_(open_tail_of(options, engine::transport_kind::polling)),
      open_tail_websocket_(open_tail_of(options, engine::transport_kind::websocket)),
      frames_(w),
      most_connections_(connection_limit(options.limits.connections)),
      memory_(options.limits.node_bytes) {
  group_.add(*this);
  wire::ws_accept_key({});  // OpenSSL loads its digests at the first use: not while somebody waits
}

gateway::~gateway() { group_.remove(*this); }

bool gateway::turns_away(int fd) {
  if (group_.streams() < most_connections_) return false;
  worker_.hit(base::limit::connections);
  ::close(fd);
  return true;
}

void gateway::accept(int fd, std::string from) {
  if (turns_away(fd)) return;
  accept(std::make_unique<net::stream>(worker_, fd, http_settings_.write_stall), std::move(from));
}

void gateway::accept(std::unique_ptr<net::stream> s, std::string from) {
  auto c = base::make_ref<net::http_connection>(std::move(s), *this, http_settings_, std::move(from));
  if (retired_) c->serve_one_request();
  c->start();
}

// A request of a session that lives on another worker goes there, connection and all, before its body is read. And a POST
// occupies its session's road from its first byte on (S20), so that a second one is noticed.
void gateway::on_head(net::http_connection& c) {
  if (memory_.reached(worker_.timers().now()) && refused_for_memory(c)) return;
  const http_head& head = *c.head();
  const bool post = head.method() == "POST";
  if ((!post && group_.size() == 1) || !engine::serves(rules_, head)) return;
  const auto written = sid_in(head);
  if (!written) return;
  std::string room;
  const auto sid = written.view(room);
  if (gateway* home = group_.elsewhere(sid, *this)) return hand_over(c, *home);
  if (!post) return;
  engine::session* s = sessions_.find(sid);
  if (!s || !s->road() || s->road()->kind() != engine::transport_kind::polling) return;
  if (!static_cast<polling_transport*>(s->road())->post_begins(c)) answer_bad(c, cors_lines(options_.cors, head));
}

void gateway::hand_over(net::http_connection& c, gateway& home) {
  c.move_to(home.worker_, home, [&home](net::http_connection& arrived) {
    if (home.retired_) arrived.serve_one_request();
    arrived.resume_at_head();
  });
}

void gateway::on_request(net::http_connection& c, std::string body) {
  if (!engine::serves(rules_, *c.head())) return routes_.serve(c, std::move(body));
  base::make_ref<admission>(*this, c, std::move(body), engine::request_form::plain)->run();
}

void gateway::on_upgrade(net::http_connection& c) {
  if (!engine::serves(rules_, *c.head())) return routes_.upgrade(c);
  base::make_ref<admission>(*this, c, std::string(), engine::request_form::upgrade)->run();
}

/// True: it was, before its body is read. Who has a session goes on: what he sends may free something.
bool gateway::refused_for_memory(net::http_connection& c) {
  const http_head& head = *c.head();
  const bool ours = engine::serves(rules_, head);
  if (ours ? static_cast<bool>(sid_in(head)) : head.method() == "GET" || head.method() == "HEAD") return false;
  worker_.hit(base::limit::node_memory);
  answer_text(c, 503, "Service Unavailable",
              ours ? cors_lines(options_.cors, head).append(retry_later) : std::string(retry_later), net::after_answer::close);
  return true;
}

void gateway::on_refused(net::http_connection&, int) { ++refused_; }

std::optional<wire::deflate_params> gateway::agree_deflate(std::string_view offered) const {
  const deflate_options& o = options_.per_message_deflate;
  if (!o.enabled || offered.empty()) return std::nullopt;
  auto takes = [](bool t) { return t ? wire::takeover::context : wire::takeover::none; };
  auto agreed = wire::negotiate_deflate(offered, {.server_max_window_bits = o.server_max_window_bits,
                                                  .client_max_window_bits = o.client_max_window_bits,
                                                  .server = takes(o.server_context_takeover),
                                                  .client = takes(o.client_context_takeover)});
  if (agreed && group_.window_bytes() + wire::deflate_window_bytes(*agreed) > o.window_memory_bytes) return std::nullopt;
  return agreed;
}

}  // namespace jackfield::transport
