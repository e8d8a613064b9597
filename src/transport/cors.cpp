#include "transport/cors.hpp"

#include "wire/http_text.hpp"

#include <algorithm>

namespace jackfield {

namespace {
template <class... F>
struct overloaded : F... {
  using F::operator()...;
};
template <class... F>
overloaded(F...) -> overloaded<F...>;
}  // namespace

origin_rule::origin_rule(std::string one) {
  if (one == "*")
    rule_ = any{};
  else
    rule_ = std::move(one);
}

origin_rule::origin_rule(std::vector<std::string> several) {
  list l;
  for (auto& s : several) l.emplace_back(std::move(s));
  rule_ = std::move(l);
}

origin_rule::origin_rule(std::regex pattern) : rule_(list{std::move(pattern)}) {}

bool origin_rule::allows(std::string_view origin) const {
  auto matches = [&](const std::variant<std::string, std::regex>& one) {
    if (auto* s = std::get_if<std::string>(&one)) return *s == origin;
    return std::regex_search(origin.begin(), origin.end(), std::get<std::regex>(one));
  };
  return std::visit(overloaded{[](const none&) { return false; }, [](const any&) { return true; },
                               [](const reflect&) { return true; }, [&](const std::string& s) { return s == origin; },
                               [&](const list& l) { return std::any_of(l.begin(), l.end(), matches); },
                               [&](const predicate& p) { return p(origin); }},
                    rule_);
}

std::string origin_rule::header_value(std::string_view origin) const {
  if (std::holds_alternative<any>(rule_)) return "*";
  if (auto* s = std::get_if<std::string>(&rule_)) return *s;  // always named, as the reference does
  if (origin.empty() || !allows(origin)) return {};
  return std::string(origin);
}

bool origin_rule::varies() const noexcept { return enabled() && !std::holds_alternative<any>(rule_); }

namespace transport {

namespace {

std::string joined(const std::vector<std::string>& parts) {
  std::string all;
  for (const auto& p : parts) all += (all.empty() ? "" : ",") + p;
  return all;
}

void line(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

std::string origin_lines(const cors_options& o, const http_head& request) {
  std::string out;
  std::string allowed = o.origin.header_value(request.header("origin"));
  if (!allowed.empty()) line(out, "Access-Control-Allow-Origin", allowed);
  if (o.credentials && allowed != "*") line(out, "Access-Control-Allow-Credentials", "true");  // S35
  return out;
}

std::string vary(const cors_options& o, std::string_view more = {}) {
  std::string names = o.origin.varies() ? "Origin" : "";
  if (!more.empty()) names.append(names.empty() ? "" : ", ").append(more);
  return names.empty() ? std::string() : "Vary: " + names + "\r\n";
}

}  // namespace

std::string cors_lines(const cors_options& o, const http_head& request) {
  if (!o.origin.enabled()) return {};
  std::string out = origin_lines(o, request) + vary(o);
  if (!o.exposed_headers.empty()) line(out, "Access-Control-Expose-Headers", joined(o.exposed_headers));
  return out;
}

std::string preflight_lines(const cors_options& o, const http_head& request) {
  std::string out = origin_lines(o, request);
  bool mirrors = o.allowed_headers.empty();
  out += vary(o, mirrors ? "Access-Control-Request-Headers" : "");
  line(out, "Access-Control-Allow-Methods", joined(o.methods));
  std::string_view asked = request.header("access-control-request-headers");
  if (!mirrors)
    line(out, "Access-Control-Allow-Headers", joined(o.allowed_headers));
  else if (!asked.empty())
    line(out, "Access-Control-Allow-Headers", asked);
  if (o.max_age) line(out, "Access-Control-Max-Age", std::to_string(o.max_age->count()));
  if (!o.exposed_headers.empty()) line(out, "Access-Control-Expose-Headers", joined(o.exposed_headers));
  return out;
}

namespace {

/// Our own host, or an origin that the rule lists.
bool listed(const engine_options& o, const http_head& request, std::string_view origin) {
  if (o.cors.origin.enabled() && o.cors.origin.allows(origin)) return true;
  std::size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos) return false;  // "null" and the like
  return wire::equal_ignoring_case(origin.substr(scheme + 3), request.header("host"));
}

/// Scheme and authority of a URL; empty: it has none.
std::string_view origin_of(std::string_view url) noexcept {
  const auto scheme = url.find("://");
  return scheme == std::string_view::npos ? std::string_view() : url.substr(0, url.find_first_of("/?#", scheme + 3));
}

}  // namespace

bool origin_welcome(const engine_options& o, const http_head& request) {
  return o.allow_any_origin || !request.has_header("origin") || listed(o, request, request.header("origin"));
}

bool script_welcome(const engine_options& o, const http_head& request) {
  if (o.allow_any_origin || request.has_header("origin")) return true;  // origin_welcome() has looked
  const auto site = request.header("sec-fetch-site");
  if (site == "same-origin" || site == "none") return true;
  const auto page = origin_of(request.header("referer"));
  return page.empty() ? site.empty() : listed(o, request, page);
}

bool host_welcome(const engine_options& o, const http_head& request) {
  if (o.allowed_hosts.empty()) return true;
  std::string_view host = request.header("host");
  return std::any_of(o.allowed_hosts.begin(), o.allowed_hosts.end(), [&](auto& h) { return wire::equal_ignoring_case(h, host); });
}

}  // namespace transport
}  // namespace jackfield
