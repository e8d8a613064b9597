// The end of a client: from inside whatever it calls, with everything under way, and what its handles do afterwards.
#include "unit/client/client_stage.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace jackfield::test {
namespace {

using lines = std::vector<std::string>;

client_options quickly() { return {.reconnection_attempts = 1, .reconnection_delay = 10ms, .randomization_factor = 0}; }

// W1: everybody who waits is told, once.
TEST(client_teardown, tells_everybody_who_waits) {
  lines told;
  client_stage on(quickly());
  auto s = on.io.socket("/");
  on.join();
  s.on_disconnect([&] { told.emplace_back("disconnect"); });
  s.emit("sent", [&](error e, int) { told.push_back("sent " + std::string(name_of(e.code))); });
  s.emit_with_ack("promise").then([&](result<value> r) { told.push_back("promise " + std::string(name_of(r.error().code))); });
  auto stream = s.event<int>("e");
  stream.next().then([&](result<int> r) { told.push_back("stream " + std::string(name_of(r.error().code))); });
  on.ws().hold();
  s.emit("held");
  s.drained().then([&](result<void> r) { told.push_back("drained " + std::string(name_of(r.error().code))); });
  on.manager->end();
  std::sort(told.begin(), told.end());
  EXPECT_EQ(told, (lines{"drained disconnected", "promise disconnected", "sent disconnected", "stream disconnected"}));
  on.settle();
  EXPECT_EQ(on.finished, 1);
}

TEST(client_teardown, tells_those_who_wait_for_a_connection) {
  auto o = quickly();
  o.retries = 3;
  lines told;
  client_stage on(o);
  auto s = on.io.socket("/");
  auto plain = on.io.socket("/plain", client_socket_options{});
  s.emit("a", [&](error e, int) { told.push_back("retry " + std::string(name_of(e.code))); });
  plain.emit("a", [&](error e, int) { told.push_back("buffered " + std::string(name_of(e.code))); });
  on.dials();
  on.manager->end();
  std::sort(told.begin(), told.end());
  EXPECT_EQ(told, (lines{"buffered disconnected", "retry disconnected"}));
  on.settle();
  EXPECT_EQ(on.finished, 1) << "an attempt is given up at once";
}

TEST(client_teardown, says_goodbye) {
  client_stage on(quickly());
  auto s = on.io.socket("/");
  auto other = on.io.socket("/other");
  on.open();
  on.accept();
  on.accept("/other");
  on.heard();
  on.manager->end();
  EXPECT_EQ(on.heard(), (packets{"41", "41/other,"}));
  EXPECT_TRUE(on.ws().closed);
  EXPECT_EQ(on.finished, 1);
}

TEST(client_teardown, leaves_handles_that_do_nothing) {
  lines told;
  client_stage on(quickly());
  auto s = on.io.socket("/");
  on.join();
  on.manager->end();
  EXPECT_FALSE(s.connected());
  EXPECT_FALSE(s.active());
  EXPECT_EQ(s.id(), "");
  EXPECT_EQ(s.nsp_name(), "/");
  EXPECT_FALSE(s.emit("x", [&](error e, int) { told.emplace_back(name_of(e.code)); }));
  EXPECT_EQ(told, lines{"disconnected"});
  EXPECT_THROW(s.emit_with_ack("x").future().get(), bad_result);
  EXPECT_THROW(s.drained().future().get(), bad_result);
  EXPECT_THROW(s.event<int>("e").next().future().get(), bad_result);
  s.connect();
  s.disconnect();
  s.on("e", [] {});
  s.off();
  auto late = on.io.socket("/late");
  EXPECT_FALSE(late.active());
  EXPECT_FALSE(late.emit("x"));
  on.io.connect();
  on.io.post([&] { told.emplace_back("posted"); });
  on.settle();
  EXPECT_EQ(on.dials(), 1u);
  EXPECT_EQ(told.size(), 1u);
}

// The loop is gone: what is asked for from then on is done by who asks.
TEST(client_teardown, leaves_handles_that_know_when_the_loop_is_gone) {
  lines told;
  client_stage on(quickly());
  auto s = on.io.socket("/");
  on.join();
  on.host.foreign = true;
  s.emit("letter", [&](error e, int) { told.push_back("letter " + std::string(name_of(e.code))); });
  on.host.foreign = false;
  on.manager->abandon();
  on.where->close();
  EXPECT_EQ(told, lines{"letter disconnected"});
  on.host.foreign = true;
  s.emit("late", [&](error e, int) { told.push_back("late " + std::string(name_of(e.code))); });
  EXPECT_EQ(told.back(), "late disconnected");
  EXPECT_THROW(s.drained().future().get(), bad_result);
}

// From inside each thing that a client calls.
TEST(client_teardown, happens_inside_any_call) {
  using setup = std::function<void(client_stage&, client_socket&, std::function<void()>)>;
  const std::vector<std::pair<const char*, setup>> all{
      {"connect", [](auto&, auto& s, auto end) { s.on_connect(end); }},
      {"event", [](auto&, auto& s, auto end) { s.on("e", end); }},
      {"early event", [](auto&, auto& s, auto end) { s.on("early", end); }},
      {"any", [](auto&, auto& s, auto end) { s.on_any([end](std::string_view) { end(); }); }},
      {"any outgoing", [](auto&, auto& s, auto end) { s.on_any_outgoing([end](std::string_view) { end(); }); }},
      {"disconnect", [](auto&, auto& s, auto end) { s.on_disconnect(end); }},
      {"connect_error", [](auto&, auto& s, auto end) { s.on_connect_error([end](const connect_error&) { end(); }); }},
      {"error",
       [](auto&, auto& s, auto end) {
         s.on("e", [](int) {});
         s.on_error([end](const error&) { end(); });
       }},
      {"answer", [](auto&, auto& s, auto end) { s.emit("q", [end](error, int) { end(); }); }},
      {"time-out", [](auto&, auto& s, auto end) { s.timeout(1ms).emit("q", [end](error, int) { end(); }); }},
      {"open", [](auto& on, auto&, auto end) { on.io.on_open(end); }},
      {"close", [](auto& on, auto&, auto end) { on.io.on_close([end](disconnect_reason, std::string_view) { end(); }); }},
      {"manager error", [](auto& on, auto&, auto end) { on.io.on_error([end](const error&) { end(); }); }},
      {"ping", [](auto& on, auto&, auto end) { on.io.on_ping(end); }},
      {"reconnect_attempt", [](auto& on, auto&, auto end) { on.io.on_reconnect_attempt([end](std::uint32_t) { end(); }); }},
      {"reconnect", [](auto& on, auto&, auto end) { on.io.on_reconnect([end](std::uint32_t) { end(); }); }},
      {"reconnect_error", [](auto& on, auto&, auto end) { on.io.on_reconnect_error([end](const error&) { end(); }); }},
      {"reconnect_failed", [](auto& on, auto&, auto end) { on.io.on_reconnect_failed(end); }},
      {"posted", [](auto& on, auto&, auto end) { on.io.post(end); }},
      {"fault",
       [](auto& on, auto& s, auto end) {
         on.io.on_fault([end](const fault&) { end(); });
         s.on("e", [] { throw 1; });
       }},
      {"stream", [](auto&, auto& s, auto end) { s.template event<int>("n").next().then([end](const result<int>&) { end(); }); }},
      {"drained", [](auto&, auto& s, auto end) { s.drained().then([end](const result<void>&) { end(); }); }},
  };
  for (const auto& [name, set] : all) {
    SCOPED_TRACE(name);
    client_stage on(quickly());
    auto s = on.io.socket("/");
    auto other = on.io.socket("/other");
    int ends = 0;
    set(on, s, [&] {
      ++ends;
      on.manager->end();
    });
    s.emit("waits", 1);
    on.settle();
    const auto step = [&](auto&& f) {
      if (ends == 0) f();
    };
    step([&] { on.open(); });
    step([&] { on.say(R"(42["early"])"); });
    step([&] { on.accept(); });
    step([&] { on.accept("/other"); });
    step([&] { on.say(packets{R"(42["e","x"])", R"(42["n",1])", R"(42["e","y"])"}); });
    step([&] { on.say("430[1]"); });
    step([&] { on.advance(2ms); });
    step([&] { on.say("2"); });
    step([&] { on.lose(engine::close_reason::transport_error, "x"); });
    step([&] { on.advance(10ms); });
    step([&] { on.fail(); });
    step([&] { s.connect(); });
    step([&] { on.fail(); });
    step([&] { on.advance(10ms); });
    step([&] { on.open(); });
    EXPECT_GE(ends, 1);
    on.settle();
    EXPECT_FALSE(s.connected());
    EXPECT_FALSE(other.active());
    on.advance(1h);
    EXPECT_EQ(on.finished, 1);
  }
}

client_options by_polling() {
  auto o = quickly();
  o.transports = {client_transport::polling};
  return o;
}

/// A client that has joined, with a POST on its way.
client_socket busy(client_stage& on) {
  auto s = on.io.socket("/");
  on.settle();
  on.poll().answer(on.session(), {client_stage::hello()});
  on.settle();
  on.poll().acknowledge(on.session());
  on.settle();
  on.poll().answer(on.session(), {R"(40{"sid":"s1"})"});
  s.emit("held");
  on.settle();
  on.poll().take_posts();
  return s;
}

// What was sent and the goodbye leave, though the client is gone.
TEST(client_teardown, lets_a_session_end_in_peace) {
  client_stage on(by_polling());
  busy(on);
  on.manager->end();
  on.settle();
  EXPECT_EQ(on.finished, 0);
  on.poll().acknowledge(on.session());
  on.settle();
  EXPECT_EQ(on.poll().take_posts(), std::vector<packets>{packets{"41"}});
  on.poll().acknowledge(on.session());
  on.settle();
  EXPECT_TRUE(on.poll().closed);
  EXPECT_EQ(on.finished, 1);
}

TEST(client_teardown, abandons_what_does_not_end) {
  client_stage on(by_polling());
  busy(on);
  on.manager->end();
  on.settle();
  EXPECT_EQ(on.finished, 0);
  on.manager->abandon();
  on.settle();
  EXPECT_EQ(on.finished, 1);
}

}  // namespace
}  // namespace jackfield::test
