// http_host: is this a Host header's value? (RFC 9110 §7.2, RFC 3986 §3.2.2.) Pure, linear.
#pragma once

#include <string_view>

namespace jackfield::wire {

/// uri-host [":" port]: a name, an IPv4 address or an address in brackets; not empty; port at most 65535.
bool valid_host(std::string_view value) noexcept;

}  // namespace jackfield::wire
