// The connection procedure: CONNECT, middlewares, refusals, limits (protocol.md 3.6, 3.7).
#include "unit/server/stage.hpp"

#include <regex>

namespace jackfield::test {
namespace {

std::string sid_of(const std::string& packet) {
  std::smatch m;
  return std::regex_search(packet, m, std::regex("\"sid\":\"([A-Za-z0-9_-]{20})\"")) ? m[1].str() : std::string();
}

// P122
TEST(connect, answers_with_a_fresh_sid) {
  stage on;
  auto& c = on.ws().say("40");
  const auto got = c.heard();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_TRUE(std::regex_match(got[0], std::regex(R"(40\{"sid":"[A-Za-z0-9_-]{20}"\})"))) << got[0];
  EXPECT_NE(sid_of(got[0]), c.session->id());
}

// P106 P124 P155
TEST(connect, knows_namespaces_by_name_alone) {
  stage on;
  on.io.of("admin");
  auto& c = on.ws();
  c.say("40/admin").say("40/x,").say("40/admin?y=1,");
  const auto got = c.heard();
  ASSERT_EQ(got.size(), 3u);
  EXPECT_TRUE(got[0].starts_with(R"(40/admin,{"sid":")")) << got[0];
  EXPECT_EQ(got[1], R"(44/x,{"message":"Invalid namespace"})");
  EXPECT_EQ(got[2], R"(44/admin?y=1,{"message":"Invalid namespace"})");
  EXPECT_FALSE(c.closed());
}

// P155
TEST(connect, new_namespace_is_told_once) {
  stage on;
  std::vector<std::string> made;
  on.io.on_new_namespace([&](jf::nsp n) { made.emplace_back(n.name()); });
  EXPECT_EQ(on.io.of("x").core(), on.io.of("/x").core());
  EXPECT_EQ(on.io.of("").core(), on.io.of("/").core());
  EXPECT_EQ(made, std::vector<std::string>{"/x"});
}

// P123 P159
TEST(connect, handshake_tells_how_the_client_came) {
  stage on;
  value auth[2];
  std::string query, header, address;
  bool xdomain = true;
  on.io.on_connection([&](jf::socket s) {
    auth[0] = s.handshake().auth;
    query = s.handshake().query("k").value_or("-");
    header = s.handshake().header("x-kit");
    address = s.handshake().address;
    xdomain = s.handshake().xdomain;
    EXPECT_EQ(s.handshake().query("sid"), std::nullopt);
  });
  on.io.of("/b").on_connection([&](jf::socket s) { auth[1] = s.handshake().auth; });
  on.ws().say(R"(40{"token":"123"})").say("40/b,");
  EXPECT_EQ(auth[0]["token"].text_or(""), "123");
  EXPECT_EQ(auth[1], value(object()));
  EXPECT_EQ(query, "v");
  EXPECT_EQ(header, "yes");
  EXPECT_EQ(address, "127.0.0.1");
  EXPECT_FALSE(xdomain);
}

// P159
TEST(connect, an_origin_makes_it_xdomain) {
  stage on;
  bool xdomain = false;
  on.io.on_connection([&](jf::socket s) { xdomain = s.handshake().xdomain; });
  on.ws(http_head::builder().request_line("GET", "/").header("Origin", "http://a").build()).say("40");
  EXPECT_TRUE(xdomain);
}

// P125
TEST(connect, a_middleware_refuses_with_message_and_data) {
  stage on;
  int connections = 0;
  on.io.use([](jf::socket s, jf::next next) {
    s.join("early");
    if (s.handshake().auth["t"].is_null())
      next(jf::refuse("no \"token\"", object{{"code", 7}, {"raw", bytes{std::byte{1}}}}));
    else
      next(jf::refuse("bad token"));
  });
  on.io.on_connection([&](jf::socket) { ++connections; });
  auto& c = on.ws().say("40").say(R"(40{"t":1})");
  EXPECT_EQ(c.heard(), (packets{R"(44{"message":"no \"token\"","data":{"code":7,"raw":{"type":"Buffer","data":[1]}}})",
                                R"(44{"message":"bad token"})"}));
  EXPECT_FALSE(c.closed());
  EXPECT_EQ(connections, 0);
  EXPECT_EQ(on.shard.of("/")->rooms().room_count(), 0u);
}

// P126
TEST(connect, middlewares_run_in_order_and_may_take_their_time) {
  stage on;
  std::string order;
  std::optional<jf::next> later;
  on.io.use([&](jf::socket s, jf::next next) {
    order += "a";
    EXPECT_FALSE(s.connected());
    later = next;
  });
  on.io.use([&](jf::socket) { order += "b"; });
  on.io.use([&](jf::socket) -> jf::task<void> {
    order += "c";
    co_return;
  });
  on.io.on_connection([&](jf::socket s) {
    order += "!";
    EXPECT_TRUE(s.connected());
  });
  on.io.of("/other").use([&](jf::socket) { order += "x"; });
  auto& c = on.ws().say("40");
  EXPECT_TRUE(c.heard().empty());
  EXPECT_EQ(order, "a");
  (*later)();
  EXPECT_EQ(order, "abc!");
  (*later)();
  (*later)(jf::refuse("too late"));
  EXPECT_EQ(order, "abc!");
  EXPECT_EQ(c.heard().size(), 1u);
}

// P126
TEST(connect, a_middleware_may_answer_from_another_thread) {
  stage on;
  std::optional<jf::next> later;
  on.io.use([&](jf::socket, jf::next next) { later = next; });
  auto& c = on.ws().say("40");
  std::thread([&] { (*later)(); }).join();
  EXPECT_EQ(c.heard().size(), 1u);
}

// S44
TEST(connect, a_throwing_middleware_refuses) {
  stage on;
  std::string where;
  on.io.on_fault([&](const jf::fault& f) { where = f.where; });
  on.io.use([](jf::socket s, jf::next) {
    if (s.handshake().auth["mine"].is_null()) throw std::runtime_error("secret");
    throw jf::refuse("mine");
  });
  auto& c = on.ws().say("40").say(R"(40{"mine":1})");
  EXPECT_EQ(c.heard(), (packets{R"(44{"message":"internal error"})", R"(44{"message":"mine"})"}));
  EXPECT_EQ(where, "middleware");
}

// S27
TEST(connect, a_middleware_that_does_not_answer_is_ended) {
  stage on;
  std::optional<jf::next> later;
  on.io.use([&](jf::socket, jf::next next) { later = next; });
  auto& c = on.ws().say("40");
  on.advance(9999ms);
  EXPECT_TRUE(c.heard().empty());
  on.advance(1ms);
  EXPECT_EQ(c.heard(), packets{R"(44{"message":"timeout"})"});
  (*later)();
  EXPECT_TRUE(c.heard().empty());
  c.say("40");
  (*later)();
  EXPECT_EQ(c.heard().size(), 1u);
}

// P127
TEST(connect, a_client_that_went_meanwhile_does_not_connect) {
  stage on;
  std::optional<jf::next> later;
  std::optional<jf::socket> who;
  int connections = 0;
  on.io.use([&](jf::socket s, jf::next next) { s.join("r"), who = s, later = next; });
  on.io.on_connection([&](jf::socket) { ++connections; });
  auto& c = on.ws().say("40");
  c.lose();
  (*later)();
  on.host.inner.settle();
  EXPECT_EQ(connections, 0);
  EXPECT_FALSE(who->connected());
  EXPECT_FALSE(who->emit("x"));
  EXPECT_EQ(on.shard.of("/")->rooms().room_count(), 0u);
}

TEST(connect, who_waits_at_the_door_goes_with_the_server) {
  std::weak_ptr<int> alive;
  {
    stage on;
    auto token = std::make_shared<int>(1);
    alive = token;
    on.io.use([token = std::move(token)](jf::socket, jf::next) {});
    for (int i = 0; i < 3; ++i) on.ws().say("40");
    on.ws();
  }
  EXPECT_TRUE(alive.expired());
}

// P127
TEST(connect, nor_one_whose_connection_is_being_closed) {
  stage on;
  std::optional<jf::next> later;
  int connections = 0;
  on.io.use([&](jf::socket, jf::next next) { later = next; });
  on.io.on_connection([&](jf::socket) { ++connections; });
  auto& c = on.polling();
  c.say("40");
  c.session->close();  // waits for a GET
  (*later)();
  EXPECT_EQ(connections, 0);
  EXPECT_EQ(on.shard.of("/")->rooms().size(), 0u);
}

// P154 P161
TEST(connect, emits_of_middlewares_come_before_connect_and_of_handlers_behind) {
  stage on;
  on.io.use([&](jf::socket s, jf::next next) {
    s.emit("early");
    on.io.emit("not for you");
    next();
  });
  on.io.on_connection([](jf::socket s) { s.emit("late"); });
  const auto got = on.ws().say("40").heard();
  ASSERT_EQ(got.size(), 3u);
  EXPECT_EQ(got[0], R"(42["early"])");
  EXPECT_TRUE(got[1].starts_with("40{"));
  EXPECT_EQ(got[2], R"(42["late"])");
}

// P128 S24
TEST(connect, without_a_namespace_a_session_ends) {
  stage on;
  on.io.use([](jf::socket, jf::next next) { next(jf::refuse("never")); });
  auto& idle = on.ws();
  auto& refused = on.ws().say("40");
  on.advance(44999ms);
  EXPECT_FALSE(idle.closed());
  on.advance(1ms);
  EXPECT_TRUE(idle.closed());
  EXPECT_TRUE(refused.closed());
  EXPECT_EQ(on.shard.connections(), 0u);
  EXPECT_EQ(on.shard.pending_sessions(), 0u);
}

// S24
TEST(connect, the_clock_runs_again_behind_the_last_namespace) {
  stage on;
  auto& c = on.ws().join();
  EXPECT_EQ(on.shard.pending_sessions(), 0u);
  on.advance(100s);
  EXPECT_FALSE(c.closed());
  c.say("41");
  EXPECT_EQ(on.shard.pending_sessions(), 1u);
  on.advance(44999ms);
  EXPECT_FALSE(c.closed());
  on.advance(1ms);
  EXPECT_TRUE(c.closed());
}

// S24
TEST(connect, the_shard_has_room_for_so_many_without_a_namespace) {
  server_options o;
  o.limits.pending_sessions = 2;
  stage on(o);
  on.ws();
  EXPECT_TRUE(on.shard.has_room());
  auto& c = on.ws();
  EXPECT_FALSE(on.shard.has_room());
  c.join();
  EXPECT_TRUE(on.shard.has_room());
}

// P129
TEST(connect, forbidden_moves_end_the_whole_connection) {
  for (const std::string move : {"40", R"(42/x,["e"])", "41/x,", R"(44{"message":"m"})", R"(43/x,1[])"}) {
    stage on;
    on.io.of("/other");
    std::vector<std::string> reasons;
    for (const char* n : {"/", "/other"}) {
      on.io.of(n).on_connection(
          [&](jf::socket s) { s.on_disconnect([&](disconnect_reason r) { reasons.emplace_back(name_of(r)); }); });
    }
    auto& c = on.ws().join().join("/other");
    c.say(move);
    EXPECT_TRUE(c.closed()) << move;
    EXPECT_EQ(reasons, (std::vector<std::string>{"forced close", "forced close"})) << move;
  }
}

// P129
TEST(connect, events_before_the_answer_are_forbidden_too) {
  stage on;
  std::optional<jf::next> later;
  on.io.use([&](jf::socket, jf::next next) { later = next; });
  auto& c = on.ws().say("40");
  c.say(R"(42["e"])");
  EXPECT_TRUE(c.closed());
  auto& d = on.ws().say("40");
  d.say("40");
  EXPECT_TRUE(d.closed());
}

// P129
TEST(connect, on_polling_without_a_get_sockets_end_at_once) {
  stage on;
  std::string reason;
  on.io.on_connection([&](jf::socket s) { s.on_disconnect([&](disconnect_reason r) { reason = name_of(r); }); });
  auto& c = on.polling();
  c.say("40");
  c.heard();
  ASSERT_FALSE(c.poll->parked());
  c.say("40");
  EXPECT_EQ(reason, "forced server close");
  EXPECT_FALSE(c.closed());
  EXPECT_EQ(on.shard.of("/")->rooms().size(), 0u);
}

// S27
TEST(connect, namespaces_and_refusals_of_a_client_are_limited) {
  server_options o;
  o.limits.namespaces_per_client = 2;
  o.limits.refused_connects = 3;
  stage on(o);
  for (const char* n : {"/a", "/b", "/c"}) on.io.of(n);
  auto& c = on.ws().join("/a").join("/b");
  c.say("40/c,");
  EXPECT_TRUE(c.closed());
  auto& d = on.ws();
  for (int i = 0; i < 3; ++i) d.say("40/nope,");
  EXPECT_FALSE(d.closed());
  d.say("40/nope,");
  EXPECT_TRUE(d.closed());
}

// S25
TEST(connect, a_long_name_is_not_mirrored) {
  stage on;
  std::string name = "/";
  for (int i = 0; i < 100; ++i) name += "é";
  auto& c = on.ws().say("40" + name + ",");
  const auto got = c.heard();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0], "44" + name.substr(0, 127) + R"(,{"message":"Invalid namespace"})");
}

// S26
TEST(connect, no_attachments_before_a_namespace) {
  stage on;
  auto& c = on.ws();
  c.say(R"(451-["e",{"_placeholder":true,"num":0}])");
  EXPECT_TRUE(c.closed());
}

}  // namespace
}  // namespace jackfield::test
