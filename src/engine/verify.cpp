#include "engine/verify.hpp"

#include "base/query.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace jackfield::engine {
namespace {

using base::query_text;
using outcome = verdict::outcome;
using protocol::eio_refusal;
using protocol::eio_revision;

verdict refused(eio_refusal why, bad_request name = bad_request::none) {
  verdict v;
  v.what = outcome::refused;
  v.why = why;
  v.name = name;
  return v;
}

/// The path of a target in origin form, or in absolute form behind scheme and authority.
std::string_view path_of(const http_head& request) noexcept {
  auto path = request.path();
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!path.starts_with(scheme)) continue;
    const auto slash = path.find('/', scheme.size());
    return slash == std::string_view::npos ? std::string_view() : path.substr(slash);
  }
  return path;
}

/// What the engine looks for in a query, found in one pass.
struct parameters {
  explicit parameters(std::string_view query) { base::find_parameters(query, keys, found); }
  const query_text& transport() const noexcept { return found[0]; }
  const query_text& revision() const noexcept { return found[1]; }
  const query_text& sid() const noexcept { return found[2]; }
  const query_text& base64() const noexcept { return found[3]; }
  const query_text& jsonp() const noexcept { return found[4]; }

  static constexpr std::array<std::string_view, 5> keys{"transport", "EIO", "sid", "b64", "j"};
  std::array<query_text, keys.size()> found;
};

/// An enumeration, never a lookup by a name that a stranger chose.
std::optional<transport_kind> transport_of(const parameters& query, const request_rules& rules) {
  const auto& name = query.transport();
  if (rules.polling && name == name_of(transport_kind::polling)) return transport_kind::polling;
  if (rules.websocket && name == name_of(transport_kind::websocket)) return transport_kind::websocket;
  return std::nullopt;
}

bool legal_in_header(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7f); });
}

eio_revision revision_of(const parameters& query) { return query.revision() == "4" ? eio_revision::v4 : eio_revision::v3; }

bool wants_base64(const parameters& query) { return query.base64() && !query.base64().empty(); }

/// The form and the transport's name must go together: 101 is for websocket alone.
bool upgrade_without_websocket(request_form form, transport_kind t) noexcept {
  return form == request_form::upgrade && t == transport_kind::polling;
}

verdict verify_existing(const parameters& query, request_form form, transport_kind t, session* s) {
  if (!s || !s->road()) return refused(eio_refusal::session_unknown);
  auto v = refused(eio_refusal::bad_request);
  v.transport = t;
  v.session = s;
  if (form == request_form::plain && s->road()->kind() != t) {
    v.name = bad_request::transport_mismatch;
  } else if (upgrade_without_websocket(form, t)) {
    v.name = bad_request::transport_handshake_error;
  } else if (form == request_form::upgrade && revision_of(query) != s->revision()) {
    v.revision = revision_of(query);
    v.why = eio_refusal::unsupported_version;  // a road of another codec
  } else {
    v.what = outcome::existing_session;
    v.revision = s->revision();
    v.base64 = form == request_form::upgrade && wants_base64(query);
  }
  return v;
}

verdict verify_new(const http_head& request, const parameters& query, request_form form, transport_kind t) {
  if (request.method() != "GET") return refused(eio_refusal::bad_method);
  const bool plain_websocket = form == request_form::plain && t == transport_kind::websocket;
  if (plain_websocket || upgrade_without_websocket(form, t))
    return refused(eio_refusal::bad_request, bad_request::transport_handshake_error);
  verdict v;
  v.what = outcome::open_session;
  v.transport = t;
  v.base64 = wants_base64(query);
  v.revision = revision_of(query);
  if (t == transport_kind::polling && query.jsonp()) v.jsonp = query.jsonp().decoded();
  return v;
}

}  // namespace

std::string mount_path(std::string_view path, bool add_trailing_slash) {
  if (path.ends_with('/')) path.remove_suffix(1);
  std::string mounted(path);
  if (add_trailing_slash) mounted += '/';
  return mounted;
}

std::string_view name_of(bad_request b) noexcept {
  switch (b) {
    case bad_request::none: return {};
    case bad_request::middleware_failure: return "MIDDLEWARE_FAILURE";
    case bad_request::invalid_origin: return "INVALID_ORIGIN";
    case bad_request::transport_mismatch: return "TRANSPORT_MISMATCH";
    case bad_request::transport_handshake_error: return "TRANSPORT_HANDSHAKE_ERROR";
    case bad_request::id_generation_error: return "ID_GENERATION_ERROR";
  }
  return {};
}

bool serves(const request_rules& rules, const http_head& request) noexcept {
  const auto path = path_of(request);
  return rules.paths == path_rule::exact ? path == rules.path : path.starts_with(rules.path);
}

verdict verify(const http_head& request, request_form form, const request_rules& rules, const registry& sessions) {
  if (!serves(rules, request)) return {};
  const parameters query(request.query_string());
  const auto t = transport_of(query, rules);
  if (!t) return refused(eio_refusal::transport_unknown);
  if (!legal_in_header(request.header("Origin"))) return refused(eio_refusal::bad_request, bad_request::invalid_origin);
  std::string room;
  const auto sid = query.sid().view(room);
  if (!sid.empty()) return verify_existing(query, form, *t, sessions.find(sid));
  return verify_new(request, query, form, *t);
}

std::vector<std::pair<std::string, std::string>> context_of(const verdict& v, const http_head& request) {
  if (v.what == outcome::open_session || v.why == eio_refusal::unsupported_version)
    return {{"protocol", std::to_string(static_cast<int>(v.revision))}};
  switch (v.why) {
    case eio_refusal::transport_unknown: return {{"transport", request.query("transport").value_or("")}};
    case eio_refusal::session_unknown: return {{"sid", request.query("sid").value_or("")}};
    case eio_refusal::bad_method: return {{"method", std::string(request.method())}};
    default: break;
  }
  std::vector<std::pair<std::string, std::string>> context{{"name", std::string(name_of(v.name))}};
  if (v.name == bad_request::invalid_origin) context.emplace_back("origin", std::string(request.header("Origin")));
  if (v.name == bad_request::transport_mismatch) {
    context.emplace_back("transport", std::string(name_of(v.transport)));
    if (v.session && v.session->road())
      context.emplace_back("previousTransport", std::string(name_of(v.session->road()->kind())));
  }
  return context;
}

}  // namespace jackfield::engine
