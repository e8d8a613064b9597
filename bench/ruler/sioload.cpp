// sioload - a load generator for Socket.IO servers (Engine.IO 4, Socket.IO protocol 5).
//
// One thread, raw epoll, so that it costs less than any server that it measures. It reports what the
// clients saw (rates, latencies) and, with --pid, what the server spent (CPU per message, memory per
// connection), read from /proc. Compare two servers in one run on one machine: absolute figures drift.
//
// The server under test must offer, on the main namespace (see README.md beside this file):
//   "echo" (payload, ack)   -> ack(payload)
//   "cast" (payload)        -> io.emit("cast", payload)                 to everyone, the sender included
//   "join" (room, ack)      -> socket.join(room); ack()
//   "room" (room, payload)  -> io.to(room).emit("room", payload)
//
// Build: c++ -O2 -std=c++20 sioload.cpp -o sioload -lssl -lcrypto
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tls_pipe.hpp"
#include "usage.hpp"

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
static double percentile(std::vector<double>& v, double p) {
  if (v.empty()) return 0;
  size_t k = std::min(v.size() - 1, size_t(p * double(v.size())));
  std::nth_element(v.begin(), v.begin() + long(k), v.end());
  return v[k];
}
static std::map<std::string, double> result;
static void put(const char* k, double v) { result[k] = v; }

static double connect_all() {
  double t0 = now_s(), deadline = t0 + 120;
  size_t next = 0;
  while (ready_count + failed < size_t(opt.conns)) {
    while (next < size_t(opt.conns) && next - ready_count - failed < size_t(opt.burst)) {
      conns.push_back(std::make_unique<Conn>());
      conns.back()->id = int(next++);
      start_connect(*conns.back());
    }
    turn(100);
    if (now_s() > deadline)
      die("only " + std::to_string(ready_count) + " of " + std::to_string(opt.conns) + " connected in 120 s");
  }
  if (failed) die(std::to_string(failed) + " connections failed");
  return now_s() - t0;
}
static void run_for(double s) {
  for (double end = now_s() + s; now_s() < end;) turn(10);
}

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::string a = argv[i];
    auto val = [&] {
      if (++i >= argc) die(a + " needs a value");
      return std::string(argv[i]);
    };
    if (a == "--mode")
      opt.mode = val();
    else if (a == "--host")
      opt.host = val();
    else if (a == "--path")
      opt.path = val();
    else if (a == "--port")
      opt.port = std::stoi(val());
    else if (a == "--conns")
      opt.conns = std::stoi(val());
    else if (a == "--window")
      opt.window = std::stoi(val());
    else if (a == "--size")
      opt.size = std::stoi(val());
    else if (a == "--rooms")
      opt.rooms = std::stoi(val());
    else if (a == "--senders")
      opt.senders = std::stoi(val());
    else if (a == "--pid")
      opt.pid = std::stoi(val());
    else if (a == "--seconds")
      opt.seconds = std::stod(val());
    else if (a == "--warmup")
      opt.warmup = std::stod(val());
    else if (a == "--hold")
      opt.hold = std::stod(val());
    else if (a == "--burst")
      opt.burst = std::stoi(val());
    else if (a == "--tls" || a == "--tls-resume")
      Tls::start(a == "--tls-resume");
    else if (a == "--json")
      opt.json = true;
    else
      die("unknown option " + a +
          "\n  --mode idle|echo|poll|cast|room|churn --port P --pid SERVER --conns N --window W --size BYTES --senders K --rooms "
          "R --seconds S [--tls|--tls-resume] [--json]");
  }
  rlimit rl{};
  getrlimit(RLIMIT_NOFILE, &rl);
  rl.rlim_cur = rl.rlim_max;
  setrlimit(RLIMIT_NOFILE, &rl);
  ep = epoll_create1(EPOLL_CLOEXEC);
  const std::string payload(size_t(opt.size), 'x');
  const Usage before = usage_of(opt.pid);

  if (opt.mode == "churn") {  // connect, reach the namespace, disconnect, again: handshakes a second
    size_t done = 0;
    bool counting = false;
    on_ready = [&](Conn& c) {
      if (counting) ++done;
      drop(c, false);
    };
    double t0 = now_s(), begin = 0;
    Usage u0{};
    size_t open_now = 0, id = 0;
    for (;;) {
      double t = now_s() - t0;
      if (!counting && t > opt.warmup) {
        counting = true;
        begin = now_s();
        u0 = usage_of(opt.pid);
      }
      if (counting && now_s() - begin > opt.seconds) break;
      conns.erase(std::remove_if(conns.begin(), conns.end(), [](auto& c) { return c->phase == Phase::closed; }), conns.end());
      open_now = conns.size();
      while (open_now < size_t(opt.conns)) {
        conns.push_back(std::make_unique<Conn>());
        conns.back()->id = int(id++ % 20000);
        start_connect(*conns.back());
        ++open_now;
      }
      turn(100);
    }
    double took = now_s() - begin;
    Usage u1 = usage_of(opt.pid);
    put("connects_per_s", double(done) / took);
    put("failed", double(failed));
    if (opt.pid) put("server_cpu_us_per_connect", 1e6 * (u1.cpu_s - u0.cpu_s) / double(std::max<size_t>(1, done)));
  } else {
    double took = connect_all();
    put("connects_per_s", double(opt.conns) / took);
    run_for(opt.mode == "idle" ? opt.hold : 0.3);
    const Usage idle = usage_of(opt.pid);
    if (opt.pid) put("server_kib_per_conn", (idle.rss_kib - before.rss_kib) / double(opt.conns));
    if (opt.pid) put("server_rss_mib", idle.rss_kib / 1024);
    uint64_t delivered = 0, sent = 0;
    bool counting = false;
    std::vector<double> lat;
    lat.reserve(1 << 20);

    if (opt.mode == "echo") {
      auto send = [&](Conn& c) {
        std::string p = "42" + std::to_string(c.next_ack++) + "[\"echo\",\"" + payload + "\"]";
        frame(c.out, p);
        c.sent_at.push_back(now_s());
        if (counting) ++sent;
      };
      on_packet = [&, send](Conn& c, std::string_view m) {
        if (m[0] != '3' || c.sent_at.empty()) return;
        if (counting) {
          ++delivered;
          if (lat.size() < (1u << 22)) lat.push_back(now_s() - c.sent_at.front());
        }
        c.sent_at.pop_front();
        send(c);
      };
      for (auto& c : conns) {
        for (int w = 0; w < opt.window; ++w) send(*c);
        flush(*c);
      }
    } else if (opt.mode == "poll") {
      auto send = [&](Conn& c) {
        request(c, "POST", "42" + std::to_string(c.next_ack++) + "[\"echo\",\"" + payload + "\"]");
        c.poll = Poll::post;
        c.sent_at.push_back(now_s());
        if (counting) ++sent;
      };
      on_poll_ack = [&, send](Conn& c) {
        if (c.sent_at.empty()) return;
        if (counting) {
          ++delivered;
          lat.push_back(now_s() - c.sent_at.front());
        }
        c.sent_at.pop_front();
        send(c);
      };
      for (auto& c : conns) {
        send(*c);
        flush(*c);
      }
    } else if (opt.mode == "cast" || opt.mode == "room") {
      int rooms = opt.mode == "room" ? std::max(1, opt.rooms) : 0;
      if (rooms) {
        size_t joined = 0;
        on_packet = [&](Conn&, std::string_view m) {
          if (m[0] == '3') ++joined;
        };
        for (auto& c : conns) {
          frame(c->out, "420[\"join\",\"r" + std::to_string(c->id % rooms) + "\"]");
          flush(*c);
        }
        for (double end = now_s() + 30; joined < conns.size() && now_s() < end;) turn(10);
        if (joined < conns.size()) die("only " + std::to_string(joined) + " joins acknowledged");
      }
      int senders = std::min(opt.senders, opt.conns);
      // Each sender keeps `window` messages outstanding: it sends the next when its own copy comes back, so
      // the server runs as fast as it can and no queue grows without bound.
      auto send = [&, rooms](Conn& c) {
        std::string p = rooms ? "42[\"room\",\"r" + std::to_string(c.id % rooms) + "\",\"" : "42[\"cast\",\"";
        p += std::to_string(c.id) + ":" + payload + "\"]";
        frame(c.out, p);
        c.sent_at.push_back(now_s());
        if (counting) ++sent;
      };
      on_packet = [&, senders, send](Conn& c, std::string_view m) {
        if (m[0] != '2') return;
        if (counting) ++delivered;
        if (c.id >= senders) return;
        size_t colon = m.find(':');
        size_t q = m.rfind('"', colon);
        if (colon == std::string_view::npos || atoi(std::string(m.substr(q + 1, colon - q - 1)).c_str()) != c.id ||
            c.sent_at.empty())
          return;
        if (counting) lat.push_back(now_s() - c.sent_at.front());
        c.sent_at.pop_front();
        send(c);
      };
      for (int s = 0; s < senders; ++s) {
        for (int w = 0; w < opt.window; ++w) send(*conns[size_t(s)]);
        flush(*conns[size_t(s)]);
      }
    } else if (opt.mode != "idle")
      die("unknown mode " + opt.mode);

    if (opt.mode != "idle") {
      run_for(opt.warmup);
      counting = true;
      Usage u0 = usage_of(opt.pid);
      rusage me0{};
      getrusage(RUSAGE_SELF, &me0);
      double t0 = now_s();
      run_for(opt.seconds);
      double t = now_s() - t0;
      Usage u1 = usage_of(opt.pid);
      rusage me1{};
      getrusage(RUSAGE_SELF, &me1);
      counting = false;
      auto secs = [](const timeval& v) { return double(v.tv_sec) + 1e-6 * double(v.tv_usec); };
      put("messages_per_s", double(delivered) / t);
      put("sent_per_s", double(sent) / t);
      put("latency_p50_us", 1e6 * percentile(lat, .5));
      put("latency_p99_us", 1e6 * percentile(lat, .99));
      put("latency_max_us", 1e6 * percentile(lat, 1));
      put("load_cpu_share", (secs(me1.ru_utime) + secs(me1.ru_stime) - secs(me0.ru_utime) - secs(me0.ru_stime)) / t);
      if (opt.pid) {
        put("server_cpu_share", (u1.cpu_s - u0.cpu_s) / t);
        put("server_cpu_us_per_message", 1e6 * (u1.cpu_s - u0.cpu_s) / double(std::max<uint64_t>(1, delivered)));
        put("server_rss_mib_loaded", u1.rss_kib / 1024);
      }
      put("lost_connections", double(failed));
    }
  }
  if (opt.json) {
    std::string sep = "{";
    for (auto& [k, v] : result) {
      std::printf("%s\"%s\":%.3f", sep.c_str(), k.c_str(), v);
      sep = ",";
    }
    std::printf("}\n");
  } else
    for (auto& [k, v] : result) std::printf("%-28s %14.2f\n", k.c_str(), v);
}
