// Engine.IO: the connection below Socket.IO: sessions over polling and WebSocket, heartbeat, upgrade.
// engine_hooks is how an application reaches into a server's engine; engine_server is Engine.IO used alone.
#pragma once

#include <jackfield/bytes.hpp>
#include <jackfield/options.hpp>
#include <jackfield/routes.hpp>
#include <jackfield/tls.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace jackfield {

/// Header lines of an answer, in order.
class response_headers {
 public:
  /// Replaces every line of that name. Throws std::invalid_argument when it could break out of the line.
  void set(std::string_view name, std::string_view value);
  /// Adds a line beside those of the same name (Set-Cookie).
  void add(std::string_view name, std::string_view value);
  /// Names and values, in the order in which they are sent.
  const std::vector<std::pair<std::string, std::string>>& lines() const noexcept { return lines_; }

 private:
  std::vector<std::pair<std::string, std::string>> lines_;
};

/// Why a request did not become, or did not reach, a session (protocol.md 1.3).
struct connection_error {
  http_head_ref request;                                     // the request that failed
  int code = 0;                                              // 0..5, the table of the protocol
  std::string message;                                       // the table's text
  std::vector<std::pair<std::string, std::string>> context;  // {"sid", …}, {"name", "TRANSPORT_MISMATCH"}, …
};

/// Goes on with the request, or refuses it (code 3) when called with a text. Once; now or later; any thread.
using engine_next = std::function<void(std::string refusal)>;
/// Runs for every HTTP request and upgrade of the engine, in order of registration. It may set headers on `reply`
/// and call next, or answer by reply.send() and not call it.
using engine_middleware = std::function<void(const http_request&, http_reply reply, engine_next next)>;

/// What an application may hook into. Register before listen().
class engine_hooks {
 public:
  void use(engine_middleware m) { middlewares.push_back(std::move(m)); }  // adds a middleware behind those that are there
  /// A request was refused. On the worker. One function: the last counts; so with the next two.
  void on_connection_error(std::function<void(const connection_error&)> f) { connection_error_fn = std::move(f); }
  /// Once per session: the answer to its handshake (polling or 101).
  void on_initial_headers(std::function<void(response_headers&, const http_head&)> f) { initial_headers_fn = std::move(f); }
  /// Every polling answer and every 101.
  void on_headers(std::function<void(response_headers&, const http_head&)> f) { headers_fn = std::move(f); }

  std::vector<engine_middleware> middlewares;                                               // the library's
  std::function<void(const connection_error&)> connection_error_fn;                         // the library's
  std::function<void(response_headers&, const http_head&)> initial_headers_fn, headers_fn;  // the library's
};

/// One Engine.IO connection used without Socket.IO: a handle. send and close from any thread, the rest on the
/// worker's, where the callbacks come. A callback may hold a handle to its own socket: behind on_close all of them are let go of,
/// and none is taken any more.
class engine_socket {
 public:
  struct core;                                                                       // the library's
  explicit engine_socket(std::shared_ptr<core> c) noexcept : core_(std::move(c)) {}  // the library's

  /// Views into the connection, valid as long as a handle is kept.
  std::string_view id() const noexcept;
  const http_head& request() const noexcept;         // the request that opened the session
  std::string_view remote_address() const noexcept;  // the peer's
  /// "polling" or "websocket"; empty once closed.
  std::string_view transport() const noexcept;
  /// The revision of Engine.IO: 4, or 3 (allow_eio3).
  int protocol() const noexcept;

  void on_text(std::function<void(std::string_view)> f);               // each text message
  void on_binary(std::function<void(bytes_view)> f);                   // each binary message
  void on_upgrade(std::function<void(std::string_view transport)> f);  // it went on to "websocket"
  void on_drain(std::function<void()> f);                              // all that was sent has been handed on
  /// Once: a reason of protocol.md 1.9 ("transport close", …) and a description that may be empty.
  void on_close(std::function<void(std::string_view reason, std::string_view description)> f);

  void send(std::string_view text);  // a text message; must be valid UTF-8
  void send(bytes_view data);        // a binary message
  /// What was sent goes out first.
  void close();

 private:
  std::shared_ptr<core> core_;
};

/// An Engine.IO server. With several workers (engine_options::workers) on_connection and the hooks are called on all of their
/// threads. Not copyable; destroy it on the thread that runs it, or after run() returned.
/// It serves no Socket.IO, so options that would do nothing are refused: the constructors throw std::invalid_argument when
/// connect_timeout is set to another than its default, or client_dir to any folder.
class engine_server {
 public:
  /// With a loop of its own, which run() runs.
  explicit engine_server(engine_options options = {});
  /// Runs on the caller's loop; run() is then the caller's business. The context outlives the server.
  engine_server(boost::asio::io_context& context, engine_options options = {});
  ~engine_server();

  engine_hooks& hooks() noexcept;                            // before listen()
  routes& http() noexcept;                                   // plain HTTP on the same port; before listen()
  void on_connection(std::function<void(engine_socket)> f);  // each new session

  /// Returns the port (the chosen one for 0). Throws std::system_error when it is taken. Several calls: several addresses.
  std::uint16_t listen(std::uint16_t port, const std::string& host = {});
  /// The same with TLS, and certificates without a restart: as the functions of jf::server.
  std::uint16_t listen_tls(std::uint16_t port, tls_server_options tls, const std::string& host = {});
  void reload_tls();                                                   // of all TLS listeners; any thread
  void reload_tls(std::uint16_t port, const tls_server_options& tls);  // other options for one port; any thread
  tls_counts tls_handshakes() const;                                   // what became of them so far; any thread
  /// Until stop().
  void run();
  /// From any thread: no newcomers, what was sent goes out, every session is closed, at most 10 s; then run() returns.
  void stop();
  /// The first SIGTERM or SIGINT does stop(); a second one what it would have done without this. Before the program starts
  /// threads, on the one that will run the loop.
  void stop_on_signals();
  /// From any thread: ends every session at once and stops listening; run() goes on.
  void close();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace jackfield
