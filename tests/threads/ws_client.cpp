#include "ws_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <utility>

namespace jackfield::tests {

namespace {

int connected_to(std::uint16_t port, int receive_buffer) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{10, 0};
  const int yes = 1;
  if (receive_buffer > 0) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    ::close(fd);
    throw std::runtime_error("nobody listens");
  }
  return fd;
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t n = 0;
  for (const char c : bytes) n = n << 8 | static_cast<unsigned char>(c);
  return n;
}

}  // namespace

ws_client::ws_client(std::uint16_t port, int receive_buffer) : fd_(connected_to(port, receive_buffer)) {
  write_all(
      "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    const auto more = take(1);
    if (more.empty()) throw std::runtime_error("the server closed before it answered");
    head += more;
  }
  if (!head.starts_with("HTTP/1.1 101 ")) throw std::runtime_error(head);
  if (!frame().value_or("").starts_with("0{")) throw std::runtime_error("no open packet");
  send("0");
  const std::string welcome = next().value_or("");  // 0{"sid":"…"}
  if (!welcome.starts_with("0{\"sid\":\"") || welcome.size() < 29) throw std::runtime_error("no welcome: " + welcome);
  id_ = welcome.substr(9, 20);
}

ws_client::~ws_client() { vanish(); }

ws_client::ws_client(ws_client&& o) noexcept : fd_(std::exchange(o.fd_, -1)), in_(std::move(o.in_)), id_(std::move(o.id_)) {}

void ws_client::vanish() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void ws_client::reset() {
  const linger at_once{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  vanish();
}

void ws_client::send(std::string_view packet) { write_frame("4" + std::string(packet)); }

void ws_client::begin(std::string_view packet) { write_frame("4" + std::string(packet), 0x01); }

void ws_client::end(std::string_view rest) { write_frame(rest, 0x80); }

std::optional<std::string> ws_client::next() {
  for (;;) {
    auto text = frame();
    if (!text) return {};
    if (*text == "2") {
      write_frame("3");
    } else if (text->starts_with("4")) {
      return text->substr(1);
    }
  }
}

std::string ws_client::take(std::size_t n) {
  if (fd_ < 0) return {};
  while (in_.size() < n) {
    char chunk[16384];
    const auto got = ::recv(fd_, chunk, sizeof chunk, 0);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) throw std::runtime_error("the server is silent");
    if (got <= 0) return {};
    in_.append(chunk, static_cast<std::size_t>(got));
  }
  std::string front = in_.substr(0, n);
  in_.erase(0, n);
  return front;
}

/// One unfragmented server frame; nothing at its close frame, or at the end of the stream.
std::optional<std::string> ws_client::frame() {
  const std::string first = take(2);
  if (first.empty()) return {};
  if ((first[0] & 0x0f) == 8) {
    write_all(std::string_view("\x88\x80\0\0\0\0", 6));  // a close for a close, so that the server need not wait
    vanish();
    return {};
  }
  std::uint64_t size = static_cast<unsigned char>(first[1]);
  if (size == 126) size = big_endian(take(2));
  if (size == 127) size = big_endian(take(8));
  return take(size);
}

void ws_client::write_frame(std::string_view text, unsigned char first) {
  std::string f(1, static_cast<char>(first));
  const std::uint64_t size = text.size();
  const int digits = size < 126 ? 0 : size < 65'536 ? 2 : 8;
  f += static_cast<char>(0x80 | (digits == 0 ? size : digits == 2 ? 126 : 127));
  for (int i = digits; i > 0; --i) f += static_cast<char>(size >> (8 * (i - 1)) & 0xff);
  f.append(4, '\0');  // a mask of zeros leaves the text as it is
  write_all(f.append(text));
}

void ws_client::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) throw std::runtime_error("the server is gone");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

}  // namespace jackfield::tests
