#include "wire/proxy_address.hpp"

#include "base/base64.hpp"
#include "wire/http_host.hpp"
#include "wire/http_text.hpp"

#include <charconv>
#include <optional>
#include <stdexcept>

namespace jackfield::wire {
namespace {

[[noreturn]] void refuse(const char* why) { throw std::invalid_argument(std::string("the proxy's URL ") + why); }

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size() || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0)
      refuse("has a stray % in user or password");
    out.push_back(static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])));
    i += 2;
  }
  return out;
}

/// RFC 7617: the user ends at the first colon, so there may be none in it.
std::string basic(std::string_view userinfo) {
  const auto colon = userinfo.find(':');
  const auto user = percent_decoded(userinfo.substr(0, colon));
  if (user.find(':') != std::string::npos) refuse("has a colon in its user");
  const auto both = user + ':' + (colon == std::string_view::npos ? std::string() : percent_decoded(userinfo.substr(colon + 1)));
  std::string out = "Basic ";
  base::base64_encode(as_bytes(both), out);
  return out;
}

std::uint16_t read_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, e] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (e != std::errc() || end != text.data() + text.size() || port == 0 || port > 65535) refuse("has no port from 1 to 65535");
  return static_cast<std::uint16_t>(port);
}

}  // namespace

proxy_address parse_proxy_address(std::string_view url) {
  static constexpr std::string_view scheme = "http://";
  if (url.size() < scheme.size() || !equal_ignoring_case(url.substr(0, scheme.size()), scheme))
    refuse("does not begin with http://");
  auto rest = url.substr(scheme.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (!is_visible(rest)) refuse("is empty, or has blanks or other characters that may not stand in it");
  proxy_address out;
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    if (rest.substr(0, at).find_first_of("@/?#[]") != std::string_view::npos) refuse("has user or password not percent-encoded");
    out.authorization = basic(rest.substr(0, at));
    rest.remove_prefix(at + 1);
  }
  if (!valid_host(rest)) refuse("has no valid host and port, or a path behind them");
  std::string_view host = rest, port;
  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    host = rest.substr(1, end - 1);
    if (end + 1 < rest.size()) port = rest.substr(end + 2);
  } else if (const auto colon = rest.find(':'); colon != std::string_view::npos) {
    host = rest.substr(0, colon);
    port = rest.substr(colon + 1);
  }
  if (!port.empty()) out.port = read_port(port);
  out.host = host;
  return out;
}

std::string authority(std::string_view host, std::uint16_t port, std::uint16_t elided) {
  const bool v6 = host.find(':') != std::string_view::npos;
  std::string out = v6 ? '[' + std::string(host) + ']' : std::string(host);
  if (port != elided) out += ':' + std::to_string(port);
  return out;
}

}  // namespace jackfield::wire
