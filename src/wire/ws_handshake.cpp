#include "wire/ws_handshake.hpp"

#include "base/base64.hpp"
#include "wire/header_list.hpp"
#include "wire/http_text.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <new>

namespace jackfield::wire {

namespace {

constexpr std::string_view guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

struct found {
  std::string_view value;  // of the first line
  std::size_t lines = 0;
};

found find(const http_head& head, std::string_view name) noexcept {
  found f;
  for (const auto& line : head.headers()) {
    if (!equal_ignoring_case(line.name, name)) continue;
    if (f.lines++ == 0) f.value = line.value;
  }
  return f;
}

bool any_line_lists(const http_head& head, std::string_view name, std::string_view token) noexcept {
  for (const auto& line : head.headers()) {
    if (equal_ignoring_case(line.name, name) && lists_token(line.value, token)) return true;
  }
  return false;
}

bool base64_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

/// 16 bytes in base64. The four bits that the last digit has to spare are not looked at: clients that draw the
/// characters themselves leave them set.
bool good_key(std::string_view key) noexcept {
  return key.size() == 24 && key.ends_with("==") && std::all_of(key.begin(), key.begin() + 22, base64_character);
}

/// The first subprotocol offered. False: the list is malformed.
bool first_subprotocol(const http_head& head, std::string_view& first) noexcept {
  for (const auto& line : head.headers()) {
    if (!equal_ignoring_case(line.name, "Sec-WebSocket-Protocol")) continue;
    auto list = line.value;
    do {
      const auto name = take_element(list, ',');
      if (!is_token(name)) return false;
      if (first.empty()) first = name;
    } while (list.data() != nullptr);
  }
  return true;
}

std::string joined(const http_head& head, std::string_view name) {
  std::string all;
  for (const auto& line : head.headers()) {
    if (!equal_ignoring_case(line.name, name)) continue;
    if (!all.empty()) all += ", ";
    all += line.value;
  }
  return all;
}

ws_handshake_result refuse(int status, std::string_view text) {
  ws_handshake_result r;
  r.status = status;
  r.text = text;
  return r;
}

}  // namespace

ws_handshake_result ws_check_handshake(const http_head& head) {
  if (head.method() != "GET") return refuse(405, "upgrade needs GET");
  if (head.version() != 11) return refuse(400, "upgrade needs HTTP/1.1");
  if (!any_line_lists(head, "Upgrade", "websocket")) return refuse(400, "Upgrade does not name websocket");
  if (!any_line_lists(head, "Connection", "upgrade")) return refuse(400, "Connection does not name upgrade");
  const auto version = find(head, "Sec-WebSocket-Version");
  if (version.lines != 1 || version.value != "13") return refuse(426, "Sec-WebSocket-Version must be 13");
  const auto key = find(head, "Sec-WebSocket-Key");
  if (key.lines != 1 || !good_key(key.value)) return refuse(400, "Sec-WebSocket-Key must be 16 bytes in base64, once");
  ws_handshake_result r;
  if (!first_subprotocol(head, r.subprotocol)) return refuse(400, "Sec-WebSocket-Protocol is malformed");
  r.accept = ws_accept_key(key.value);
  r.extensions = joined(head, "Sec-WebSocket-Extensions");
  return r;
}

std::string ws_accept_key(std::string_view key) {
  std::string text(key);
  text += guid;
  std::array<std::byte, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, EVP_sha1(), nullptr) != 1) {
    throw std::bad_alloc();  // SHA-1 of a short text fails for want of memory only
  }
  std::string accept;
  accept.reserve(base::base64_size(size));
  base::base64_encode(bytes_view(digest.data(), size), accept);
  return accept;
}

}  // namespace jackfield::wire
