// What can be set on a server, with the default, the unit and the meaning of zero beside each option.
// Plain values: `jf::server io({.ping_interval = 10s, .cors = {.origin = "https://example.com"}});`
#pragma once

#include <jackfield/http.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace jackfield {

class parser;

/// Which web origins may read our answers. Default: none (CORS headers are not sent).
class origin_rule {
 public:
  struct none {};                                                   // no origin: CORS is off
  struct any {};                                                    // literal "*"
  struct reflect {};                                                // whatever the request says
  using predicate = std::function<bool(std::string_view origin)>;   // asked at every request that names an origin; the worker's
  using list = std::vector<std::variant<std::string, std::regex>>;  // exact origins, and patterns found anywhere in one

  origin_rule() = default;  // none
  /// "*" means any; everything else is one exact origin that is always named.
  origin_rule(const char* one) : origin_rule(std::string(one)) {}
  origin_rule(std::string one);
  /// Exact origins and patterns; the request's origin is named back when it is among them.
  origin_rule(std::vector<std::string> several);
  origin_rule(list several) : rule_(std::move(several)) {}
  origin_rule(std::regex pattern);
  /// Every origin, named back.
  origin_rule(reflect r) : rule_(r) {}
  /// The origins of which it says true, named back.
  origin_rule(predicate p) : rule_(std::move(p)) {}

  bool enabled() const noexcept { return !std::holds_alternative<none>(rule_); }  // anything but none
  /// May a page of this origin talk to us? `any` and `reflect`: always.
  bool allows(std::string_view origin) const;
  /// Value of Access-Control-Allow-Origin for a request from `origin`; empty: send none.
  std::string header_value(std::string_view origin) const;
  /// The answer depends on the request's Origin (`Vary: Origin` is needed).
  bool varies() const noexcept;

 private:
  std::variant<none, any, reflect, std::string, list, predicate> rule_;
};

struct cors_options {        // cross-origin requests
  origin_rule origin{};      // none: CORS is off
  bool credentials = false;  // Access-Control-Allow-Credentials; never together with "*" (S35)
  std::vector<std::string> methods{"GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"};  // as preflights are told
  std::vector<std::string> allowed_headers{};     // empty: what the preflight asks for is mirrored
  std::vector<std::string> exposed_headers{};     // empty: header not sent
  std::optional<std::chrono::seconds> max_age{};  // nothing: header not sent
  int options_success_status = 204;               // of the answer to a preflight
};

/// The SameSite attribute of a cookie.
enum class same_site {
  lax,     // sent along when a person follows a link to us
  strict,  // only from our own pages
  none,    // also from other sites' pages; browsers want `secure` with it
  omit,    // no attribute: the browser's default
};

struct cookie_options {             // a cookie with the session id
  std::string name{};               // empty: no cookie
  std::string path = "/";           // empty: no Path attribute
  bool http_only = true;            // scripts of the page cannot read it
  same_site site = same_site::lax;  // which pages send it along
  bool secure = false;              // Secure also where the connection to us is not TLS; browsers want it beside `none`
  std::string domain{};             // empty: no Domain attribute
  std::optional<std::chrono::seconds> max_age{};  // nothing: until the browser ends
  bool partitioned = false;                       // kept apart for each page that embeds us (CHIPS)
};

struct compression_options {           // compression of HTTP answers
  bool enabled = true;                 // gzip or deflate, as the request's Accept-Encoding says
  std::size_t threshold_bytes = 1024;  // smaller bodies are sent as they are; 0: all are compressed
};

struct deflate_options {                        // permessage-deflate on WebSocket
  bool enabled = false;                         // accepted when the client offers it
  std::size_t threshold_bytes = 1024;           // smaller messages are sent as they are; 0: all are compressed
  bool server_context_takeover = false;         // a 256 KiB window per connection when true
  bool client_context_takeover = false;         // the client's window is kept between messages: 40 KiB per connection when true
  int server_max_window_bits = 15;              // 9..15
  int client_max_window_bits = 15;              // 9..15
  std::size_t window_memory_bytes = 64u << 20;  // all windows of the process; offers are declined beyond (S17)
};

/// Limits on what a stranger can make grow. Zero is not special: it means none allowed.
struct limit_options {
  std::size_t request_line_bytes = 8 * 1024;     // -> 414
  std::size_t header_bytes = 16 * 1024;          // -> 431
  std::size_t header_lines = 100;                // -> 431
  std::chrono::milliseconds first_byte{10000};   // -> closed
  std::chrono::milliseconds header_time{10000};  // -> 408
  std::chrono::milliseconds body_time{30000};    // -> 408
  std::chrono::milliseconds keep_alive{5000};    // idle HTTP connection -> closed
  std::chrono::milliseconds write_stall{30000};  // output without progress -> closed
  std::chrono::milliseconds ws_close{30000};     // close handshake not answered -> closed
  std::size_t message_fragments = 131'072;       // per WebSocket message -> 1008
  std::size_t payload_packets = 65'536;          // per polling payload -> 400 and session end
  std::size_t unsent_bytes = 4u << 20;           // per session -> closed, slow consumer
  std::size_t unsent_pause_bytes = 1u << 20;     // per session -> reading from it stops
  std::size_t held_event_bytes = 64u << 10;      // events of a socket that wait for handlers (listener::concurrency) -> as above
  std::size_t pending_sessions = 10'000;         // sessions without a namespace, per process -> 503
  std::size_t namespaces_per_client = 100;       // joined or pending, on one connection
  std::size_t refused_connects = 1'000;          // CONNECT refused, on one connection -> closed
  std::size_t rooms_per_socket = 1'024;          // its own id not counted; join() says false beyond
  std::size_t room_name_bytes = 1'024;           // join() says false beyond
  std::size_t namespace_bytes = 1'024;           // a namespace's name, slash and all -> closed
  std::size_t child_namespaces = 10'000;         // made by rules for clients; at more, empty ones go, else the CONNECT is refused
  std::size_t pending_acks = 10'000;             // acks we wait for, per socket
  std::chrono::milliseconds ack_time{60000};     // an ack we wait for without timeout()
  std::chrono::milliseconds middleware_time{10000};  // namespace middleware -> CONNECT_ERROR "timeout"
  std::size_t attachments = 10;                      // per packet of the built-in parser
  std::size_t binary_values = 10'000;                // per packet of any other parser
  std::size_t attachment_bytes = 64u << 20;          // unfinished packets of the process together
  std::chrono::milliseconds attachment_time{45000};  // an unfinished packet without progress -> closed
  std::size_t json_depth = 256;                      // nesting, in and out
  std::size_t recovery_packets = 65'536;             // kept for clients that may come back, per namespace and worker
  std::size_t recovery_bytes = 64u << 20;            // the same packets, of all namespaces together
  std::size_t recovery_sessions = 10'000;            // of clients that are away
  std::size_t recovery_session_bytes = 64u << 20;    // the same, together
  std::size_t recovery_room_changes = 256;           // joins and leaves of one socket that a recovery looks back on
  std::size_t kept_answers = 64;                     // of exactly_once events, per socket
  std::size_t kept_answer_bytes = 256 * 1024;        // the same, together
  std::size_t connections = 0;                       // 0: descriptor limit - 64
  /// Memory of the process, as the system counts it: at more, new sessions, and requests with a body that are no session's, are
  /// answered 503; sessions that are open go on. 0: nine tenths of what the machine has, or the control group of the process may
  /// have; the largest number: no limit.
  std::size_t node_bytes = 0;
};

/// Connection state recovery (recovery.hpp).
struct recovery_options {
  std::chrono::milliseconds max_disconnection_duration{120000};  // how long a client may be away
  bool skip_middlewares = true;                                  // of namespaces, for sockets that are recovered
};

/// What becomes of messages that a client does not take as fast as they are emitted, once as many wait as its socket may leave
/// unsent. Volatile events do not wait at all (but see drop_volatile); answers and questions are never dropped.
enum class overflow : std::uint8_t {
  disconnect,     // the connection ends: reason "slow consumer"
  drop_volatile,  // volatile events wait too while there is room, and are the first to go; then as disconnect
  drop_oldest,    // the oldest events give way
  keep_latest,    // an event emitted with latest(key) takes the place of the one with this key that waits; then the oldest events
                  // with a key give way; then as disconnect
};

/// How much of one socket may wait for its client, beyond the 64 KiB that its connection holds, and what happens then.
struct outbound_options {
  std::size_t limit_bytes = 0;             // 0: as limit_options::unsent_bytes, which no connection exceeds in any case
  overflow policy = overflow::disconnect;  // what happens beyond
};

/// The decision of allow_request: yes, or no with a text for the client (empty: "Forbidden").
struct allow_decision {
  bool allowed = true;    // false: 403 (an upgrade: 400) with code 4
  std::string message{};  // for the client when it is not allowed
};
/// Takes the decision. The first call counts; any thread.
using allow_callback = std::function<void(allow_decision)>;
/// Called once per session attempt; answers through the callback, now or later, from any thread.
using allow_request_fn = std::function<void(const http_head_ref&, allow_callback)>;

/// Options of a server: the Engine.IO layer's (protocol.md 1.11), then Socket.IO's own (4.1). One flat aggregate, so that any of
/// them can be named: `jf::server io({.ping_interval = 10s, .connect_timeout = 5s});`
struct server_options {
  std::string path = "/socket.io";                   // trailing slash is added back
  bool add_trailing_slash = true;                    // "/socket.io/", and not "/socket.io", is served
  bool path_prefix = false;                          // also serve what lies below the path, as the reference does (S7)
  std::chrono::milliseconds ping_interval{25000};    // between a pong and the next ping
  std::chrono::milliseconds ping_timeout{20000};     // a ping without its pong -> closed, "ping timeout"
  std::chrono::milliseconds upgrade_timeout{10000};  // a probe that does not become an upgrade -> its WebSocket is closed
  std::size_t max_http_buffer_size = 1'000'000;      // bytes: a POST body, a WebSocket message
  bool polling = true;                               // whether sessions may use HTTP long-polling
  bool websocket = true;                             // whether they may use WebSocket
  bool allow_upgrades = true;                        // whether a polling session may go on to WebSocket
  /// Also serve Engine.IO 3: clients of Socket.IO 1 and 2, and JSONP. Their socket in "/" has the session's id, which is a
  /// secret: do not show it to others.
  bool allow_eio3 = false;
  allow_request_fn allow_request{};          // empty: everybody
  bool allow_any_origin = false;             // requests with a foreign Origin are served (the reference does) (S36)
  std::vector<std::string> allowed_hosts{};  // empty: any Host header (S36)
  cors_options cors{};                       // off unless an origin is named
  cookie_options cookie{};                   // none unless it has a name
  compression_options http_compression{};    // of polling answers; on
  deflate_options per_message_deflate{};     // of WebSocket messages; off
  std::string initial_packet{};              // text message queued behind the open packet; empty: none
  std::function<std::string(const http_head&)> generate_id{};  // empty: 120 random bits
  /// Threads with a loop each, which share the clients: handlers of different clients run at the same time. 0: one for each
  /// core that the process may use. At most 256. A server in an io_context has one.
  std::size_t workers = 1;
  /// Whether what many clients are sent in a turn may leave by one call (io_uring), where the kernel lets us and the library was
  /// built with it; otherwise by one for each client. Once such a server is gone, the kernel may interrupt once what a thread
  /// that ran it waits in (EINTR), and no other thread.
  bool io_uring = true;
  /// Whether several workers take their turns one after another, fewer at once than there are, while that spares them waiting
  /// for cores: they do not interrupt each other, and each does more in one turn; whom only clients of other workers speak to is
  /// written to up to three turns later. With cores for all, none waits for another.
  bool queue_turns = true;
  limit_options limits{};  // on what strangers can make grow

  // Socket.IO
  outbound_options outbound{};                                  // of every socket; socket::outbound() sets it for one
  std::chrono::milliseconds connect_timeout{45000};             // no namespace joined by then -> closed; 0: the default
  std::optional<recovery_options> connection_state_recovery{};  // nothing: off
  bool cleanup_empty_child_namespaces = false;                  // a namespace that a rule made goes with its last socket
  bool serve_client = true;                                     // the browser client below the path, when client_dir has it
  std::string client_dir{};                                     // folder with socket.io.js and its kin; empty: not served
  std::shared_ptr<const jackfield::parser> parser{};            // of packets (parser.hpp); empty: the protocol's JSON text
};

/// What Engine.IO alone reads of it: everything up to `limits`. An engine_server refuses the rest (engine.hpp).
using engine_options = server_options;

}  // namespace jackfield
