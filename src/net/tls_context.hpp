// tls_context: the settings that handshakes begin with, made of the public options: tls_server_context for a listener on all
// workers, with its certificates by host name and new ones without a restart; tls_client_context for what connects.
// Errors: tls_error from constructors and reload(). Any thread; a handshake costs one lock, what follows it none.
#pragma once

#include "net/tls_channel.hpp"
#include "net/tls_counters.hpp"
#include "net/tls_tickets.hpp"

#include <jackfield/tls.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::net {

/// One generation of a listener's certificates and settings: immutable. A handshake keeps the one that it began with.
class tls_server_set {
 public:
  tls_server_set(tls_server_options o, std::shared_ptr<tls_tickets> tickets);
  const tls_server_options& options() const noexcept { return options_; }
  ssl_ptr make() const;
  /// Of the host that a client names; the first one when none fits.
  SSL_CTX* choose(std::string_view host) const;
  tls_tickets& tickets() const noexcept { return *tickets_; }
  /// Empty, or which certificate's dates are wrong.
  const std::string& out_of_date() const noexcept { return out_of_date_; }

 private:
  void add(const tls_certificate& c);

  tls_server_options options_;
  std::shared_ptr<tls_tickets> tickets_;
  std::vector<ssl_ctx_ptr> contexts_;
  std::map<std::string, SSL_CTX*, std::less<>> by_name_;  // "example.com", "*.example.com"
  std::string out_of_date_;
};

class tls_server_context {
 public:
  explicit tls_server_context(tls_server_options o);
  /// Reads the files again, or takes other options: for handshakes from now on. What is out of date or cannot be used is
  /// refused, and what there was stays.
  void reload();
  void reload(tls_server_options o);

  std::shared_ptr<const tls_server_set> current() const;
  tls_counters& counters() noexcept { return counters_; }

 private:
  std::shared_ptr<tls_tickets> tickets_;
  mutable std::mutex mutex_;
  std::shared_ptr<const tls_server_set> current_;  // guarded by mutex_
  tls_counters counters_;
};

/// The sessions that a client may resume: the newest of each host.
class tls_sessions {
 public:
  static constexpr std::size_t most = 256;  // hosts; with more, some other one is forgotten

  void keep(const std::string& peer, ssl_session_ptr session);
  /// Null: none. Taken, not looked at: a ticket of TLS 1.3 should be used once (RFC 8446 C.4).
  ssl_session_ptr take(const std::string& peer);
  std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, ssl_session_ptr, std::less<>> all_;  // guarded by mutex_
};

class tls_client_context {
 public:
  explicit tls_client_context(tls_client_options o);

  const tls_client_options& options() const noexcept { return options_; }
  /// The client's side of a connection to `host` (a name or an address), on a connected descriptor. May outlive the context.
  std::unique_ptr<tls_channel> make(std::string_view host, std::uint16_t port, int fd);
  const tls_sessions& sessions() const noexcept { return *sessions_; }

 private:
  tls_client_options options_;
  ssl_ctx_ptr context_;
  std::shared_ptr<tls_sessions> sessions_ = std::make_shared<tls_sessions>();
};

}  // namespace jackfield::net
