// The ends of a socket: reasons, order, what is left of it (protocol.md 4.9).
#include "unit/server/stage.hpp"

namespace jackfield::test {
namespace {

struct talk : stage {
  talk() {
    for (const char* n : {"/", "/b"}) {
      io.of(n).on_connection([this](jf::socket s) {
        s.join("r");
        all.push_back(s);
        s.on_disconnecting([this, s](disconnect_reason r) {
          log.push_back("ing " + std::string(name_of(r)) + " " + std::to_string(s.rooms().size()));
        });
        s.on_disconnect([this, s](disconnect_reason r, std::string_view text) {
          EXPECT_FALSE(s.connected());
          log.push_back(std::string(name_of(r)) + " " + std::to_string(s.rooms().size()) + std::string(text));
          s.broadcast().emit("left");
        });
      });
    }
    c = &ws().join();
  }
  std::vector<jf::socket> all;
  std::vector<std::string> log;
  client* c;
};
using lines = std::vector<std::string>;

// P131 P134
TEST(disconnect, of_the_client_leaves_the_session_open) {
  talk on;
  on.c->say("41");
  EXPECT_EQ(on.log, (lines{"ing client namespace disconnect 2", "client namespace disconnect 0"}));
  EXPECT_FALSE(on.c->closed());
  on.c->join();
  EXPECT_EQ(on.all.size(), 2u);
  EXPECT_NE(on.all[0].id(), on.all[1].id());
}

// P132 P134
TEST(disconnect, of_the_server_says_so_once) {
  talk on;
  on.c->join("/b");
  on.all[0].emit("last");
  on.all[0].disconnect();
  on.all[0].disconnect();
  EXPECT_EQ(on.c->heard(), (packets{R"(42["last"])", "41"}));
  EXPECT_EQ(on.log, (lines{"ing server namespace disconnect 2", "server namespace disconnect 0"}));
  EXPECT_TRUE(on.all[1].connected());
  on.c->join();
}

// P132
TEST(disconnect, with_close_ends_every_namespace) {
  talk on;
  on.c->join("/b");
  on.all[1].disconnect(true);
  EXPECT_EQ(on.c->heard(), (packets{"41", "41/b,"}));
  EXPECT_TRUE(on.c->closed());
  EXPECT_EQ(on.log.size(), 4u);
  EXPECT_EQ(on.log[3], "server namespace disconnect 0");
  EXPECT_EQ(on.shard.connections(), 0u);
}

// P133
TEST(disconnect, of_a_closing_server) {
  talk on;
  on.shard.shutdown();
  EXPECT_EQ(on.c->heard(), packets{});
  EXPECT_TRUE(on.c->closed());
  EXPECT_EQ(on.log, (lines{"ing server shutting down 2", "server shutting down 0"}));
}

// P134
TEST(disconnect, reasons_of_the_session) {
  using engine::close_reason;
  for (auto [why, text] : {std::pair{close_reason::transport_close, "transport close"},
                           {close_reason::transport_error, "transport error"},
                           {close_reason::ping_timeout, "ping timeout"},
                           {close_reason::parse_error, "parse error"},
                           {close_reason::slow_consumer, "slow consumer"}}) {
    talk on;
    on.c->lose(why, ": detail");
    EXPECT_EQ(on.log, (lines{"ing " + std::string(text) + " 2", text + std::string(" 0: detail")}));
    EXPECT_TRUE(on.all[0].rooms().empty());
  }
}

TEST(disconnect, conn_close_is_a_forced_close) {
  talk on;
  EXPECT_EQ(on.all[0].conn().transport(), "websocket");
  EXPECT_EQ(on.all[0].conn().id(), on.c->session->id());
  on.all[0].conn().close();
  EXPECT_EQ(on.log.back(), "forced close 0");
  EXPECT_EQ(on.all[0].conn().transport(), "");
  on.all[0].conn().close();
}

// S32
TEST(disconnect, who_does_not_read_is_a_slow_consumer) {
  talk on;
  on.c->stream->hold();
  const std::string big(1 << 20, 'x');
  for (int i = 0; i < 6; ++i) on.all[0].emit("e", big);
  on.host.inner.settle();
  EXPECT_EQ(on.log.back().substr(0, 13), "slow consumer");
}

TEST(disconnect, handlers_are_dropped_so_that_sockets_in_their_captures_go) {
  talk on;
  std::weak_ptr<int> alive;
  {
    auto token = std::make_shared<int>(1);
    alive = token;
    on.all[0].on("e", [token, s = on.all[0]] {});
  }
  on.all.clear();
  on.c->lose();
  EXPECT_TRUE(alive.expired());
}

TEST(disconnect, handles_are_safe_afterwards) {
  std::optional<jf::socket> s;
  {
    talk on;
    s = on.all[0];
    s->data<std::string>() = "mine";
    on.c->lose();
    EXPECT_EQ(s->data<std::string>(), "mine");
    EXPECT_THROW(s->data<int>(), std::bad_any_cast);
  }
  EXPECT_FALSE(s->connected());
  EXPECT_FALSE(s->emit("x", 1));
  s->on("e", [] {});
  s->leave("r");
  s->disconnect(true);
  EXPECT_FALSE(s->join("r"));
  EXPECT_EQ(s->id().size(), 20u);
  EXPECT_EQ(s->handshake().address, "127.0.0.1");
}

TEST(disconnect, the_end_of_the_shard_ends_those_who_wait) {
  std::string got;
  {
    talk on;
    on.all[0].on("go", [&](jf::socket who) -> jf::task<> {
      const auto r = co_await who.emit_with_ack("q").as_result();
      got = name_of(r.error().code);
    });
    on.c->say(R"(42["go"])");
  }
  EXPECT_EQ(got, "disconnected");
}

TEST(disconnect, within_the_disconnecting_handler_nothing_happens) {
  talk on;
  int calls = 0;
  on.all[0].on_disconnecting([&] {
    ++calls;
    on.all[0].disconnect();
    on.all[0].disconnect(true);
  });
  on.c->say("41");
  EXPECT_EQ(calls, 1);
}

TEST(disconnect, timers_of_the_server) {
  talk on;
  std::string got;
  on.io.after(50ms, [&] { got += "b"; });
  on.io.after(10ms, [&] { got += "a", on.io.after(10ms, [&] { got += "+"; }); });
  on.io.post([&] { got += "p"; });
  on.advance(9ms);
  EXPECT_EQ(got, "p");
  on.advance(91ms);
  EXPECT_EQ(got, "pa+b");
}

}  // namespace
}  // namespace jackfield::test
