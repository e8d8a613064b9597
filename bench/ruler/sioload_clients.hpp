// sioload's clients: connections on one epoll set, WebSocket and long-polling, up to the namespace. What is said on them, and
// what is counted, is a scenario's (sioload.cpp): it sets on_ready, on_packet, on_poll_ack. Included once.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tls_pipe.hpp"

using Clock = std::chrono::steady_clock;
static double now_s() { return std::chrono::duration<double>(Clock::now().time_since_epoch()).count(); }

struct Options {
  std::string host = "127.0.0.1", path = "/socket.io/", mode = "echo";
  int port = 3000, conns = 100, window = 1, size = 32, rooms = 0, senders = 1, pid = 0, burst = 500;
  double seconds = 5, warmup = 1, hold = 2;
  bool json = false;
} opt;

[[noreturn]] static void die(const std::string& why) {
  std::fprintf(stderr, "sioload: %s\n", why.c_str());
  std::exit(2);
}

enum class Phase : uint8_t { connecting, handshake, open, ready, closed };
enum class Poll : uint8_t { open, connect, connected, post, get };  // which answer a polling client awaits

struct Conn {
  int fd = -1, id = 0;
  SSL* ssl = nullptr;  // null: plain
  Phase phase = Phase::connecting;
  Poll poll = Poll::open;
  std::string sid;
  std::string in, out;
  size_t out_at = 0;
  bool want_write = false;
  uint32_t next_ack = 0;
  std::deque<double> sent_at;  // when each outstanding echo was sent; acks come back in order
};

static int ep = -1;
static std::vector<std::unique_ptr<Conn>> conns;
static size_t ready_count = 0, failed = 0;
static std::function<void(Conn&, std::string_view)> on_packet;  // a Socket.IO packet, the leading '4' taken off
static std::function<void(Conn&)> on_ready;

static void arm(Conn& c, bool write) {
  if (c.want_write == write) return;
  c.want_write = write;
  epoll_event ev{};
  ev.events = EPOLLIN | (write ? EPOLLOUT : 0u);
  ev.data.ptr = &c;
  epoll_ctl(ep, EPOLL_CTL_MOD, c.fd, &ev);
}
static void drop(Conn& c, bool fail) {
  if (c.phase == Phase::closed) return;
  if (c.phase == Phase::ready) --ready_count;
  c.phase = Phase::closed;
  SSL_free(c.ssl);
  c.ssl = nullptr;
  ::close(c.fd);
  c.fd = -1;
  if (fail) ++failed;
}
static void flush(Conn& c) {
  while (c.out_at < c.out.size()) {
    ssize_t n = Tls::write(c.ssl, c.fd, c.out.data() + c.out_at, c.out.size() - c.out_at);
    if (n > 0) {
      c.out_at += size_t(n);
      continue;
    }
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      arm(c, true);
      return;
    }
    if (n < 0 && errno == EINPROGRESS) return arm(c, false);  // a handshake waits for the server
    return drop(c, true);
  }
  c.out.clear();
  c.out_at = 0;
  arm(c, false);
}
// A masked text frame with the all-zero key: legal, and the mask costs this side nothing.
static void frame(std::string& out, std::string_view payload) {
  out.push_back(char(0x81));
  size_t n = payload.size();
  if (n < 126)
    out.push_back(char(0x80 | n));
  else if (n < 65536) {
    out.push_back(char(0x80 | 126));
    out.push_back(char(n >> 8));
    out.push_back(char(n));
  } else {
    out.push_back(char(0x80 | 127));
    for (int s = 56; s >= 0; s -= 8) out.push_back(char(uint64_t(n) >> s));
  }
  out.append(4, '\0');
  out.append(payload);
}
static void on_message(Conn& c, std::string_view m) {
  if (m.empty()) return;
  switch (m[0]) {
    case '0':
      frame(c.out, "40");
      c.phase = Phase::open;
      break;
    case '2': frame(c.out, "3"); break;
    case '4':
      if (m.size() > 1 && m[1] == '0' && c.phase == Phase::open) {
        c.phase = Phase::ready;
        ++ready_count;
        if (on_ready) on_ready(c);
      } else if (on_packet)
        on_packet(c, m.substr(1));
      break;
    case '1': drop(c, true); break;
    default: break;
  }
}
static void on_readable(Conn& c) {
  static char buf[1 << 18];
  for (;;) {
    ssize_t n = Tls::read(c.ssl, c.fd, buf, sizeof buf);
    if (n == 0) return drop(c, true);
    if (n < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINPROGRESS) break;
      return drop(c, true);
    }
    std::string_view data;
    if (c.in.empty())
      data = {buf, size_t(n)};
    else {
      c.in.append(buf, size_t(n));
      data = c.in;
    }
    size_t at = 0;
    if (c.phase == Phase::handshake) {
      size_t end = data.find("\r\n\r\n");
      if (end == std::string_view::npos) {
        if (c.in.empty()) c.in.assign(data);
        continue;
      }
      if (data.substr(0, 12) != "HTTP/1.1 101") {
        std::fprintf(stderr, "sioload: %.*s\n", int(std::min<size_t>(80, end)), data.data());
        return drop(c, true);
      }
      at = end + 4;
      c.phase = Phase::open;
    }
    while (at + 2 <= data.size() && c.phase != Phase::closed) {
      uint8_t b0 = uint8_t(data[at]), b1 = uint8_t(data[at + 1]);
      size_t head = 2;
      uint64_t len = b1 & 0x7f;
      if (len == 126) {
        head = 4;
        if (at + head > data.size()) break;
        len = uint64_t(uint8_t(data[at + 2])) << 8 | uint8_t(data[at + 3]);
      } else if (len == 127) {
        head = 10;
        if (at + head > data.size()) break;
        len = 0;
        for (int i = 2; i < 10; ++i) len = len << 8 | uint8_t(data[at + size_t(i)]);
      }
      if (at + head + len > data.size()) break;
      std::string_view payload = data.substr(at + head, len);
      at += head + len;
      if ((b0 & 0x0f) == 1)
        on_message(c, payload);
      else if ((b0 & 0x0f) == 8)
        return drop(c, true);
    }
    if (c.phase == Phase::closed) return;
    if (c.in.empty()) {
      if (at < data.size()) c.in.assign(data.substr(at));
    } else
      c.in.erase(0, at);
    if (!c.ssl && size_t(n) < sizeof buf) break;
  }
  if (!c.out.empty()) flush(c);
}
// ---- HTTP long-polling: one keep-alive connection per client, POST an event, then GET its ack ----
static std::function<void(Conn&)> on_poll_ack;
static void request(Conn& c, std::string_view method, std::string_view body) {
  c.out += method;
  c.out += " " + opt.path + "?EIO=4&transport=polling" + (c.sid.empty() ? "" : "&sid=" + c.sid) +
           " HTTP/1.1\r\nHost: " + opt.host + "\r\n";
  if (method == "POST")
    c.out += "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  c.out += "\r\n";
  c.out += body;
}
static void on_answer(Conn& c, std::string_view body) {
  if (body.find("2") == 0) {
    request(c, "POST", "3");
    c.poll = Poll::connect;
    return;
  }  // heartbeat: answer, then poll again
  switch (c.poll) {
    case Poll::open: {
      size_t a = body.find("\"sid\":\"");
      if (a == body.npos) return drop(c, true);
      a += 7;
      c.sid = body.substr(a, body.find('"', a) - a);
      request(c, "POST", "40");
      c.poll = Poll::connect;
      break;
    }
    case Poll::connect:
      request(c, "GET", "");
      c.poll = c.phase == Phase::ready ? Poll::get : Poll::connected;
      break;
    case Poll::connected:
      c.phase = Phase::ready;
      ++ready_count;
      if (on_ready) on_ready(c);
      break;
    case Poll::post:
      request(c, "GET", "");
      c.poll = Poll::get;
      break;
    case Poll::get:
      if (on_poll_ack) on_poll_ack(c);
      break;
  }
}
static void on_poll_readable(Conn& c) {
  static char buf[1 << 16];
  ssize_t n;
  while ((n = Tls::read(c.ssl, c.fd, buf, sizeof buf)) > 0) c.in.append(buf, size_t(n));
  if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINPROGRESS)) return drop(c, true);
  for (;;) {
    size_t e = c.in.find("\r\n\r\n");
    if (e == std::string::npos) break;
    if (c.in.compare(0, 12, "HTTP/1.1 200") != 0) {
      std::fprintf(stderr, "sioload: %.*s\n", 200, c.in.c_str());
      return drop(c, true);
    }
    std::string h = c.in.substr(0, e);
    for (char& ch : h) ch = char(tolower(ch));
    size_t l = h.find("content-length: ");
    if (l == std::string::npos) die("an answer without Content-Length");
    size_t len = std::stoul(h.substr(l + 16));
    if (c.in.size() < e + 4 + len) break;
    std::string body = c.in.substr(e + 4, len);
    c.in.erase(0, e + 4 + len);
    on_answer(c, body);
    if (c.phase == Phase::closed) return;
  }
  if (!c.out.empty()) flush(c);
}
static void start_connect(Conn& c) {
  c.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (c.fd < 0) die("socket: " + std::string(strerror(errno)) + " (raise ulimit -n)");
  int one = 1;
  setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  sockaddr_in local{};
  local.sin_family = AF_INET;  // spread over 127.0.0.x so that ports do not run out
  local.sin_addr.s_addr = htonl(0x7f000001u + uint32_t(c.id / 20000));
  if (opt.conns > 20000) ::bind(c.fd, reinterpret_cast<sockaddr*>(&local), sizeof local);
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(uint16_t(opt.port));
  inet_pton(AF_INET, opt.host.c_str(), &a.sin_addr);
  int r = ::connect(c.fd, reinterpret_cast<sockaddr*>(&a), sizeof a);
  if (r < 0 && errno != EINPROGRESS) die("connect: " + std::string(strerror(errno)));
  epoll_event ev{};
  ev.events = EPOLLIN | EPOLLOUT;
  ev.data.ptr = &c;
  c.want_write = true;
  epoll_ctl(ep, EPOLL_CTL_ADD, c.fd, &ev);
}
static void turn(int wait_ms) {
  static epoll_event evs[1024];
  int n = epoll_wait(ep, evs, 1024, wait_ms);
  for (int i = 0; i < n; ++i) {
    Conn& c = *static_cast<Conn*>(evs[i].data.ptr);
    if (c.phase == Phase::closed) continue;
    if (c.phase == Phase::connecting && (evs[i].events & (EPOLLOUT | EPOLLERR | EPOLLHUP))) {
      int err = 0;
      socklen_t l = sizeof err;
      getsockopt(c.fd, SOL_SOCKET, SO_ERROR, &err, &l);
      if (err) {
        drop(c, true);
        continue;
      }
      c.phase = Phase::handshake;
      if (Tls::context) c.ssl = Tls::on(c.fd);
      if (opt.mode == "poll")
        request(c, "GET", "");
      else
        c.out = "GET " + opt.path + "?EIO=4&transport=websocket HTTP/1.1\r\nHost: " + opt.host +
                "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    }
    if (evs[i].events & EPOLLOUT) {
      flush(c);
      if (c.phase == Phase::closed) continue;
    }
    if (evs[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
      if (opt.mode == "poll")
        on_poll_readable(c);
      else
        on_readable(c);
    }
  }
}
