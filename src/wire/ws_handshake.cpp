#include "wire/ws_handshake.hpp"

#include "base/base64.hpp"
#include "wire/header_list.hpp"
#include "wire/http_text.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <memory>
#include <new>

namespace jackfield::wire {

namespace {

constexpr std::string_view guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Looked up in OpenSSL once, with memory of its own: its one-call form does both each time.
class sha1 {
 public:
  using digest = std::array<std::byte, 20>;
  /// Of the parts, one after another.
  digest operator()(std::initializer_list<std::string_view> parts) {
    if (!algorithm_) algorithm_.reset(EVP_MD_fetch(nullptr, "SHA1", nullptr));
    if (!context_) context_.reset(EVP_MD_CTX_new());
    digest out;
    // Of short texts it fails for want of memory only.
    bool good = algorithm_ && context_ && EVP_DigestInit_ex(context_.get(), algorithm_.get(), nullptr) == 1;
    for (const auto part : parts) good = good && EVP_DigestUpdate(context_.get(), part.data(), part.size()) == 1;
    if (!good || EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(out.data()), nullptr) != 1)
      throw std::bad_alloc();
    return out;
  }

 private:
  template <auto Free>
  struct freed {
    void operator()(auto* p) const noexcept { Free(p); }
  };
  std::unique_ptr<EVP_MD, freed<EVP_MD_free>> algorithm_;  // null: not yet, or there was no memory
  std::unique_ptr<EVP_MD_CTX, freed<EVP_MD_CTX_free>> context_;
};

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
  thread_local sha1 hash;
  const auto digest = hash({key, guid});
  std::string accept;
  accept.reserve(base::base64_size(digest.size()));
  base::base64_encode(digest, accept);
  return accept;
}

}  // namespace jackfield::wire
