// loopback: listening sockets of the operating system, for what connects.
#pragma once

#include "net/resolver.hpp"
#include "net/unique_fd.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstring>
#include <string>
#include <string_view>

namespace jackfield::net {

inline endpoint_address address_of(const std::string& digits, std::uint16_t port) {
  endpoint_address a;
  auto& v4 = reinterpret_cast<sockaddr_in&>(a.address);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(a.address);
  if (::inet_pton(AF_INET, digits.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    a.size = sizeof v4;
  } else {
    EXPECT_EQ(::inet_pton(AF_INET6, digits.c_str(), &v6.sin6_addr), 1) << digits;
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    a.size = sizeof v6;
  }
  return a;
}

/// Listens on a free port of an address; accept() is the test's.
struct listening {
  explicit listening(const std::string& digits = "127.0.0.1", int backlog = 16) {
    auto at = address_of(digits, 0);
    fd.reset(::socket(at.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    works = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at.address), at.size) == 0 && ::listen(fd.get(), backlog) == 0;
    ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&at.address), &at.size);
    address = at;
    port = ntohs(at.family() == AF_INET ? reinterpret_cast<sockaddr_in&>(at.address).sin_port
                                        : reinterpret_cast<sockaddr_in6&>(at.address).sin6_port);
  }
  /// Waits for somebody. Non-blocking from then on.
  unique_fd accept() { return unique_fd(::accept4(fd.get(), nullptr, nullptr, SOCK_NONBLOCK)); }
  bool somebody() const {
    pollfd p{fd.get(), POLLIN, 0};
    return ::poll(&p, 1, 0) == 1;
  }
  unique_fd fd;
  endpoint_address address;
  std::uint16_t port = 0;
  bool works = false;
};

/// A port on which nobody listens.
inline std::uint16_t closed_port(const std::string& digits = "127.0.0.1") { return listening(digits).port; }

inline std::string read_now(int fd) {
  std::string out;
  char buffer[4096];
  for (ssize_t n; (n = ::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0;) out.append(buffer, static_cast<std::size_t>(n));
  return out;
}
inline void write_all(int fd, std::string_view text) {
  EXPECT_EQ(::send(fd, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
}

}  // namespace jackfield::net
