// The opening handshake of WebSocket on the client (RFC 6455 §4.1): the lines of the request, and what must stand in the answer.
// Pure, linear, any thread.
#pragma once

#include "wire/http_reply.hpp"
#include "wire/ws_deflate.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::wire {

enum class deflate_wish : bool { none, offered };

/// Sec-WebSocket-Key of 16 random bytes.
std::string ws_key(std::span<const std::byte, 16> random);

/// Appends the header lines that make a GET an opening handshake, each with its CRLF.
void append_ws_request(std::string& out, std::string_view key, deflate_wish deflate, const std::vector<std::string>& protocols);

struct ws_answer {
  std::string why;  // for people; empty: the WebSocket is open
  std::optional<deflate_params> deflate{};
  std::string subprotocol{};
};
/// Checks the server's answer to such a request.
ws_answer ws_check_answer(const http_reply& reply, std::string_view key, deflate_wish deflate,
                          const std::vector<std::string>& protocols);

}  // namespace jackfield::wire
