// resolver: the addresses of a host name, without holding up a loop: the system is asked on threads of their own (getaddrinfo has
// no other way), and the answer is posted to the worker. Addresses in digits are answered without a thread.
//
// A few threads serve the whole process and end when they have had nothing to do for a while: a name that the system is slow to
// find holds up one of them, not the clients. Owner: whoever holds the ref; letting go cancels. Thread: the worker's.
#pragma once

#include "base/function.hpp"
#include "base/ref.hpp"
#include "net/worker.hpp"

#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace jackfield::net {

/// Where to connect to.
struct endpoint_address {
  sockaddr_storage address{};
  socklen_t size = 0;
  int family() const noexcept { return address.ss_family; }
  /// "192.0.2.1", "2001:db8::1".
  std::string text() const;
};

class lookup final : public base::ref_counted<lookup> {
 public:
  /// `why`: empty, or a sentence; then there is no address. In the system's order of preference.
  using done_fn = base::unique_function<void(std::vector<endpoint_address>, std::string why)>;

  /// `done` is called in a later turn or at the end of this one, never from inside.
  static base::ref<lookup> start(worker& w, const std::string& host, std::uint16_t port, done_fn done);
  ~lookup();
  /// `done` will not be called.
  void cancel() noexcept;

 private:
  friend class base::ref_counted<lookup>;
  struct order;
  explicit lookup(std::shared_ptr<order> o) noexcept : order_(std::move(o)) {}
  std::shared_ptr<order> order_;
};

}  // namespace jackfield::net
