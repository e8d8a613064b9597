// floor_speech - what both floors say and understand (floor.cpp, floor_uring.cpp); they differ in how they ask the kernel. A
// measuring stick: it trusts every byte that it reads. The program that includes it defines `loop_state`, what its loop keeps for
// a connection, and hang_up().
#pragma once

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

using std::string;
using std::string_view;
struct conn : loop_state {
  explicit conn(int d) : fd(d) {}
  int fd;
  bool open = false, dirty = false, dead = false, polling = false;
  string in, out, queue;
  std::vector<std::vector<conn*>*> rooms;
};
static void hang_up(conn* c);
static std::vector<conn*> dirty, graves;
static std::unordered_map<string, std::vector<conn*>> rooms;

static void mark(conn* c) {
  if (!c->dirty) {
    c->dirty = true;
    dirty.push_back(c);
  }
}
static void head(string& out, size_t n) {
  out.push_back(char(0x81));
  if (n < 126)
    out.push_back(char(n));
  else {
    out.push_back(126);
    out.push_back(char(n >> 8));
    out.push_back(char(n));
  }
}
static void http(conn* c, string_view body) {
  c->out += "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  c->out += body;
  mark(c);
}
static void send(conn* c, string_view p) {
  if (c->polling) {
    if (!c->queue.empty()) c->queue.push_back('\x1e');
    c->queue += p;
  } else {
    head(c->out, p.size());
    c->out += p;
    mark(c);
  }
}
static void enter(conn* c, string room) {
  auto& r = rooms[room];
  r.push_back(c);
  c->rooms.push_back(&r);
}
static void cast(const string& room, const string& p) {
  string f;
  head(f, p.size());
  f += p;
  for (conn* c : rooms[room])
    if (!c->dead) {
      c->out += f;
      mark(c);
    }
}
static void close_conn(conn* c) {
  if (c->dead) return;
  c->dead = true;
  hang_up(c);
  for (auto* r : c->rooms) {
    auto it = std::find(r->begin(), r->end(), c);
    *it = r->back();
    r->pop_back();
  }
  graves.push_back(c);
}
static void message(conn* c, string_view m) {
  if (m.substr(0, 2) == "40") {
    enter(c, "all");
    return send(c, "40{\"sid\":\"x\"}");
  }
  if (m.substr(0, 2) != "42") return;
  size_t b = m.find('[');
  string_view id = m.substr(2, b - 2), body = m.substr(b);
  if (body.starts_with("[\"echo\",")) {
    string o = "43";
    o += id;
    o += '[';
    o += body.substr(8);
    send(c, o);
  } else if (body.starts_with("[\"cast\",")) {
    string o = "42";
    o += body;
    cast("all", o);
  } else if (body.starts_with("[\"join\",")) {
    enter(c, string(body.substr(9, body.size() - 11)));
    string o = "43";
    o += id;
    o += "[]";
    send(c, o);
  } else if (body.starts_with("[\"room\",")) {
    size_t e = body.find('"', 9);
    string r(body.substr(9, e - 9)), o = "42[\"room\",";
    o += body.substr(e + 2);
    cast(r, o);
  }
}
static const char* const open_packet =
    "0{\"sid\":\"lv_VI97HAXpY6yYWAAAC\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}";
static size_t http_turn(conn* c, string_view d) {  // one HTTP request; 0 = incomplete
  size_t e = d.find("\r\n\r\n");
  if (e == d.npos) return 0;
  string_view h = d.substr(0, e);
  size_t used = e + 4;
  if (h.find("Upgrade: websocket") != h.npos) {
    c->open = true;
    c->out +=
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    send(c, open_packet);
    return used;
  }
  c->polling = true;
  if (h.starts_with("POST")) {
    size_t l = h.find("Content-Length: ");
    size_t n = l == h.npos ? 0 : strtoul(h.data() + l + 16, nullptr, 10);
    if (d.size() < used + n) return 0;
    message(c, d.substr(used, n));
    http(c, "ok");
    return used + n;
  }
  if (h.find("sid=") == h.npos)
    http(c, open_packet);
  else {
    http(c, c->queue);
    c->queue.clear();
  }
  return used;
}
static void take(conn* c, char* bytes, size_t n) {
  string_view d;
  if (c->in.empty())
    d = {bytes, n};
  else {
    c->in.append(bytes, n);
    d = c->in;
  }
  size_t at = 0;
  while (!c->open && at < d.size()) {
    size_t u = http_turn(c, d.substr(at));
    if (!u) break;
    at += u;
  }
  while (c->open && at + 6 <= d.size()) {
    uint8_t b1 = uint8_t(d[at + 1]);
    size_t h = 2;
    uint64_t l = b1 & 127;
    if (l == 126) {
      h = 4;
      l = uint64_t(uint8_t(d[at + 2])) << 8 | uint8_t(d[at + 3]);
    }
    if (at + h + 4 + l > d.size()) break;
    if ((d[at] & 15) == 8) return close_conn(c);
    char* p = const_cast<char*>(d.data()) + at + h + 4;
    const char* k = p - 4;
    for (uint64_t i = 0; i < l; ++i) p[i] ^= k[i & 3];
    message(c, {p, l});
    at += h + 4 + l;
  }
  if (c->in.empty()) {
    if (at < d.size()) c->in.assign(d.substr(at));
  } else
    c->in.erase(0, at);
}
static int listener(const char* port, int flags) {
  int l = socket(AF_INET, SOCK_STREAM | flags, 0), one = 1;
  setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(uint16_t(atoi(port)));
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(l, reinterpret_cast<sockaddr*>(&a), sizeof a) || listen(l, 4096)) exit(1);
  return l;
}
static conn* newcomer(int fd) {
  int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return new conn(fd);
}
