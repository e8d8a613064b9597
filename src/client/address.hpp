// address: what a client's URL says (protocol.md 1.2, 5.1): where the server is, and which namespace is meant.
//
//   https://example.com:8443/admin?token=1#top
//   scheme  host        port nsp   query
//
// Pure, any thread. Errors: std::invalid_argument with a sentence for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jackfield::cl {

struct address {
  std::string scheme;  // as it was written: http, https, ws, wss
  std::string host;    // IPv6 addresses without brackets
  std::uint16_t port = 0;
  bool secure = false;
  std::string nsp = "/";
  std::optional<std::string> query;  // as it was written; nothing: the URL has none

  /// What clients with the same connection have in common: "scheme://host:port" and the path of the option.
  std::string key(std::string_view path) const;
};

address parse_address(std::string_view url);

/// "x" and "/x" are the same, "" is "/". Throws when there is a comma in it.
std::string namespace_name(std::string_view name);

}  // namespace jackfield::cl
