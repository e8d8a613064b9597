#include "client/address.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace jackfield::cl {
namespace {

[[noreturn]] void refuse(std::string_view url, const char* why) {
  throw std::invalid_argument("the URL \"" + std::string(url) + "\" " + why);
}

std::string lower(std::string_view s) {
  std::string out(s);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

/// Cuts off what stands in front of `at`, and `at` itself; all of it when there is none.
std::string_view take_until(std::string_view& s, std::string_view at, std::size_t skip) {
  const auto end = s.find_first_of(at);
  const auto head = s.substr(0, end);
  s = end == std::string_view::npos ? std::string_view() : s.substr(end + skip);
  return head;
}

void read_port(std::string_view url, std::string_view text, address& out) {
  if (text.empty()) return;
  unsigned port = 0;
  const auto [end, e] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (e != std::errc() || end != text.data() + text.size() || port == 0 || port > 65535)
    refuse(url, "has no port from 1 to 65535");
  out.port = static_cast<std::uint16_t>(port);
}

void read_authority(std::string_view url, std::string_view a, address& out) {
  if (a.find('@') != std::string_view::npos)
    refuse(url, "has a user name in it, which would not be sent: put an Authorization header into extra_headers");
  if (a.starts_with('[')) {
    const auto end = a.find(']');
    if (end == std::string_view::npos) refuse(url, "has no \"]\" behind its IPv6 address");
    out.host = lower(a.substr(1, end - 1));
    a = a.substr(end + 1);
    if (!a.empty() && !a.starts_with(':')) refuse(url, "has something between host and port");
    if (!a.empty()) a = a.substr(1);
  } else {
    out.host = lower(take_until(a, ":", 1));
  }
  const auto odd = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f' || c == '"' || c == '\\'; };
  if (out.host.empty() || std::any_of(out.host.begin(), out.host.end(), odd)) refuse(url, "has no host that can be asked for");
  read_port(url, a, out);
}

}  // namespace

std::string address::key(std::string_view path) const {
  const bool v6 = host.find(':') != std::string::npos;
  return scheme + "://" + (v6 ? "[" + host + "]" : host) + ':' + std::to_string(port) + std::string(path);
}

address parse_address(std::string_view url) {
  address out;
  const auto colon = url.find("://");
  if (colon != std::string_view::npos) out.scheme = lower(url.substr(0, colon));
  if (out.scheme != "http" && out.scheme != "https" && out.scheme != "ws" && out.scheme != "wss")
    refuse(url, "does not begin with http://, https://, ws:// or wss://");
  out.secure = out.scheme == "https" || out.scheme == "wss";
  out.port = out.secure ? 443 : 80;
  auto rest = url.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  read_authority(url, take_until(rest, "/?", 0), out);
  const auto path = take_until(rest, "?", 0);
  if (!path.empty()) out.nsp = namespace_name(path);
  if (!rest.empty()) out.query = rest.substr(1);
  return out;
}

std::string namespace_name(std::string_view name) {
  if (name.find(',') != std::string_view::npos)
    throw std::invalid_argument("the namespace \"" + std::string(name) +
                                "\" has a comma in it, which the protocol has no way to send");
  return name.starts_with('/') ? std::string(name) : '/' + std::string(name);
}

}  // namespace jackfield::cl
