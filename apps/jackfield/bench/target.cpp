#include "target.hpp"

#include <netdb.h>
#include <netinet/in.h>

#include <charconv>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace jackfield::bench {

namespace {

[[noreturn]] void refuse(std::string_view url, const std::string& why) {
  throw std::runtime_error("the target '" + std::string(url) + "' " + why);
}

std::string_view take_scheme(std::string_view url, target& t) {
  const auto colon = url.find("://");
  if (colon == std::string_view::npos) refuse(url, "has no scheme: write http://HOST:PORT or https://HOST:PORT");
  const auto scheme = url.substr(0, colon);
  t.tls = scheme == "https" || scheme == "wss";
  if (t.tls) t.port = 443;
  if (!t.tls && scheme != "http" && scheme != "ws") refuse(url, "has a scheme that is none of http, https, ws and wss");
  return url.substr(colon + 3);
}

std::uint16_t read_port(std::string_view url, std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0 || port > 65535)
    refuse(url, "has a port that is not 1 to 65535");
  return static_cast<std::uint16_t>(port);
}

// What stands here goes into a request line.
void check_path(std::string_view url, std::string_view path) {
  for (const char c : path)
    if (c <= ' ' || c == 127 || c == '?' || c == '#') refuse(url, "has a path with a blank, '?', '#' or a control character");
}

}  // namespace

bool target::loopback() const noexcept {
  if (address.ss_family == AF_INET) return (ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr) >> 24) == 127;
  if (address.ss_family != AF_INET6) return false;
  const auto& six = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&six) || (IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[12] == 127);
}

target read_target(std::string_view url) {
  target t;
  t.url = url;
  std::string_view rest = take_scheme(url, t);
  const auto slash = rest.find('/');
  std::string_view path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
  rest = rest.substr(0, slash);
  check_path(url, rest);
  check_path(url, path);
  if (path.size() > 1) t.path = path;
  if (rest.find('@') != std::string_view::npos) refuse(url, "holds a user's name, which is of no use here");
  t.authority = rest;
  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    if (end == std::string_view::npos) refuse(url, "opens a bracket that it does not close");
    t.host = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
  } else {
    t.host = rest.substr(0, rest.find(':'));
    rest.remove_prefix(t.host.size());
  }
  if (t.host.empty()) refuse(url, "names no host");
  if (rest.empty()) return t;
  if (rest[0] != ':') refuse(url, "has something behind the host that is no port");
  t.port = read_port(url, rest.substr(1));
  return t;
}

void resolve(target& t) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(t.host.c_str(), std::to_string(t.port).c_str(), &wanted, &found);
  if (error) refuse(t.url, "has a host that cannot be found: " + std::string(::gai_strerror(error)));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> all(found, ::freeaddrinfo);
  std::memcpy(&t.address, found->ai_addr, found->ai_addrlen);
  t.address_size = found->ai_addrlen;
}

}  // namespace jackfield::bench
