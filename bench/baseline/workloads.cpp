// workloads: the same work at every run, for callgrind to count (compare_counts). Each function count_… is one figure; what it
// needs is made before, by the function that calls it. No network, no clock: what the kernel costs is the ruler's business.
#include "adapter/rooms.hpp"
#include "base/function.hpp"
#include "base/json.hpp"
#include "base/timer_wheel.hpp"
#include "engine/session.hpp"
#include "net/out_queue.hpp"
#include "net/worker.hpp"
#include "protocol/eio_payload.hpp"
#include "protocol/sio_text.hpp"
#include "server/access.hpp"
#include "server/shard.hpp"
#include "support/virtual_host.hpp"
#include "transport/frame_cache.hpp"
#include "wire/http_parser.hpp"
#include "wire/ws_decoder.hpp"

#include <jackfield/server.hpp>

#include <sys/uio.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jf = jackfield;
using namespace std::chrono_literals;

// A name that callgrind can be told of, and a call that no optimiser looks through.
#define COUNTED extern "C" __attribute__((noinline, noclone, used, visibility("default"))) void

namespace {

/// What was done, so that nothing is left out.
std::uint64_t done = 0;

constexpr std::string_view event_text =
    R"(421["echo",{"room":"lobby","text":"a line of talk, not too long, not too short, with words","n":[1,2.5,true,null]}])";

// --- codecs

struct sio_work {
  jf::protocol::sio_limits limits;
  jf::protocol::sio_scratch scratch;
  jf::protocol::sio_decoder decoder{limits, scratch};
};

std::string masked_frame(std::size_t size) {
  std::string f("\x81", 1);
  if (size < 126) {
    f.push_back(static_cast<char>(0x80 | size));
  } else {
    f.push_back(static_cast<char>(0x80 | 126));
    f.push_back(static_cast<char>(size >> 8));
    f.push_back(static_cast<char>(size & 0xff));
  }
  const std::string key = "\x12\x34\x56\x78";
  f += key;
  for (std::size_t i = 0; i < size; ++i) f.push_back(static_cast<char>('a' ^ key[i % 4]));
  return f;
}

struct ws_work {
  explicit ws_work(std::size_t size) : frame(masked_frame(size)) {}
  void decode(int times) {
    jf::wire::ws_decoder d(jf::wire::ws_role::server, limits);
    for (int i = 0; i < times; ++i) {
      input.assign(frame);  // it is unmasked in place
      std::span<char> left(input);
      while (!left.empty()) done += d.next(left).data.size();
    }
  }
  jf::wire::ws_limits limits;
  std::string frame, input;
};

constexpr std::string_view request_text =
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
    "Host: chat.example.com\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept: */*\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\n"
    "Sec-WebSocket-Version: 13\r\nOrigin: https://chat.example.com\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nPragma: no-cache\r\nCache-Control: no-cache\r\n\r\n";

// --- rooms

struct person final : jf::adapter::member {
  explicit person(int i) : name("person" + std::to_string(i)) {}
  std::string_view member_id() const noexcept override { return name; }
  std::string name;
};

struct hall {
  explicit hall(int n) {
    for (int i = 0; i < n; ++i) {
      all.push_back(std::make_unique<person>(i));
      rooms.enter(*all.back());
      rooms.join(*all.back(), "everyone");
      if (i % 2 == 0) rooms.join(*all.back(), "half");
    }
  }
  ~hall() {
    for (auto& p : all) rooms.exit(*p);
  }
  jf::adapter::rooms rooms;
  std::vector<std::unique_ptr<person>> all;
};

// --- timers

struct bell final : jf::base::timer {
  void fire() override { ++done; }
};

// --- a whole server above its transports

struct message {
  std::string room, text;
};
BOOST_DESCRIBE_STRUCT(message, (), (room, text))

class sink final : public jf::engine::transport {
 public:
  explicit sink(jf::transport::frame_cache& c) : frames(c) {}
  jf::engine::transport_kind kind() const noexcept override { return jf::engine::transport_kind::websocket; }
  bool ready() const noexcept override { return true; }
  bool idle() const noexcept override { return true; }
  std::size_t unsent_bytes() const noexcept override { return 0; }
  void send(std::span<const jf::protocol::eio_packet> p, jf::engine::compression) override { done += p.size(); }
  void send(const jf::engine::outgoing& o) override { done += frames.frames(o).size(); }
  void close() override {}
  void abort() override {}
  void detach() noexcept override {}
  void pause_reading(bool) override {}
  jf::transport::frame_cache& frames;
};

struct place {
  explicit place(int clients) {
    io.on_connection([this](jf::socket s) {
      s.join("room");
      s.on("echo", [](jf::arg v, jf::ack a) { a(v); });
      s.on("sum", [](int a, int b) { return a + b; });
      s.on("struct", [](const message& m) { return m.text.size(); });
      s.on("cast", [this](jf::arg v) { io.to("room").emit("cast", v); });
    });
    for (int i = 0; i < clients; ++i) add("session" + std::to_string(i));
  }
  void add(const std::string& id) {
    sessions.push_back(jf::base::make_ref<jf::engine::session>(
        host, session_options, id, jf::http_head::builder().request_line("GET", "/").build(), "192.0.2.1"));
    auto& s = *sessions.back();
    shard.on_session(s);
    s.open(jf::base::make_ref<sink>(frames), "{}");
    say(s, "40");
    host.run_turn();
  }
  void leave_all() {
    for (auto& s : sessions) s->on_transport_lost(*s->road(), jf::engine::close_reason::transport_close, {});
    host.run_turn();
    sessions.clear();
  }
  void say(jf::engine::session& s, std::string_view text) {
    s.on_packet(*s.road(), {jf::protocol::eio_type::message, jf::protocol::payload_kind::text, text.substr(1)});
  }
  void repeat(std::string_view text, int times) {
    for (int i = 0; i < times; ++i) {
      say(*sessions.front(), text);
      host.run_turn();
    }
  }

  jf::test::virtual_host host;
  jf::server_options options;
  jf::engine::session_options session_options;
  jf::transport::frame_cache frames{host};
  jf::srv::shard shard{host, options};
  jf::server io = jf::srv::server_access::make(shard);
  std::vector<jf::engine::session_ref> sessions;
};

}  // namespace

COUNTED count_json_scan(std::vector<jf::base::json::element>& items) {
  for (int i = 0; i < 1000; ++i) done += jf::base::json::scan_array(event_text.substr(3), items) ? items.size() : 0;
}
COUNTED count_sio_decode(sio_work& w) {
  for (int i = 0; i < 1000; ++i) {
    w.decoder.add_text(event_text.substr(1));
    done += w.decoder.packet().items.size();
  }
}
COUNTED count_ws_decode_small(ws_work& w) { w.decode(1000); }
COUNTED count_ws_decode_4k(ws_work& w) { w.decode(100); }
COUNTED count_http_request(const jf::wire::http_limits& limits) {
  jf::wire::http_parser p(limits);
  for (int i = 0; i < 200; ++i) {
    auto text = request_text;
    while (p.next(text).kind != jf::wire::http_event::what::complete) {
    }
    done += p.head()->header_count();
    p.reset();
  }
}
COUNTED count_rooms_walk(hall& h) {
  for (int i = 0; i < 20; ++i) {
    const std::string_view in[]{"everyone"};
    h.rooms.walk({in, {}, nullptr}, [](jf::adapter::member& m) { done += m.room_count(); });
  }
}
COUNTED count_rooms_walk_except(hall& h) {
  for (int i = 0; i < 20; ++i) {
    const std::string_view in[]{"everyone"}, except[]{"half"};
    h.rooms.walk({in, except, nullptr}, [](jf::adapter::member& m) { done += m.room_count(); });
  }
}
COUNTED count_rooms_join_leave(hall& h) {
  for (int i = 0; i < 1000; ++i) {
    h.rooms.join(*h.all[0], "third");
    h.rooms.leave(*h.all[0], "third");
  }
}
COUNTED count_mailbox(jf::net::worker& w) {
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 100; ++i) w.post([] { ++done; });
    w.poll();
  }
}
COUNTED count_timers(jf::base::timer_wheel& wheel, std::vector<bell>& bells) {
  auto now = wheel.now();
  for (int round = 0; round < 20; ++round) {
    for (std::size_t i = 0; i < bells.size(); ++i) wheel.arm(bells[i], std::chrono::milliseconds(i * 7 % 25'000));
    now += 25s;
    wheel.advance(now);
  }
}
COUNTED count_out_queue(jf::net::out_pool& pool) {
  jf::net::out_queue q(pool);
  const jf::base::shared_bytes large(std::string(16'384, 'x'));
  std::array<iovec, 64> pieces;
  for (int i = 0; i < 1000; ++i) {
    q.append("a short frame of forty-two characters, or so");
    if (i % 10 == 0) q.append(large);
    done += q.gather(pieces);
    q.consume(q.size());
  }
}
COUNTED count_event_echo(place& p) { p.repeat(event_text, 1000); }
COUNTED count_event_typed(place& p) { p.repeat(R"(422["struct",{"room":"lobby","text":"a line of talk, not too long"}])", 1000); }
COUNTED count_broadcast(place& p) { p.repeat(R"(42["cast","a line of talk for everybody in the room"])", 20); }
COUNTED count_join_and_leave(place& p) {
  for (int i = 0; i < 100; ++i) p.add("passenger" + std::to_string(i));
  p.leave_all();
}

int main() {
  {
    std::vector<jf::base::json::element> items;
    count_json_scan(items);
    sio_work w;
    count_sio_decode(w);
    ws_work small(100), big(4096);
    count_ws_decode_small(small);
    count_ws_decode_4k(big);
    count_http_request({});
  }
  {
    hall h(1000);
    count_rooms_walk(h);
    count_rooms_walk_except(h);
    count_rooms_join_leave(h);
  }
  {
    jf::net::worker w;
    count_mailbox(w);
    jf::base::timer_wheel wheel(jf::base::time_point{});
    std::vector<bell> bells(500);
    count_timers(wheel, bells);
    jf::net::out_pool pool;
    count_out_queue(pool);
  }
  {
    place one(1), many(1000), nobody(0);
    count_event_echo(one);
    count_event_typed(one);
    count_broadcast(many);
    count_join_and_leave(nobody);
    one.leave_all();
    many.leave_all();
  }
  std::printf("%llu\n", static_cast<unsigned long long>(done));
}
