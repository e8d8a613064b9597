// dial_options: where a client's server is and what its requests carry (protocol.md 1.2, 1.13).
#pragma once

#include <jackfield/tls.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace jackfield::transport {

/// Which requests carry a parameter that no cache has seen before.
enum class stamped_requests : std::uint8_t { polling, all, none };

/// Errors (of the dialer's constructor): std::invalid_argument, a sentence.
struct dial_options {
  std::string host;  // a name or an address; IPv6 without brackets
  std::uint16_t port = 80;
  bool secure = false;       // https and wss
  tls_client_options tls{};  // of those

  std::string path = "/socket.io";  // one slash at its end is taken off, and put back unless:
  bool add_trailing_slash = true;
  std::vector<std::pair<std::string, std::string>> query{};  // of every request, percent-encoded here
  std::string raw_query{};                                   // the same as it is to be sent ("a=1&b=2"), instead; empty: query
  std::string timestamp_param = "t";
  stamped_requests stamped = stamped_requests::polling;
  bool base64_only = false;  // binary travels as base64 both ways, on WebSockets too

  /// Of every request. They replace ours of the same name (User-Agent, Cookie, Accept, …) but those that make up the request.
  std::vector<std::pair<std::string, std::string>> extra_headers{};
  std::vector<std::string> protocols{};  // subprotocols offered with a WebSocket
  bool with_credentials = false;         // cookies that the server sets are kept by this dialer and sent back
  bool compressed_answers = true;        // polling: gzip and deflate are accepted
  bool deflate = true;                   // WebSocket: permessage-deflate is offered
  std::size_t deflate_threshold = 1024;  // bytes; smaller messages are not compressed

  /// "http://[user:password@]host[:port]"; empty: none. WebSockets and all that is secure go through a tunnel (CONNECT); plain
  /// polling requests are forwarded.
  std::string proxy{};

  std::chrono::milliseconds connect_time{20000};  // for a TCP connection; then it failed. 0: no limit but the system's
  std::chrono::milliseconds request_time{0};  // for the answer to a POST, the handshake, and the opening of a WebSocket. 0: none
  std::chrono::milliseconds stall_time{30000};   // output that makes no progress for so long -> transport error
  std::chrono::milliseconds goodbye_time{5000};  // for the last POST of a closed road, or the close frame of the server
  /// A connection that was idle for longer is not used for another request; less where the server says so (Keep-Alive).
  std::chrono::milliseconds keep_idle{4000};

  std::size_t head_bytes = 16 * 1024;       // of an HTTP answer -> transport error
  std::size_t message_bytes = 64u << 20;    // a poll's body, inflated too, or a WebSocket message -> transport error
  std::size_t payload_packets = 16 * 1024;  // in one poll's body -> transport error
};

}  // namespace jackfield::transport
