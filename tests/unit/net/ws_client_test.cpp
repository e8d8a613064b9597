// ws_connection as a client: what it sends is masked, what is masked is refused; the rest is as at a server.
#include "net/ws_connection.hpp"

#include "loopback.hpp"
#include "turning.hpp"

#include <optional>
#include <set>

namespace jackfield::net {
namespace {

using namespace std::chrono_literals;
using wire::ws_opcode;
using what = wire::ws_event::what;

struct ear final : ws_handler {
  void on_text(std::string_view t) override { texts.emplace_back(t); }
  void on_binary(std::string_view b) override { binaries.emplace_back(b); }
  void on_ws_closed(ws_end h, std::uint16_t c, std::string_view why) override {
    EXPECT_FALSE(how) << "told twice";
    how = h;
    code = c;
    reason = why;
  }
  std::vector<std::string> texts, binaries;
  std::optional<ws_end> how;
  std::uint16_t code = 0;
  std::string reason;
};

struct ws_client : turning {
  ~ws_client() override {
    w.inside([&] {
      if (c) c->drop();
      if (server) server->drop();
    });
  }
  std::unique_ptr<stream> connected() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    peer.reset(ends[1]);
    return std::make_unique<stream>(w, ends[0], 2000ms);
  }
  void open(const wire::deflate_params* agreed = nullptr) {
    w.inside([&] {
      auto s = connected();
      stream* raw = s.get();
      c = base::make_ref<ws_connection>(std::move(s), std::make_shared<const ws_settings>(settings), agreed);
      raw->start(nobody);
      c->start(hears);
    });
  }
  /// A server of ours at the other end, which says back what it hears.
  void open_both(const wire::deflate_params& agreed) {
    open(&agreed);
    w.inside([&] {
      auto s = std::make_unique<stream>(w, peer.release(), 2000ms);
      stream* raw = s.get();
      server = base::make_ref<ws_connection>(std::move(s), settings, &agreed);
      raw->start(nobody);
      server->start(at_server);
    });
  }
  void send(ws_opcode op, std::string_view head, std::string_view body, bool compress = false) {
    w.inside([&] { c->send(op, head, body, compress); });
  }
  std::string raw(std::size_t least) {
    std::string out;
    EXPECT_TRUE(until([&] { return (out += read_now(peer.get())).size() >= least; }));
    return out;
  }
  void peer_says(ws_opcode op, std::string_view payload) {
    write_all(peer.get(), std::string(wire::ws_head(op, payload.size()).view()) + std::string(payload));
  }
  struct nothing final : stream_handler {
    void on_data(std::span<char>) override {}
    void on_end(stream_end) override {}
  } nobody;
  ws_settings settings;
  unique_fd peer;
  ear hears, at_server;
  base::ref<ws_connection> c, server;
};

TEST_F(ws_client, masks_what_it_sends_however_long) {
  open();
  wire::ws_limits limits{.max_message_bytes = 1u << 20};
  wire::ws_decoder at_peer(wire::ws_role::server, limits);  // which refuses what is not masked
  for (const std::size_t size :
       {0u, 1u, 5u, 124u, 125u, 126u, 1009u, 1010u, 1011u, 1018u, 2048u, 65'534u, 65'535u, 65'536u, 200'000u}) {
    std::string body(size, '\0');
    for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<char>('a' + i % 26);
    send(ws_opcode::text, "4", body);
    std::string got;
    ASSERT_TRUE(until([&] {
      auto bytes = read_now(peer.get());
      std::span<char> input(bytes);
      const auto e = at_peer.next(input);
      EXPECT_NE(e.kind, what::error) << e.data;
      if (e.kind == what::text) got = e.data;
      return e.kind == what::text;
    }));
    EXPECT_EQ(got, "4" + body) << size;
  }
}

TEST_F(ws_client, never_twice_with_the_same_key) {
  open();
  std::set<std::string> keys;
  for (int i = 0; i < 300; ++i) {
    send(ws_opcode::binary, {}, "\x01");
    keys.insert(raw(7).substr(2, 4));
  }
  EXPECT_GE(keys.size(), 299u) << "32 bits of chance";
}

TEST_F(ws_client, hears_messages_and_answers_pings_masked) {
  open();
  peer_says(ws_opcode::text, "4hello");
  peer_says(ws_opcode::binary, "\x01\x02");
  peer_says(ws_opcode::ping, "p");
  auto bytes = raw(7);
  EXPECT_EQ(hears.texts, std::vector<std::string>{"4hello"});
  EXPECT_EQ(hears.binaries, std::vector<std::string>{"\x01\x02"});
  wire::ws_limits limits;
  wire::ws_decoder at_peer(wire::ws_role::server, limits);
  std::span<char> input(bytes);
  const auto e = at_peer.next(input);
  EXPECT_EQ(e.kind, what::pong);
  EXPECT_EQ(e.data, "p");
}

TEST_F(ws_client, refuses_a_server_that_masks) {
  open();
  std::string frame;
  wire::ws_append_masked(frame, ws_opcode::text, "4hello", 0x01020304);
  write_all(peer.get(), frame);
  ASSERT_TRUE(until([&] { return hears.how.has_value(); }));
  EXPECT_EQ(*hears.how, ws_end::violation);
  EXPECT_EQ(hears.code, 1002);
  EXPECT_TRUE(hears.texts.empty());
}

TEST_F(ws_client, refuses_what_is_too_big_before_it_came) {
  settings.limits.max_message_bytes = 1000;
  open();
  write_all(peer.get(), wire::ws_head(ws_opcode::text, 1001).view());
  ASSERT_TRUE(until([&] { return hears.how.has_value(); }));
  EXPECT_EQ(hears.code, 1009);
  auto bytes = raw(8);
  wire::ws_limits limits;
  wire::ws_decoder at_peer(wire::ws_role::server, limits);
  std::span<char> input(bytes);
  const auto e = at_peer.next(input);
  EXPECT_EQ(e.kind, what::close);
  EXPECT_EQ(e.code, 1009) << "and says so, masked";
}

TEST_F(ws_client, closes_masked_and_waits_for_the_server) {
  open();
  w.inside([&] { c->close(); });
  EXPECT_EQ(raw(6).substr(0, 2), "\x88\x80");
  EXPECT_FALSE(hears.how);
  peer_says(ws_opcode::close, {});
  peer.reset();
  ASSERT_TRUE(until([&] { return hears.how.has_value(); }));
  EXPECT_EQ(*hears.how, ws_end::closed);
}

TEST_F(ws_client, hears_the_servers_code) {
  open();
  peer_says(ws_opcode::close, wire::ws_close_payload(1009, "too big"));
  ASSERT_TRUE(until([&] { return hears.how.has_value(); }));
  EXPECT_EQ(hears.code, 1009);
  EXPECT_EQ(hears.reason, "too big");
}

// P62: both directions, with and without windows that last
TEST_F(ws_client, deflates_as_agreed) {
  for (const auto mine : {wire::takeover::none, wire::takeover::context})
    for (const auto theirs : {wire::takeover::none, wire::takeover::context})
      for (const int bits : {9, 15}) {
        const wire::deflate_params agreed{
            .server_max_window_bits = bits, .client_max_window_bits = 24 - bits, .server = theirs, .client = mine};
        settings.deflate_threshold = 10;
        open_both(agreed);
        for (int i = 0; i < 4; ++i) {
          const std::string text(3000, static_cast<char>('a' + i));
          send(ws_opcode::text, "4", text, true);
          w.inside([&] { server->send(ws_opcode::text, "4", text, true); });
          ASSERT_TRUE(until([&] { return !hears.texts.empty() && !at_server.texts.empty(); }));
          EXPECT_EQ(hears.texts.back(), "4" + text);
          EXPECT_EQ(at_server.texts.back(), "4" + text);
          hears.texts.clear();
          at_server.texts.clear();
        }
        w.inside([&] {
          c->drop();
          server->drop();
        });
        hears = {};
        at_server = {};
      }
}

TEST_F(ws_client, a_small_message_is_not_deflated_and_a_big_one_is) {
  const wire::deflate_params agreed;
  open(&agreed);
  send(ws_opcode::text, "4", "small", true);
  EXPECT_EQ(static_cast<unsigned char>(raw(12)[0]), 0x81);
  send(ws_opcode::text, "4", std::string(5000, 'x'), true);
  const auto big = raw(8);
  EXPECT_EQ(static_cast<unsigned char>(big[0]), 0xc1);
  EXPECT_LT(big.size(), 200u);
}

// An inflating bomb of a server.
TEST_F(ws_client, inflation_is_bounded) {
  settings.limits.max_message_bytes = 10'000;
  const wire::deflate_params agreed;
  open(&agreed);
  wire::ws_deflater bomb(15, wire::takeover::none);
  std::string packed;
  bomb.deflate(std::string(1'000'000, 'x'), packed);
  ASSERT_LT(packed.size(), 10'000u);
  write_all(peer.get(), std::string(wire::ws_head(ws_opcode::text, packed.size(), true).view()) + packed);
  ASSERT_TRUE(until([&] { return hears.how.has_value(); }));
  EXPECT_EQ(hears.code, 1009);
}

}  // namespace
}  // namespace jackfield::net
