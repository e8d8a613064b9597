// listener: a listening socket; hands each accepted descriptor to its owner. Accepts a bounded number per
// turn (S49) and survives running out of descriptors without spinning (S45).
// Owner: the server. Thread: the worker's.
#pragma once

#include "base/function.hpp"
#include "net/worker.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace jackfield::net {

class listener final : public pollable {
 public:
  /// `accept` gets a connected, non-blocking descriptor and owns it.
  using accept_fn = base::unique_function<void(int fd)>;

  /// Binds and listens. Throws std::system_error (EADDRINUSE, EACCES, …) naming the address.
  /// `host`: an IP address or a name (all its addresses are tried in turn, the first that binds wins);
  /// empty: every address, IPv6 and IPv4. `port` 0: any free one.
  listener(worker& w, const std::string& host, std::uint16_t port, accept_fn accept);
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
