// frontend: the side of a server that faces the network: loop, worker, listeners, gateway. What jackfield::server and
// jackfield::engine_server share. Thread: as net::worker; stop() and wake-ups from any.
#pragma once

#include "net/listener.hpp"
#include "net/signals.hpp"
#include "net/tls_door.hpp"
#include "net/worker.hpp"
#include "transport/gateway.hpp"
#include "transport/route_table.hpp"

#include <jackfield/engine.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace jackfield::transport {

class frontend {
 public:
  /// With a loop of its own, or as a guest of `context`. The options outlive the frontend.
  explicit frontend(const engine_options& options, boost::asio::io_context* context = nullptr);
  ~frontend();
  frontend(const frontend&) = delete;
  frontend& operator=(const frontend&) = delete;

  base::host& host() noexcept { return *worker_; }
  engine_hooks& hooks() noexcept { return hooks_; }
  route_table& routes() noexcept { return routes_; }
  gateway& door() noexcept { return *gateway_; }

  /// Before the first listen(): sessions go to `sink`.
  void open(session_sink& sink);
  std::uint16_t listen(const std::string& host, std::uint16_t port);
  /// The same with TLS. Throws tls_error when a certificate or an option cannot be used.
  std::uint16_t listen_tls(const std::string& host, std::uint16_t port, tls_server_options tls);
  /// Reads the certificates of every TLS listener again; or gives those of one port other options. Throws tls_error when some
  /// cannot be used: then they go on with what they had. Any thread.
  void reload_tls();
  void reload_tls(std::uint16_t port, const tls_server_options& tls);
  /// Of all TLS listeners that there were. Any thread.
  tls_counts tls_handshakes() const;
  void stop_listening() noexcept;
  /// REQUIRES: a loop of our own. Returns after stop(), and can be called again.
  void run();
  /// S47: no new sessions; `end_sessions` runs; what is under way goes out, for at most `limit`; the port is given up as soon
  /// as every client was told; then run() returns (as a guest: the io_context is left alone). On the worker's thread.
  void drain(base::unique_function<void()> end_sessions, std::chrono::milliseconds limit = std::chrono::seconds(10));
  /// f runs in a turn at the first SIGTERM or SIGINT. On the thread that will run the loop, before there are others.
  void on_ending_signal(base::unique_function<void()> f);
  /// Runs f in a turn, now: when nothing of this frontend runs.
  void inside(base::unique_function<void()> f) { worker_->inside(std::move(f)); }
  /// Runs what is due without waiting (for a caller's own frame loop). Returns how much was done.
  std::size_t poll();
  /// Ends everything that is still connected, without a word. Only when nothing of it is on the stack.
  void abandon();

 private:
  struct tls_port {
    std::uint16_t port;
    std::shared_ptr<net::tls_server_context> context;
  };
  std::vector<tls_port> tls_ports() const;
  void leave();

  const engine_options& options_;
  std::unique_ptr<net::worker> worker_;
  engine_hooks hooks_;
  route_table routes_;
  std::unique_ptr<gateway> gateway_;
  std::vector<std::unique_ptr<net::tls_door>> tls_doors_;
  std::vector<std::unique_ptr<net::listener>> listeners_;
  mutable std::mutex tls_mutex_;
  std::vector<tls_port> tls_ports_;  // guarded by tls_mutex_
  std::unique_ptr<net::signals> signals_;
  base::member_timer<frontend, &frontend::leave> drain_limit_{*this};
};

}  // namespace jackfield::transport
