// client: a Socket.IO client: one connection to one server, whatever becomes of it, and the sockets on it. The JavaScript
// client's Manager. protocol.md 5.
//
//   jf::client io("https://example.com", {.auth = jf::object{{"token", "…"}}});
//   auto s = io.socket("/", [](jf::client_socket s) {
//     s.on_connect([s] { s.emit("hello"); });
//     s.on("news", [](std::string text) { … });
//   });
//
// Where it runs: on a thread of its own, unless it is given something else: a boost::asio::io_context of the caller's, a
// jf::client_loop that several clients share, or jf::by_hand, for programs with frames: `while (game) { io.poll(); draw(); }`.
//
// Thread: everything may be called from any thread. Destroying a client is allowed at any moment, from any thread and from inside
// its handlers: sockets say goodbye as far as that does not wait, everybody who waits for an answer hears errc::disconnected, and
// no handler runs any more when the destructor returns: it waits for the one that is under way, unless it was called by it. (From
// inside a handler of another loop it does not wait.) So what handlers and callbacks use has to outlive the client: declare it
// before. disconnect() first lets what was sent reach the server in peace. Handles outlive the client.
//
// Errors: a URL or option that cannot be: std::invalid_argument with a sentence; certificates that cannot: tls_error. Whatever
// the network does is an event.
#pragma once

#include <jackfield/client_options.hpp>
#include <jackfield/client_socket.hpp>
#include <jackfield/fault.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace boost::asio {
class io_context;
}

namespace jackfield {

namespace cl {
class loop_owner;
class manager;
struct client_access;
void intrusive_ptr_add_ref(const manager*) noexcept;
void intrusive_ptr_release(const manager*) noexcept;
}  // namespace cl

/// A client, or a client_loop, without a thread: it runs in poll().
struct by_hand_t {};
inline constexpr by_hand_t by_hand{};  // `jf::client io(jf::by_hand, url);`

/// Where clients run that share it: thousands of them cost one thread. It lasts until it and its clients are destroyed.
class client_loop {
 public:
  /// A thread of its own.
  client_loop();
  /// A guest of the caller's, which one thread runs. `context` outlives the clients. Its concurrency hint is not "unsafe".
  explicit client_loop(boost::asio::io_context& context);
  /// Runs in poll().
  explicit client_loop(by_hand_t);

  /// by_hand: does what is due, without waiting, on the calling thread: once per frame. Returns whether there was anything; false
  /// at once when another thread is in it, or a handler called it.
  bool poll() const;

  /// The library's.
  explicit client_loop(std::shared_ptr<cl::loop_owner> owner) noexcept : owner_(std::move(owner)) {}
  /// The library's.
  const std::shared_ptr<cl::loop_owner>& owner() const noexcept { return owner_; }

 private:
  std::shared_ptr<cl::loop_owner> owner_;
};

class client {
 public:
  /// On a thread of its own. Nothing is opened before the first socket, or connect().
  explicit client(std::string_view url, client_options options = {});
  client(boost::asio::io_context& context, std::string_view url, client_options options = {});
  client(by_hand_t, std::string_view url, client_options options = {});
  client(client_loop loop, std::string_view url, client_options options = {});
  client(client&&) noexcept;
  client& operator=(client&&) noexcept;
  ~client();

  /// The socket of a namespace; the same one when asked again. It connects by itself unless auto_connect is false.
  /// "x" and "/x" are the same, "" is "/".
  client_socket socket(std::string_view nsp) const;
  client_socket socket(std::string_view nsp, client_socket_options options) const;
  /// `setup(jf::client_socket)` runs before it connects, here: the place to register handlers.
  template <class F>
  requires std::is_invocable_v<F&, client_socket> client_socket socket(std::string_view nsp, F&& setup)
  const { return socket(nsp, default_socket_options(), std::forward<F>(setup)); }
  template <class F>
  requires std::is_invocable_v<F&, client_socket> client_socket socket(std::string_view nsp, client_socket_options o, F&& setup)
  const {
    const bool connect = std::exchange(o.auto_connect, false);
    auto s = socket(nsp, std::move(o));
    setup(s);
    if (connect && !s.active()) s.connect();
    return s;
  }
  /// The socket of the URL's path.
  client_socket socket() const;
  /// The same, with `setup(jf::client_socket)` before it connects.
  template <class F>
  requires std::is_invocable_v<F&, client_socket> client_socket socket(F&& setup)
  const { return socket(nsp_of_url(), std::forward<F>(setup)); }

  /// Opens the connection, unless it is or is being opened; sockets connect by themselves.
  void connect() const;
  /// Every socket ends with "forced close", and the connection is closed when what was sent has left. It stays so until a socket
  /// connects.
  void disconnect() const;
  /// Whether it comes back by itself when the connection is lost.
  void reconnection(bool on) const;

  /// The connection is open; sockets have their own connected(). Any thread: a recent value.
  bool connected() const noexcept;
  /// "polling", "websocket"; empty: none.
  std::string transport() const;
  /// by_hand: see client_loop::poll().
  bool poll() const;

  // Of the connection; sockets have their own events. Called on the loop.
  /// `()`: it is open; sockets are not connected yet.
  listener_id on_open(std::function<void()> f) const;
  /// An attempt to open failed, or the open connection did.
  listener_id on_error(std::function<void(const error&)> f) const;
  /// The open connection ended.
  listener_id on_close(std::function<void(disconnect_reason, std::string_view description)> f) const;
  /// The server asked whether we live.
  listener_id on_ping(std::function<void()> f) const;
  /// The connection went on to another transport.
  listener_id on_upgrade(std::function<void(std::string_view transport)> f) const;
  /// The n-th attempt to come back begins; from 1.
  listener_id on_reconnect_attempt(std::function<void(std::uint32_t n)> f) const;
  /// The n-th attempt opened a connection.
  listener_id on_reconnect(std::function<void(std::uint32_t n)> f) const;
  /// It did not.
  listener_id on_reconnect_error(std::function<void(const error&)> f) const;
  /// All attempts of client_options::reconnection_attempts have failed: it stays away until connect().
  listener_id on_reconnect_failed(std::function<void()> f) const;
  /// One of these listeners is not called any more.
  void off(listener_id one) const;
  /// Exceptions that handlers throw. Empty (the default): a line on the standard error stream.
  void on_fault(std::function<void(const fault&)> f) const;

  /// Calls f on the loop later, with nothing else on the stack; not any more when the client is destroyed.
  void post(std::function<void()> f) const;

  /// The library's.
  client(std::shared_ptr<cl::loop_owner> loop, detail::ref<cl::manager> m) noexcept;

 private:
  friend struct cl::client_access;
  client_socket_options default_socket_options() const;
  const std::string& nsp_of_url() const noexcept;
  void end() noexcept;

  std::shared_ptr<cl::loop_owner> loop_;
  detail::ref<cl::manager> manager_;  // null: moved from
};

/// Clients by the server that they talk to, as the JavaScript client's io() keeps them: sockets of different namespaces of one
/// server share a connection. A connection is shared by those of the same scheme, host, port and path; the options of the first
/// count. One of its own is made with force_new, multiplex = false, or for a namespace that the shared one has a socket of
/// already. All run on one loop and end with the pool.
class client_pool {
 public:
  /// Its clients run on `loop`: a thread of their own, unless it is given another.
  explicit client_pool(client_loop loop = client_loop());
  ~client_pool();
  client_pool(const client_pool&) = delete;
  client_pool& operator=(const client_pool&) = delete;

  /// The socket of the URL's path, connecting unless auto_connect is false.
  client_socket connect(std::string_view url, client_options options = {});
  /// The client of a socket of this pool. Null: it is of another.
  client* client_of(const client_socket& s) const;
  /// Ends the client of a socket, with all its sockets. False: it is of another pool.
  bool end(const client_socket& s);
  /// How many clients are kept.
  std::size_t size() const;

 private:
  struct contents;
  std::unique_ptr<contents> contents_;
};

/// The JavaScript client's io(): a socket of a pool that the process has, on a thread of its own, and that lasts as long as the
/// process. For small programs; others keep a jf::client.
client_socket connect(std::string_view url, client_options options = {});

}  // namespace jackfield
