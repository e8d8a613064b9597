// server: a Socket.IO server. Embeds in a program or in its event loop:
//
//   jf::server io({.cors = {.origin = "https://example.com"}});
//   io.on_connection([](jf::socket s) { s.on("echo", [](jf::arg v, jf::ack a) { a(v); }); });
//   io.listen(3000);
//   io.run();
//
// One worker, unless server_options::workers says otherwise: all handlers run on the thread in run() (or the thread that runs the
// caller's io_context). With several workers each client's handlers run on the thread of its worker, those of other
// clients at the same time; what is registered on the server is shared by all of them. Everything but listen(), run() and
// stop_on_signals() may be called from any thread. Start-up failures are exceptions with a sentence for
// people.
#pragma once

#include <jackfield/engine.hpp>
#include <jackfield/fault.hpp>
#include <jackfield/nsp.hpp>
#include <jackfield/options.hpp>
#include <jackfield/parent_nsp.hpp>
#include <jackfield/routes.hpp>
#include <jackfield/tls.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
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

namespace srv {
class crew;
struct server_access;
}  // namespace srv

class server {
 public:
  /// A server with a loop of its own, which run() runs. Throws std::system_error when the system has no descriptor left.
  explicit server(server_options options = {});
  /// A guest of the caller's loop, which one thread runs; `context` outlives the server.
  explicit server(boost::asio::io_context& context, server_options options = {});
  server(server&&) noexcept;
  server& operator=(server&&) noexcept;
  /// Closes what is open. Not from inside a handler.
  ~server();

  /// Accepts connections on this port of all interfaces (IPv6 and IPv4), or of one address. 0: any free port. Returns the port.
  std::uint16_t listen(std::uint16_t port);
  std::uint16_t listen(const std::string& host, std::uint16_t port);
  /// The same with TLS (tls.hpp), beside plain listeners or alone. Throws tls_error when a certificate or an option cannot be
  /// used.
  std::uint16_t listen_tls(std::uint16_t port, tls_server_options tls);
  std::uint16_t listen_tls(const std::string& host, std::uint16_t port, tls_server_options tls);
  /// Reads the certificate files of every TLS listener again. New handshakes get what is in them now, connections that are open
  /// go on. Throws tls_error when one cannot be used or is out of date; that listener goes on with what it had. Any thread.
  void reload_tls();
  /// Other options for the TLS listeners on this port, the same way. What tls_server_options::ticket_key_life says stays.
  void reload_tls(std::uint16_t port, const tls_server_options& tls);
  /// What became of TLS handshakes so far. Any thread.
  tls_counts tls_handshakes() const;
  /// Serves until stop(). Only for servers without a loop of the caller.
  void run();
  /// Lets run() return when what is under way has been written.
  void stop();
  /// The first SIGTERM or SIGINT does stop(); a second one what it would have done without this. Before the program starts
  /// threads, on the one that will run the loop.
  void stop_on_signals();
  /// Every socket leaves with "server shutting down", every connection is closed, listeners end. `done`, unless empty, is
  /// called on a worker when the last connection is gone: a polling client is waited for until its next request, at most 30 s.
  /// listen() may be called again afterwards.
  void close(std::function<void()> done = {});

  /// A namespace; made when it is new, with what the first pattern that fits its name has. "x" and "/x" are the same, "" is "/".
  jackfield::nsp of(std::string_view name) const;
  /// Namespaces of every name in which the pattern finds something (so "^…$" for all of the name), made when a client asks.
  /// The names are strangers': a pattern that backtracks without end costs the worker's time.
  parent_nsp of(std::regex names) const { return of_pattern(std::move(names)); }
  /// Namespaces of every name of which a function says so: `bool(std::string_view name, const jf::value& auth)`, the same as a
  /// coroutine (`jf::task<bool>`), or `void(name, auth, jf::next)`, which answers later: next() is yes, a refusal is no.
  template <detail::decides_names F>
  parent_nsp of(F&& f) const {
    return of_rule(detail::make_name_rule(std::forward<F>(f)));
  }
  /// "/".
  const jackfield::nsp& main() const noexcept { return main_; }
  /// `(jf::nsp)`: a namespace other than "/" was made, by of() or for a client. Once for each, on the thread that made it.
  void on_new_namespace(std::function<void(jackfield::nsp)> f) const;

  /// Exceptions that handlers throw. Empty (the default): a line on the standard error stream.
  void on_fault(std::function<void(const fault&)> f) const;
  /// What the server was made with. Any thread.
  const server_options& options() const noexcept;
  /// Engine.IO sessions that are open, in whatever namespaces they are, or in none. Any thread.
  std::size_t clients_count() const noexcept;
  /// How often each limit was reached so far, by the limit's name ("body", "unsent_bytes", …). Any thread.
  std::vector<std::pair<std::string_view, std::uint64_t>> limit_hits() const;

  /// The Engine.IO layer: middlewares of HTTP requests, headers, refused requests. Before listen().
  engine_hooks& engine() const noexcept;
  /// engine().use(): a middleware of HTTP requests. Before listen().
  void use_engine(engine_middleware m) const { engine().use(std::move(m)); }
  /// `(jf::connection)`: a client opened an Engine.IO session; it is in no namespace yet. Any time, any thread.
  void on_engine_connection(std::function<void(connection)> f) const;
  /// A request did not become, or did not reach, a session. Before listen(); told on the worker.
  void on_connection_error(std::function<void(const connection_error&)> f) const { engine().on_connection_error(std::move(f)); }
  /// Plain HTTP routes on the same port. Before listen().
  routes& http() const noexcept;

  /// Calls f after a while on the caller's worker, or the first, when the caller is on none; f must not throw.
  void after(std::chrono::milliseconds t, std::function<void()> f) const;
  /// Calls f later, on the caller's worker, or on the first, when the caller is on none; f must not throw.
  void post(std::function<void()> f) const;

  // --- "/" in short

  /// nsp::on_connection of "/": `(jf::socket)`, also as a coroutine.
  template <class F>
  listener_id on_connection(F&& f) const {
    return main_.on_connection(std::forward<F>(f));
  }
  /// nsp::off of "/": a handler of on_connection or on_server_side.
  void off(listener_id one) const { main_.off(one); }
  /// nsp::use of "/": a middleware for clients that want to join it. Other namespaces have their own.
  template <class F>
  void use(F&& f) const {
    main_.use(std::forward<F>(f));
  }
  /// nsp::on_room of "/".
  void on_room(std::function<void(room_event, std::string_view room, std::string_view id)> f) const {
    main_.on_room(std::move(f));
  }
  /// nsp::on_bad_event of "/".
  void on_bad_event(std::function<void(const bad_event&)> f) const { main_.on_bad_event(std::move(f)); }
  /// To every socket of "/": nsp::emit.
  template <class... A>
  void emit(std::string_view event, const A&... a) const {
    main_.emit(event, a...);
  }
  /// emit("message", …).
  template <class... A>
  void send(const A&... a) const {
    main_.send(a...);
  }
  /// emit("message", …).
  template <class... A>
  void write(const A&... a) const {
    main_.write(a...);
  }
  /// To every socket of "/", with the answers of all: nsp::emit_with_ack.
  template <class... A>
  auto emit_with_ack(std::string_view event, const A&... a) const {
    return main_.emit_with_ack(event, a...);
  }
  /// nsp::server_side_emit of "/": to the other servers of the cluster.
  template <class... A>
  void server_side_emit(std::string_view event, const A&... a) const {
    main_.server_side_emit(event, a...);
  }
  /// The same with their answers: nsp::server_side_emit_with_ack.
  template <class... A>
  pending_answers server_side_emit_with_ack(std::string_view event, const A&... a) const {
    return main_.server_side_emit_with_ack(event, a...);
  }
  /// nsp::on_server_side of "/".
  template <class F>
  listener_id on_server_side(std::string_view event, F&& f) const {
    return main_.on_server_side(event, std::forward<F>(f));
  }
  /// To the members of these rooms of "/": broadcast_operator::to.
  template <class R>
  broadcast_operator to(const R& rooms) const {
    return main_.to(rooms);
  }
  broadcast_operator to(std::initializer_list<std::string_view> rooms) const { return main_.to(rooms); }
  /// The same as to().
  template <class R>
  broadcast_operator in(const R& rooms) const {
    return main_.to(rooms);
  }
  broadcast_operator in(std::initializer_list<std::string_view> rooms) const { return main_.to(rooms); }
  /// To all of "/" but the members of these rooms.
  template <class R>
  broadcast_operator except(const R& rooms) const {
    return main_.except(rooms);
  }
  broadcast_operator except(std::initializer_list<std::string_view> rooms) const { return main_.except(rooms); }
  broadcast_operator local() const { return main_.local(); }                                  // broadcast_operator::local, of all
  broadcast_operator volatile_() const { return main_.volatile_(); }                          // broadcast_operator::volatile_
  broadcast_operator latest(std::string_view key) const { return main_.latest(key); }         // broadcast_operator::latest
  broadcast_operator compress(bool on) const { return main_.compress(on); }                   // broadcast_operator::compress
  broadcast_operator timeout(std::chrono::milliseconds t) const { return main_.timeout(t); }  // broadcast_operator::timeout
  pending<std::vector<socket>> fetch_sockets() const { return main_.fetch_sockets(); }        // the sockets of "/"
  pending<std::vector<std::string>> all_sockets() const { return main_.all_sockets(); }       // their ids
  /// Every socket of "/" joins these rooms: one name or several.
  template <class R>
  void sockets_join(const R& rooms) const {
    main_.sockets_join(rooms);
  }
  void sockets_join(std::initializer_list<std::string_view> rooms) const { main_.sockets_join(rooms); }
  /// Every socket of "/" leaves these rooms: one name or several.
  template <class R>
  void sockets_leave(const R& rooms) const {
    main_.sockets_leave(rooms);
  }
  void sockets_leave(std::initializer_list<std::string_view> rooms) const { main_.sockets_leave(rooms); }
  /// Every socket of "/" is disconnected; `close`: their connections are closed too, with all their namespaces.
  void disconnect_sockets(bool close = false) const { main_.disconnect_sockets(close); }

 private:
  friend struct srv::server_access;
  parent_nsp of_pattern(std::regex names) const;
  parent_nsp of_rule(detail::name_rule f) const;
  struct network;  // server.cpp: the worker, its loop, listeners
  explicit server(srv::crew& crew);

  std::unique_ptr<network, void (*)(network*)> network_;
  srv::crew* crew_;
  jackfield::nsp main_;
};

}  // namespace jackfield
