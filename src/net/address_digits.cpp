#include "net/address_digits.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <charconv>
#include <cstdint>

namespace jackfield::net {

namespace {

/// An IPv4 address. Told of every client, for which inet_ntop is slow.
std::string dotted(std::uint32_t address) {
  std::array<char, sizeof "255.255.255.255"> text;
  char* at = text.data();
  for (int shift = 24; shift >= 0; shift -= 8) {
    at = std::to_chars(at, text.data() + text.size(), address >> shift & 0xFF).ptr;
    if (shift > 0) *at++ = '.';
  }
  return {text.data(), at};
}

}  // namespace

std::string digits_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) return dotted(ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr));
  char text[INET6_ADDRSTRLEN] = {};
  const auto* six = &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  if (address.ss_family != AF_INET6 || !::inet_ntop(AF_INET6, six, text, sizeof text)) return {};
  return text;
}

}  // namespace jackfield::net
