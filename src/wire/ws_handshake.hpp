// The opening handshake of WebSocket on the server (RFC 6455 §4.2, security.md S10). Pure, linear, any thread.
#pragma once

#include <jackfield/http.hpp>

#include <string>
#include <string_view>

namespace jackfield::wire {

struct ws_handshake_result {
  int status = 101;              // 101, or the HTTP status that refuses: 400, 405, 426
  std::string_view text;         // why it was refused; static storage
  std::string accept;            // Sec-WebSocket-Accept
  std::string_view subprotocol;  // the first one offered, empty when none; view into the head
  std::string extensions;        // Sec-WebSocket-Extensions as offered, all lines joined
};

/// Checks an upgrade request. Does not look at path, origin or extensions. An answer with 426 must carry
/// `Sec-WebSocket-Version: 13`, one with 405 `Allow: GET`.
ws_handshake_result ws_check_handshake(const http_head& head);
/// base64(SHA-1(key + GUID)).
std::string ws_accept_key(std::string_view key);

}  // namespace jackfield::wire
