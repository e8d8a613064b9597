#include "transport/dial_plan.hpp"

#include "base/query.hpp"
#include "base/random.hpp"
#include "engine/verify.hpp"
#include "wire/http_host.hpp"
#include "wire/http_response.hpp"
#include "wire/http_text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <utility>

namespace jackfield::transport {

namespace {

/// What makes up a request; nobody else may say it.
constexpr std::array<std::string_view, 11> ours{"connection",
                                                "upgrade",
                                                "content-length",
                                                "transfer-encoding",
                                                "content-type",
                                                "expect",
                                                "te",
                                                "sec-websocket-key",
                                                "sec-websocket-version",
                                                "sec-websocket-protocol",
                                                "sec-websocket-extensions"};

bool is_ours(std::string_view name) noexcept {
  return std::any_of(ours.begin(), ours.end(), [&](std::string_view o) { return wire::equal_ignoring_case(o, name); });
}

bool has(const dial_options& o, std::string_view name) noexcept {
  return std::any_of(o.extra_headers.begin(), o.extra_headers.end(),
                     [&](const auto& line) { return wire::equal_ignoring_case(line.first, name); });
}

void check(const dial_options& o) {
  const auto where = wire::authority(o.host, o.port);
  if (!wire::valid_host(where)) throw std::invalid_argument("\"" + o.host + "\" is no host name and no address");
  if (o.port == 0) throw std::invalid_argument("port 0 cannot be connected to");
  if (!o.path.starts_with('/') || !wire::is_visible(o.path) || o.path.find_first_of("?#") != std::string::npos)
    throw std::invalid_argument("the path \"" + o.path + "\" must begin with a slash and be percent-encoded, without ? and #");
  if (!o.raw_query.empty() && (!wire::is_visible(o.raw_query) || o.raw_query.find('#') != std::string::npos))
    throw std::invalid_argument("the query of the URL must be percent-encoded");
  for (const auto& [name, value] : o.extra_headers) {
    wire::check_header(name, value);
    if (is_ours(name)) throw std::invalid_argument("the header " + name + " cannot be set: it is part of the request itself");
  }
  for (const auto& p : o.protocols)
    if (!wire::is_token(p)) throw std::invalid_argument("\"" + p + "\" is no name of a subprotocol");
}

void append_parameter(std::string& query, std::string_view name, std::string_view value) {
  if (!query.empty()) query += '&';
  base::append_uri_component(query, name);
  query += '=';
  base::append_uri_component(query, value);
}

std::string fixed_query_of(const dial_options& o) {
  std::string query = o.raw_query;
  if (query.empty())
    for (const auto& [name, value] : o.query) append_parameter(query, name, value);
  append_parameter(query, "EIO", "4");
  return query;
}

std::string fixed_headers_of(const dial_options& o) {
  std::string out;
  if (!has(o, "host")) wire::append_header(out, "Host", wire::authority(o.host, o.port, o.secure ? 443 : 80));
  if (!has(o, "user-agent")) wire::append_header(out, "User-Agent", "jackfield");
  if (!has(o, "accept")) wire::append_header(out, "Accept", "*/*");
  for (const auto& [name, value] : o.extra_headers) wire::append_header(out, name, value);
  return out;
}

/// Eight characters: the last five digits of the clock in base 36, and three of chance.
std::string stamp() {
  static constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  auto ms = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  std::array<std::byte, 3> chance;
  base::fill_random(chance);
  std::string out(8, '0');
  for (std::size_t i = 5; i-- > 0; ms /= 36) out[i] = digits[ms % 36];
  for (std::size_t i = 0; i < 3; ++i) out[5 + i] = digits[std::to_integer<std::size_t>(chance[i]) % 36];
  return out;
}

net::route route_of(const dial_options& o) {
  net::route r{.host = o.host, .port = o.port};
  if (!o.proxy.empty()) r.proxy = wire::parse_proxy_address(o.proxy);
  if (o.secure) r.tls = std::make_shared<net::tls_client_context>(o.tls);
  r.times.limit = o.connect_time;
  r.stall_limit = o.stall_time;
  return r;
}

wire::cookie_time wall_clock() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

}  // namespace

dial_plan::dial_plan(dial_options o) : options(std::move(o)) {
  check(options);
  to = to_poll = route_of(options);
  if (to.proxy && !options.secure) {
    to_poll.use = net::route::proxy_use::forward;
    origin = "http://" + wire::authority(options.host, options.port, 80);
  }
  reply_limits.head_bytes = options.head_bytes;
  reply_limits.body_bytes = options.message_bytes;
  auto settings = std::make_shared<net::ws_settings>();
  settings->limits.max_message_bytes = options.message_bytes;
  settings->close_time = options.goodbye_time;
  settings->deflate_threshold = options.deflate_threshold;
  ws = std::move(settings);
  path = engine::mount_path(options.path, options.add_trailing_slash);
  fixed_query = fixed_query_of(options);
  fixed_headers = fixed_headers_of(options);
  own_cookie = has(options, "cookie");
}

std::string dial_plan::target(std::string_view transport, std::string_view sid) const {
  const bool polling = transport == engine::name_of(engine::transport_kind::polling);
  std::string query = fixed_query;
  append_parameter(query, "transport", transport);
  const bool stamped = options.stamped == stamped_requests::all || (polling && options.stamped == stamped_requests::polling);
  if (stamped) append_parameter(query, options.timestamp_param, stamp());
  if (!sid.empty()) append_parameter(query, "sid", sid);
  // As the reference: polling says it with the handshake, a WebSocket always.
  if (options.base64_only && (!polling || sid.empty())) append_parameter(query, "b64", "1");
  return path + '?' + query;
}

std::string dial_plan::head(std::string_view method, std::string_view transport, std::string_view sid) {
  const bool forwarded = forwards() && transport == engine::name_of(engine::transport_kind::polling);
  std::string out(method);
  out += ' ';
  if (forwarded) out += origin;
  (out += target(transport, sid)) += " HTTP/1.1\r\n";
  out += fixed_headers;
  if (forwarded && !to_poll.proxy->authorization.empty())
    wire::append_header(out, "Proxy-Authorization", to_poll.proxy->authorization);
  if (!options.with_credentials || own_cookie) return out;
  const auto cookies = jar.header(path, options.secure, wall_clock());
  if (!cookies.empty()) wire::append_header(out, "Cookie", cookies);
  return out;
}

void dial_plan::take_cookies(const wire::http_reply& reply) {
  if (!options.with_credentials) return;
  for (const auto& [name, value] : reply.headers)
    if (wire::equal_ignoring_case(name, "Set-Cookie")) jar.take(value, path, wall_clock());
}

}  // namespace jackfield::transport
