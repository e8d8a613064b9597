#include "opening.hpp"

#include "../jackfield/plain_values.hpp"
#include "driver.hpp"

#include <jackfield/parser.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace driver {
namespace {

namespace jf = jackfield;
using std::chrono::milliseconds;

void read(const jf::value& v, bool& to) { to = v.bool_or(to); }
void read(const jf::value& v, double& to) { to = v.number_or(to); }
void read(const jf::value& v, std::uint32_t& to) { to = static_cast<std::uint32_t>(v.number_or(to)); }
void read(const jf::value& v, std::string& to) { to = v.text_or(to); }
void read(const jf::value& v, milliseconds& to) {
  if (v.is_number()) to = milliseconds(static_cast<milliseconds::rep>(v.number_or(0)));
}
void read(const jf::value& v, std::optional<milliseconds>& to) {
  if (v.is_bool()) to.reset();
  if (v.is_number()) read(v, to.emplace());
}
void read(const jf::value& v, std::vector<std::pair<std::string, std::string>>& to) {
  if (const auto* members = v.if_object()) {
    for (const auto& [name, text] : *members) to.emplace_back(name, text.is_string() ? text.text_or({}) : to_json(text));
  }
}
void read(const jf::value& v, std::vector<jf::client_transport>& to) {
  const auto* names = v.if_array();
  if (names == nullptr) return;
  to.clear();
  for (const auto& each : *names)
    to.push_back(each.text_or({}) == "polling" ? jf::client_transport::polling : jf::client_transport::websocket);
}

/// The first at the first call, the second at the second, then the last one for ever.
jf::client_auth auth_function(const std::string& sock, jf::array list) {
  return jf::client_auth([sock, list = std::move(list), n = std::size_t{0}]() mutable -> jf::value {
    ++n;
    say({{"ev", "auth-called"}, {"sock", sock}, {"n", n}});
    return list.empty() ? jf::value() : list[std::min(n, list.size()) - 1];
  });
}

}  // namespace

jf::client_options connection_options(const jf::value& opts) {
  jf::client_options o;
  read(opts["transports"], o.transports);
  read(opts["upgrade"], o.upgrade);
  read(opts["tryAllTransports"], o.try_all_transports);
  read(opts["path"], o.path);
  read(opts["query"], o.query);
  read(opts["extraHeaders"], o.extra_headers);
  read(opts["timeout"], o.timeout);
  read(opts["reconnection"], o.reconnection);
  read(opts["reconnectionAttempts"], o.reconnection_attempts);
  read(opts["reconnectionDelay"], o.reconnection_delay);
  read(opts["reconnectionDelayMax"], o.reconnection_delay_max);
  read(opts["randomizationFactor"], o.randomization_factor);
  read(opts["withCredentials"], o.with_credentials);
  read(opts["proxy"], o.proxy);
  read(opts["caFile"], o.tls.ca_file);
  if (opts["certFile"].is_string()) read(opts["certFile"], o.tls.certificate.emplace().chain_file);
  if (o.tls.certificate) read(opts["keyFile"], o.tls.certificate->key_file);
  if (opts["parser"].text_or({}) == "msgpack") o.parser = jf::msgpack_parser();
  if (!opts["rejectUnauthorized"].bool_or(true)) o.tls.verify = jf::tls_client_options::verification::off_and_insecure;
  return o;
}

jf::client_socket_options socket_options(const std::string& sock, const jf::value& opts) {
  jf::client_socket_options o;
  if (!opts["auth"].is_null()) o.auth = jf::client_auth(jf::app::from_plain(opts["auth"]));
  if (const auto* list = opts["authList"].if_array()) o.auth = auth_function(sock, *list);
  read(opts["retries"], o.retries);
  read(opts["ackTimeout"], o.ack_timeout);
  read(opts["autoConnect"], o.auto_connect);
  return o;
}

void listen_to(const jf::client& c, const std::string& name) {
  const auto tell = [name](std::string_view event, jf::value v) {
    say({{"ev", "manager"}, {"manager", name}, {"name", event}, {"value", std::move(v)}});
  };
  c.on_open([tell] { tell("open", nullptr); });
  c.on_error([tell](const jf::error& e) { tell("error", e.text); });
  c.on_close([tell](jf::disconnect_reason why, std::string_view) { tell("close", name_of(why)); });
  c.on_ping([tell] { tell("ping", nullptr); });
  c.on_reconnect([tell](std::uint32_t n) { tell("reconnect", n); });
  c.on_reconnect_attempt([tell](std::uint32_t n) { tell("reconnect_attempt", n); });
  c.on_reconnect_error([tell](const jf::error& e) { tell("reconnect_error", e.text); });
  c.on_reconnect_failed([tell] { tell("reconnect_failed", nullptr); });
  c.on_upgrade([name](std::string_view to) { say({{"ev", "upgrade"}, {"manager", name}, {"transport", to}}); });
}

}  // namespace driver
