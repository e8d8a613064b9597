// What can be set on a client, with the default, the unit and the meaning of zero beside each option. Names and defaults are the
// JavaScript client's where it has the option. Plain values:
//
//   jf::client io("https://example.com", {.transports = {jf::client_transport::websocket}, .reconnection_attempts = 5});
#pragma once

#include <jackfield/tls.hpp>
#include <jackfield/value.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace jackfield {

class parser;

/// How a client reaches its server.
enum class client_transport : std::uint8_t {
  polling,    // HTTP requests, one that waits for what the server has to say
  websocket,  // one connection, both ways
};
/// "polling", "websocket".
std::string_view name_of(client_transport t) noexcept;

/// What a socket says about itself with CONNECT: nothing, a value, or a function that is asked at every connection, so that a
/// token can be a fresh one. The function runs on the client's loop and returns a jf::value, or takes a jf::client_auth::answer
/// and calls it when it knows, from any thread; one that throws makes a connect_error. Anything but an object is sent as none.
class client_auth {
 public:
  /// Takes what is sent. The first call counts.
  using answer = std::function<void(value)>;

  client_auth() = default;
  /// The same value at every connection.
  client_auth(value v) : is_(std::move(v)) {}
  /// The same.
  client_auth(object o) : is_(value(std::move(o))) {}
  /// `() -> jf::value`: asked at every connection.
  template <class F>
  requires std::is_invocable_r_v<value, F&> client_auth(F f) : is_(now(std::move(f))) {}
  /// `(jf::client_auth::answer)`: asked at every connection; may answer later.
  template <class F>
  requires(!std::is_invocable_v<F&> && std::is_invocable_v<F&, answer>) client_auth(F f) : is_(later(std::move(f))) {}

  /// Asks: `to` hears the value, or null for none.
  void ask(answer to) const;

 private:
  using now = std::function<value()>;
  using later = std::function<void(answer)>;
  std::variant<std::monostate, value, now, later> is_;
};

/// What becomes of the events that waited, when a socket is connected again.
enum class burst : std::uint8_t {
  all,            // all at once, in their order
  paced,          // in their order, away_options::paced_per_second of them; what is emitted meanwhile waits behind them
  latest_of_key,  // all at once; but of events emitted with latest(key) the newest of each key was kept alone
};

/// What gives way when no more events may wait.
enum class when_full : std::uint8_t {
  drop_oldest,  // those that wait longest
  refuse,       // the new one: emit() is false, or its waiter hears too_many
};

/// Events that are emitted while a socket is not connected wait until it is. A dropped event's waiter hears why. Volatile events
/// never wait.
struct away_options {
  std::size_t max_events = 0;               // 0: no limit but that of bytes
  std::size_t max_bytes = 16u << 20;        // of events that wait, 64 for each on top; 0: none may wait
  std::chrono::milliseconds max_age{0};     // older ones are dropped instead of sent; 0: they never get too old
  when_full full = when_full::drop_oldest;  // what gives way at a limit
  burst on_return = burst::all;             // what becomes of them when the socket is connected again
  std::uint32_t paced_per_second = 100;     // burst::paced; 0: as 1
};

/// Limits on what a server can make grow at a client, and on what a program can by mistake. Zero is not special.
struct client_limits {
  std::size_t header_bytes = 16 * 1024;      // of an HTTP answer -> transport error
  std::size_t message_bytes = 64u << 20;     // a WebSocket message, a poll's body -> transport error
  std::size_t unsent_bytes = 64u << 20;      // handed to the connection and not sent yet: emit() is false beyond
  std::size_t early_event_bytes = 1u << 20;  // events that come before CONNECT is answered -> parse error
  std::size_t namespace_bytes = 1024;        // a namespace's name
  std::size_t pending_acks = 100'000;        // answers waited for, per socket -> too_many
  std::size_t attachments = 10;              // per packet of the built-in parser
  std::size_t binary_values = 10'000;        // per packet of any other parser
  std::size_t attachment_bytes = 64u << 20;  // an unfinished packet -> parse error
  std::size_t json_depth = 256;              // nesting, in and out
};

/// Options of one socket. client_options has the ones of all sockets for which nothing else is said.
struct client_socket_options {
  /// What its CONNECT says.
  client_auth auth{};
  /// How often an event is sent again until it is answered: events go out one at a time, each when the one before was answered,
  /// in their order. The server has to answer every one. 0: events are sent once, and not one at a time.
  std::uint32_t retries = 0;
  /// How long an answer is waited for without timeout(). Nothing: as long as the connection lasts. With retries: when to try
  /// again.
  std::optional<std::chrono::milliseconds> ack_timeout{};
  /// What becomes of events that are emitted while it is not connected.
  away_options away{};
  bool auto_connect = true;  // false: connect() has to be called
};

/// Options of a client: of its connection, and of its sockets unless they have their own.
struct client_options {
  // The connection (protocol.md 1.13)
  std::string path = "/socket.io";  // of HTTP requests; the URL's path is the namespace
  bool add_trailing_slash = true;   // of the path: "/socket.io/"
  /// Tried in this order: only the first, unless try_all_transports.
  std::vector<client_transport> transports{client_transport::polling, client_transport::websocket};
  bool upgrade = true;              // from polling to WebSocket, when both are listed and the server offers it
  bool try_all_transports = false;  // when one cannot be opened the next is tried
  bool remember_upgrade =
      false;  // begin with WebSocket when the last connection to this server ended there (of clients with the same loop)
  std::vector<std::pair<std::string, std::string>> query{};          // of every request; a query in the URL replaces it
  std::vector<std::pair<std::string, std::string>> extra_headers{};  // of every request
  bool with_credentials = false;                                     // cookies that the server sets are sent back
  std::string proxy{};                                               // "http://[user:password@]host:port"; empty: none
  std::string timestamp_param = "t";                                 // a parameter against caches
  std::optional<bool> timestamp_requests{};                          // nothing: polling yes, WebSocket no
  tls_client_options tls{};                                          // of https and wss; as they are, the server is verified
  std::chrono::milliseconds request_timeout{0};                      // of one polling request; 0: none
  std::vector<std::string> protocols{};  // subprotocols offered with a WebSocket; the server takes one
  bool force_base64 = false;             // binary travels as base64, on WebSockets too
  bool per_message_deflate = true;       // compression of WebSocket messages is offered; the server decides
  std::size_t deflate_threshold = 1024;  // bytes; messages below it are not compressed. 0: all are

  // Coming back (5.2, 5.4)
  bool reconnection = true;
  std::uint32_t reconnection_attempts = 0;                 // 0: without end
  std::chrono::milliseconds reconnection_delay{1000};      // the first, doubled each time; 0: the default
  std::chrono::milliseconds reconnection_delay_max{5000};  // 0: the default
  double randomization_factor = 0.5;                       // 0.5: half as long to one and a half times; outside of 0..1: none
  /// Of one attempt to connect. 0: it fails at once; nothing: no limit but the system's.
  std::optional<std::chrono::milliseconds> timeout{std::chrono::milliseconds(20000)};
  bool auto_connect = true;  // false: nothing is opened before connect()

  std::shared_ptr<const jackfield::parser> parser{};  // of packets (parser.hpp), the server's; empty: the protocol's JSON text

  // jf::connect() and client_pool
  bool force_new = false;  // a connection of its own
  bool multiplex = true;   // false: the same

  // Sockets
  client_auth auth{};                                      // what CONNECT says
  std::uint32_t retries = 0;                               // see client_socket_options
  std::optional<std::chrono::milliseconds> ack_timeout{};  // likewise
  away_options away{};  // what becomes of events that are emitted while a socket is not connected

  client_limits limits{};  // on what a server can make grow

  /// Those of a socket for which nothing else is said.
  client_socket_options for_sockets() const { return {auth, retries, ack_timeout, away, auto_connect}; }
};

}  // namespace jackfield
