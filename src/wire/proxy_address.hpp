// proxy_address: the URL of an HTTP proxy: http://[user[:password]@]host[:port][/] (RFC 3986 §3.2). Pure, any thread, linear.
// Strict: what could be read in two ways is refused, since a proxy sees all that is said.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace jackfield::wire {

struct proxy_address {
  std::string host;  // a name or an address; IPv6 without brackets
  std::uint16_t port = 80;
  std::string authorization;  // "Basic …", of user and password; empty: none were given
};

/// Throws std::invalid_argument with a sentence for people, which does not repeat the password.
proxy_address parse_proxy_address(std::string_view url);

/// "host:port" as it stands in CONNECT and Host: IPv6 in brackets. `elided`: a port that is left out.
std::string authority(std::string_view host, std::uint16_t port, std::uint16_t elided = 0);

}  // namespace jackfield::wire
