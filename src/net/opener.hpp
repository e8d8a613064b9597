// opener: a stream to a server that its next speaker only has to start(): name, connection, proxy, TLS, one after another.
// Owner: whoever holds the ref; letting go of the last one cancels. Thread: the worker's. A failure is a sentence.
#pragma once

#include "base/function.hpp"
#include "base/ref.hpp"
#include "net/connector.hpp"
#include "net/stream.hpp"
#include "net/tls_connect.hpp"
#include "net/tunnel.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace jackfield::net {

/// Where to, and how. Outlives the openers.
struct route {
  /// What a proxy is asked for.
  enum class proxy_use : std::uint8_t {
    tunnel,   // CONNECT: what follows goes to the host as it is
    forward,  // nothing yet: who speaks on the stream speaks to the proxy (RFC 9112 §3.2.2). Never with TLS
  };
  std::string host;
  std::uint16_t port = 80;
  std::optional<wire::proxy_address> proxy{};
  proxy_use use = proxy_use::tunnel;
  std::shared_ptr<tls_client_context> tls{};     // null: plain
  connect_times times{};                         // of the connection, and of the proxy's answer
  std::chrono::milliseconds stall_limit{30000};  // of the stream: output that makes no progress
};

class opener final : public base::ref_counted<opener> {
 public:
  /// Once, in a later turn or at the end of this one: a stream that was not started, or null and why.
  using done_fn = base::unique_function<void(std::unique_ptr<stream>, std::string why)>;

  static base::ref<opener> start(worker& w, const route& to, done_fn done);
  ~opener();
  /// The end at once; `done` is not called.
  void cancel();

 private:
  friend class base::ref_counted<opener>;
  opener(worker& w, const route& to, done_fn done);
  void on_connected(unique_fd fd, std::string why);
  void on_reached(unique_fd fd, std::string why);
  void on_secured(std::unique_ptr<stream> s, std::string why);
  void over(std::unique_ptr<stream> s, std::string why);

  worker& worker_;
  const route& to_;
  done_fn done_;
  base::ref<connector> connector_;
  base::ref<tunnel> tunnel_;
  base::ref<tls_connect> handshake_;
};

}  // namespace jackfield::net
