// listener: a listening socket; hands each accepted descriptor to its owner. Accepts a bounded number per
// turn (S49) and survives running out of descriptors without spinning (S45).
// Owner: the server. Thread: the worker's.
#pragma once

#include "base/function.hpp"
#include "net/worker.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace jackfield::net {

/// Whether other sockets of this process may listen on the same address beside this one; then the kernel deals newcomers out.
enum class port_sharing : std::uint8_t { alone, shared };

/// A listening socket that nobody hears yet.
class bound_socket {
 public:
  /// `host`: an IP address or a name (all its addresses are tried in turn, the first that binds wins); empty: every
  /// address, IPv6 and IPv4. `port` 0: any free one. Throws std::system_error (EADDRINUSE, EACCES, …) naming the address:
  /// also when a port is in use that its user shares, for that is another server.
  bound_socket(const std::string& host, std::uint16_t port, port_sharing s);
  /// One more on the same address. REQUIRES: it is shared.
  static bound_socket beside(const bound_socket& first);
  bound_socket(bound_socket&& o) noexcept : fd_(std::exchange(o.fd_, -1)), port_(o.port_), address_(std::move(o.address_)) {}
  bound_socket& operator=(bound_socket&&) = delete;
  ~bound_socket();

  std::uint16_t port() const noexcept { return port_; }
  /// "127.0.0.1", "::", …
  const std::string& address() const noexcept { return address_; }
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  explicit bound_socket(int fd);
  int fd_;
  std::uint16_t port_ = 0;
  std::string address_;
};

class listener final : public pollable {
 public:
  /// `accept` gets a connected, non-blocking descriptor and owns it. `from`: the peer's IP address.
  using accept_fn = base::unique_function<void(int fd, std::string from)>;

  listener(worker& w, bound_socket s, accept_fn accept);
  /// Binds one for itself.
  listener(worker& w, const std::string& host, std::uint16_t port, accept_fn accept)
      : listener(w, bound_socket(host, port, port_sharing::alone), std::move(accept)) {}
  ~listener();

  std::uint16_t port() const noexcept { return port_; }
  /// "127.0.0.1", "::", …
  const std::string& address() const noexcept { return address_; }
  void close() noexcept;

  void on_events(std::uint32_t events) override;

 private:
  struct pause;
  void shed();
  worker& worker_;
  accept_fn accept_;
  std::unique_ptr<pause> pause_;
  std::string address_;
  int fd_ = -1, spare_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace jackfield::net
