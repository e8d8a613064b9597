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
#include <sys/epoll.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sioload_clients.hpp"
#include "tls_pipe.hpp"
#include "usage.hpp"

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
