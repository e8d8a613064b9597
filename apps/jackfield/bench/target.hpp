// target: which server is measured, as it stands on the command line and as a socket wants it. Errors are sentences
// (std::runtime_error). Any thread; resolving a name may block.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace jackfield::bench {

struct target {
  std::string url;                   // as it was given
  std::string host;                  // without brackets
  std::uint16_t port = 80;           // 443 with TLS
  bool tls = false;                  // https:// or wss://
  std::string path = "/socket.io/";  // of Engine.IO
  std::string authority;             // for the Host header
  sockaddr_storage address{};        // of the host, resolved
  socklen_t address_size = 0;

  /// 127.0.0.0/8 or ::1: this machine, so that nobody else is disturbed and the server's own figures can be read.
  bool loopback() const noexcept;
};

/// http://, ws://, https:// or wss://, a host, maybe a port, maybe the path of the endpoint. Without a path, or with "/": the
/// usual one. Throws std::runtime_error with what is wrong and what to write.
target read_target(std::string_view url);
/// Fills in the address: the first that the host's name has. Throws std::runtime_error.
void resolve(target& t);

}  // namespace jackfield::bench
