// frontend: the side of a server that faces the network: its workers, each with a loop, listeners and a gateway. What
// jackfield::server and jackfield::engine_server share.
//
// The first worker runs on the thread in run(), every other on a thread that run() starts and joins. All of them listen on the
// same addresses (SO_REUSEPORT): the kernel deals the connections out. Thread: the first worker's, but for what says
// otherwise; before and after run() whichever has the server.
#pragma once

#include "base/function.hpp"
#include "net/listener.hpp"
#include "net/signals.hpp"
#include "net/tls_door.hpp"
#include "net/worker.hpp"
#include "transport/gateway.hpp"
#include "transport/gateway_group.hpp"
#include "transport/route_table.hpp"

#include <jackfield/engine.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace jackfield::transport {

class frontend {
 public:
  /// With loops of its own, or as a guest of `context`. The options outlive the frontend. Throws std::invalid_argument when
  /// there cannot be so many workers.
  explicit frontend(const engine_options& options, boost::asio::io_context* context = nullptr);
  ~frontend();
  frontend(const frontend&) = delete;
  frontend& operator=(const frontend&) = delete;

  std::size_t workers() const noexcept { return workers_.size(); }
  base::host& host(std::size_t worker = 0) noexcept { return *workers_[worker]; }
  engine_hooks& hooks() noexcept { return hooks_; }
  route_table& routes() noexcept { return routes_; }
  gateway& door(std::size_t worker = 0) noexcept { return *gateways_[worker]; }

  /// Before the first listen(): new sessions of a worker go to its sink, or to the one for all.
  void open(const std::vector<session_sink*>& sinks);
  void open(session_sink& sink) { open(std::vector<session_sink*>(workers(), &sink)); }
  std::uint16_t listen(const std::string& host, std::uint16_t port) { return listen(host, port, nullptr); }
  /// The same with TLS. Throws tls_error when a certificate or an option cannot be used.
  std::uint16_t listen_tls(const std::string& host, std::uint16_t port, tls_server_options tls);
  /// Reads the certificates of every TLS listener again; or gives those of one port other options. Throws tls_error when some
  /// cannot be used: then they go on with what they had. Any thread.
  void reload_tls();
  void reload_tls(std::uint16_t port, const tls_server_options& tls);
  /// Of all TLS listeners that there were. Any thread.
  tls_counts tls_handshakes() const;
  void stop_listening();
  /// REQUIRES: loops of our own. Returns after the end of a drain, and can be called again.
  void run();
  /// S47: no new sessions; `end_sessions(worker)` runs on each; what is under way goes out, for at most `limit`; the ports are
  /// given up as soon as every client of every worker was told; then run() returns (as a guest: the io_context is left alone).
  void drain(std::function<void(std::size_t worker)> end_sessions, std::chrono::milliseconds limit = std::chrono::seconds(10));
  /// f runs in a turn at the first SIGTERM or SIGINT. On the thread that will run the loop, before there are others.
  void on_ending_signal(base::unique_function<void()> f);
  /// Runs f(worker) in a turn of each, now: when nothing of this frontend runs.
  void inside(const std::function<void(std::size_t worker)>& f);
  /// Runs f on this worker's thread: now when that is the caller's, or when the other workers do not run; else later.
  void at(std::size_t worker, base::unique_function<void()> f);
  /// Runs what is due of all workers, on this thread, without waiting (for a caller's own frame loop). Returns how much was done.
  std::size_t poll();
  /// Letters that nobody will read any more: while all workers are there, for what they hold may write to others. When
  /// nothing of this frontend runs.
  void discard_letters();
  /// Ends everything that is still connected, without a word. Only when nothing of it is on the stack.
  void abandon();

 private:
  struct tls_port {
    std::uint16_t port;
    std::shared_ptr<net::tls_server_context> context;
  };
  struct doors {  // of a worker
    std::vector<std::unique_ptr<net::tls_door>> tls;
    std::vector<std::unique_ptr<net::listener>> listeners;
  };
  std::uint16_t listen(const std::string& host, std::uint16_t port, std::shared_ptr<net::tls_server_context> tls);
  void open_door(std::size_t worker, net::bound_socket s, const std::shared_ptr<net::tls_server_context>& tls);
  void close_doors(std::size_t worker) noexcept;
  std::vector<tls_port> tls_ports() const;
  void begin_drain(std::size_t worker, const std::function<void(std::size_t)>& end_sessions);
  void done(void (frontend::*next)());
  void on_sessions_gone();
  void leave();
  class other_threads;

  const engine_options& options_;
  gateway_group group_;
  std::vector<std::unique_ptr<net::worker>> workers_;
  engine_hooks hooks_;
  route_table routes_;
  std::vector<std::unique_ptr<gateway>> gateways_;
  std::vector<doors> doors_;  // of each worker
  mutable std::mutex tls_mutex_;
  std::vector<tls_port> tls_ports_;  // guarded by tls_mutex_
  std::unique_ptr<net::signals> signals_;
  std::atomic<bool> running_{false};
  std::size_t awaited_ = 0;  // workers that are not done with a step of the drain
  base::member_timer<frontend, &frontend::leave> drain_limit_{*this};
};

}  // namespace jackfield::transport
