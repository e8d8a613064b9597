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
#include <utility>

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

bool base64_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

/// 16 bytes in base64. The four bits that the last digit has to spare are not looked at: clients that draw the
/// characters themselves leave them set.
bool good_key(std::string_view key) noexcept {
  return key.size() == 24 && key.ends_with("==") && std::all_of(key.begin(), key.begin() + 22, base64_character);
}

/// What a client's header lines say about an upgrade, read in one pass.
struct offer {
  bool websocket = false, upgrade = false;  // lists it among what it upgrades to, and among what its Connection line names
  std::size_t versions = 0, keys = 0;       // lines
  std::string_view version, key;            // of the first line
  bool good_protocols = true;
  std::string_view subprotocol;  // the first
  std::string extensions;        // all lines, as one list

  void read(const header_view& line) {
    const auto is = [&](std::string_view name) { return equal_ignoring_case(line.name, name); };
    if (is("Upgrade")) {
      websocket = websocket || lists_token(line.value, "websocket");
    } else if (is("Connection")) {
      upgrade = upgrade || lists_token(line.value, "upgrade");
    } else if (is("Sec-WebSocket-Version")) {
      if (versions++ == 0) version = line.value;
    } else if (is("Sec-WebSocket-Key")) {
      if (keys++ == 0) key = line.value;
    } else if (is("Sec-WebSocket-Protocol")) {
      read_protocols(line.value);
    } else if (is("Sec-WebSocket-Extensions")) {
      if (!extensions.empty()) extensions += ", ";
      extensions += line.value;
    }
  }

  void read_protocols(std::string_view list) noexcept {
    do {
      const auto name = take_element(list, ',');
      good_protocols = good_protocols && is_token(name);
      if (subprotocol.empty()) subprotocol = name;
    } while (list.data() != nullptr);
  }
};

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
  offer o;
  for (const auto& line : head.headers()) o.read(line);
  if (!o.websocket) return refuse(400, "Upgrade does not name websocket");
  if (!o.upgrade) return refuse(400, "Connection does not name upgrade");
  if (o.versions != 1 || o.version != "13") return refuse(426, "Sec-WebSocket-Version must be 13");
  if (o.keys != 1 || !good_key(o.key)) return refuse(400, "Sec-WebSocket-Key must be 16 bytes in base64, once");
  if (!o.good_protocols) return refuse(400, "Sec-WebSocket-Protocol is malformed");
  ws_handshake_result r;
  r.subprotocol = o.subprotocol;
  r.accept = ws_accept_key(o.key);
  r.extensions = std::move(o.extensions);
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
