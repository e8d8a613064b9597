#include "wire/cookie.hpp"

#include "base/query.hpp"
#include "wire/http_text.hpp"

namespace jackfield::wire {

namespace {

void append_attribute(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out += name;
  for (const char c : value) {
    if (c != ';' && c != '\t' && value_char(c)) out.push_back(c);
  }
}

std::string_view site_attribute(same_site site) noexcept {
  switch (site) {
    case same_site::lax: return "; SameSite=Lax";
    case same_site::strict: return "; SameSite=Strict";
    case same_site::none: return "; SameSite=None";
    case same_site::omit: return {};
  }
  return {};
}

}  // namespace

std::string set_cookie(const cookie_options& options, std::string_view sid, bool secure) {
  std::string out;
  for (const char c : options.name) {
    if (token_char(c)) out.push_back(c);
  }
  if (out.empty()) return out;
  out.push_back('=');
  base::append_uri_component(out, sid);
  if (options.max_age) out += "; Max-Age=" + std::to_string(options.max_age->count());
  append_attribute(out, "; Domain=", options.domain);
  append_attribute(out, "; Path=", options.path);
  if (options.http_only) out += "; HttpOnly";
  if (secure || options.secure) out += "; Secure";
  if (options.partitioned) out += "; Partitioned";
  out += site_attribute(options.site);
  return out;
}

}  // namespace jackfield::wire
