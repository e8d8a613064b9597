// client_dialer over loopback, against a server of ours: both roads, the upgrade, what requests carry, and how they fail.
#include "client_rig.hpp"

#include <filesystem>
#include <iterator>

namespace jackfield::transport {
namespace {

using engine::close_reason;
using engine::ready_state;
using protocol::payload_kind;

class client_dialer_ : public client_rig {
 protected:
  static std::ptrdiff_t descriptors() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
  }
};

TEST_F(client_dialer_, opens_by_polling_and_moves_to_a_websocket) {  // P10 P170 P174
  serve();
  connect();
  ASSERT_TRUE(until([&] { return hears.upgrades == 1; }));
  EXPECT_EQ(road(), websocket);
  ASSERT_TRUE(say("over the WebSocket"));
  ASSERT_TRUE(until([&] { return hears.messages.size() == 1; }));
  EXPECT_EQ(hears.messages[0], "over the WebSocket");
  close();
  ASSERT_TRUE(until([&] { return hears.closes == 1 && sessions[0]->closes == 1; }));
  EXPECT_EQ(hears.reason, close_reason::forced_close);
  EXPECT_EQ(sessions[0]->reason, close_reason::transport_close);
}

TEST_F(client_dialer_, polls_alone) {
  options.transports = {polling};
  serve();
  connect();
  ASSERT_TRUE(until([&] { return open(); }));
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(say("m" + std::to_string(i)));
    ASSERT_TRUE(say(std::string("\x00\x01\xff", 3), payload_kind::binary));
  }
  ASSERT_TRUE(until([&] { return hears.messages.size() == 40; }));
  EXPECT_EQ(hears.messages[38], "m19");
  EXPECT_EQ(hears.messages[39], "b" + std::string("\x00\x01\xff", 3));
  close();
  ASSERT_TRUE(until([&] { return sessions[0]->closes == 1 && w.stream_count() == 0; }));
  EXPECT_EQ(sessions[0]->reason, close_reason::transport_close);
}

TEST_F(client_dialer_, what_was_sent_before_a_close_arrives) {
  options.transports = {polling};
  serve();
  connect();
  ASSERT_TRUE(until([&] { return open(); }));
  ASSERT_TRUE(say("one"));
  ASSERT_TRUE(say("two"));
  close();
  ASSERT_TRUE(until([&] { return sessions[0]->closes == 1; }));
  EXPECT_EQ(sessions[0]->heard, (std::vector<std::string>{"one", "two"}));
}

// What is said from inside the opening names the session, too.
TEST_F(client_dialer_, a_listener_may_send_and_close_as_it_opens) {
  struct hasty final : engine::session_listener {
    void on_open(engine::session& s) override {
      const engine::message_view m{payload_kind::text, "hello and goodbye"};
      s.send({&m, 1}, {});
      s.close();
    }
    void on_message(engine::session&, payload_kind, std::string_view) override {}
    void on_close(engine::session&, close_reason, std::string_view) override { ++closes; }
    int closes = 0;
  } ear;
  options.transports = {polling};
  serve();
  connect();
  s->set_listener(&ear);
  ASSERT_TRUE(until([&] { return ear.closes == 1 && sessions.size() == 1 && sessions[0]->closes == 1; }));
  EXPECT_EQ(sessions[0]->heard, std::vector<std::string>{"hello and goodbye"});
  EXPECT_EQ(sessions[0]->reason, close_reason::transport_close);
  s->set_listener(nullptr);
}

TEST_F(client_dialer_, to_an_address_of_ipv6) {  // P198
  served = {};
  front = std::make_unique<frontend>(served);
  front->open(*this);
  try {
    port = front->listen("::1", 0);
  } catch (const std::system_error&) {
    GTEST_SKIP() << "this machine has no IPv6";
  }
  dials.host = "::1";
  connect();
  ASSERT_TRUE(until([&] { return hears.upgrades == 1; }));
  EXPECT_EQ(sessions[0]->session->request().header("host"), "[::1]:" + std::to_string(port));
}

TEST_F(client_dialer_, opens_by_websocket_alone) {
  options.transports = {websocket};
  serve();
  connect();
  ASSERT_TRUE(until([&] { return open(); }));
  const std::string big(300'000, 'x');
  ASSERT_TRUE(say(big));
  ASSERT_TRUE(say(big, payload_kind::binary));
  ASSERT_TRUE(until([&] { return hears.messages.size() == 2; }));
  EXPECT_EQ(hears.messages[0], big);
  EXPECT_EQ(hears.messages[1], "b" + big);
}

TEST_F(client_dialer_, packs_messages_where_the_server_agrees) {
  served.per_message_deflate.enabled = true;
  options.transports = {websocket};
  serve();
  connect();
  ASSERT_TRUE(until([&] { return open(); }));
  for (int i = 0; i < 3; ++i) {
    const std::string text(5'000 + static_cast<std::size_t>(i), static_cast<char>('a' + i));
    ASSERT_TRUE(say(text));
    ASSERT_TRUE(until([&] { return hears.messages.size() == static_cast<std::size_t>(i) + 1; }));
    EXPECT_EQ(hears.messages.back(), text);
  }
}

TEST_F(client_dialer_, inflates_what_a_poll_brings_packed) {
  options.transports = {polling};
  serve();
  connect();
  ASSERT_TRUE(until([&] { return open(); }));
  const std::string text(20'000, 'z');
  ASSERT_TRUE(say(text));
  ASSERT_TRUE(until([&] { return hears.messages.size() == 1; }));
  EXPECT_EQ(hears.messages[0], text);
}

TEST_F(client_dialer_, a_body_that_inflates_beyond_the_limit_ends_the_session) {
  options.transports = {polling};
  dials.message_bytes = 10'000;
  serve();
  connect();
  ASSERT_TRUE(until([&] { return open(); }));
  const std::string text(20'000, 'z');
  const engine::message_view m{payload_kind::text, text};
  front->inside([&](std::size_t) { sessions[0]->session->send({&m, 1}, {.compress = engine::compression::allowed}); });
  ASSERT_TRUE(until([&] { return hears.closes == 1; }));
  EXPECT_EQ(hears.reason, close_reason::transport_error);
  EXPECT_EQ(hears.description, "the body of a poll is too big when inflated");
}

TEST_F(client_dialer_, the_server_may_close) {
  serve();
  connect();
  ASSERT_TRUE(until([&] { return hears.upgrades == 1; }));
  front->inside([&](std::size_t) { sessions[0]->session->close(); });
  ASSERT_TRUE(until([&] { return hears.closes == 1; }));
  EXPECT_EQ(hears.reason, close_reason::transport_close);
}

TEST_F(client_dialer_, the_server_may_close_a_poller) {
  options.transports = {polling};
  serve();
  connect();
  ASSERT_TRUE(until([&] { return open(); }));
  front->inside([&](std::size_t) { sessions[0]->session->close(); });
  ASSERT_TRUE(until([&] { return hears.closes == 1; }));
  EXPECT_EQ(hears.reason, close_reason::transport_close);
}

TEST_F(client_dialer_, requests_carry_query_headers_and_a_stamp) {
  dials.query = {{"token", "a b&c"}, {"x", "é"}};
  dials.extra_headers = {{"X-Token", "secret"}, {"User-Agent", "mine"}};
  dials.path = "/other";
  served.path = "/other";
  serve();
  connect();
  ASSERT_TRUE(until([&] { return hears.upgrades == 1; }));
  const auto& request = sessions[0]->session->request();
  EXPECT_EQ(request.query("token"), "a b&c");
  EXPECT_EQ(request.query("x"), "é");
  EXPECT_EQ(request.header("x-token"), "secret");
  EXPECT_EQ(request.header("user-agent"), "mine");
  EXPECT_EQ(request.query("t")->size(), 8u);
}

TEST_F(client_dialer_, cookies_go_round_only_with_credentials) {  // P196
  for (const bool with : {false, true}) {
    served.cookie.name = "io";
    dials.with_credentials = with;
    options.transports = {polling};
    serve();
    connect();
    ASSERT_TRUE(until([&] { return open(); }));
    close();
    ASSERT_TRUE(until([&] { return hears.closes == 1; }));
    const auto first = std::string(s->id());
    hears = {};
    s = base::make_ref<engine::client_session>(w, *dialer, options, &memory);
    s->set_listener(&hears);
    w.inside([this] { s->connect(); });
    ASSERT_TRUE(until([&] { return open(); }));
    EXPECT_EQ(sessions.back()->session->request().header("cookie"), with ? "io=" + first : "");
    s->set_listener(nullptr);
    s.reset();
    hears = {};
    sessions.clear();
    front.reset();
    dials.port = 80;
  }
}

// ---- failures

TEST_F(client_dialer_, nobody_listens) {
  serve();
  front.reset();
  connect();
  ASSERT_TRUE(until([&] { return hears.closes == 1; }));
  EXPECT_EQ(hears.opens, 0);
  EXPECT_EQ(hears.reason, close_reason::transport_error);
  EXPECT_EQ(hears.description, "cannot connect to 127.0.0.1:" + std::to_string(port) + ": Connection refused");
}

TEST_F(client_dialer_, no_such_host) {
  dials.host = "no-such-host.invalid";
  port = 1;
  connect();
  ASSERT_TRUE(until([&] { return hears.closes == 1; }));
  EXPECT_TRUE(hears.description.starts_with("cannot find the host of no-such-host.invalid:1: ")) << hears.description;
}

TEST_F(client_dialer_, a_refusal_names_its_status) {
  room = false;
  serve();
  connect();
  ASSERT_TRUE(until([&] { return hears.closes == 1; }));
  EXPECT_EQ(hears.description, "the polling GET was answered with HTTP status 503");
}

TEST_F(client_dialer_, all_transports_are_tried_if_wanted) {
  served.polling = false;
  options.try_all_transports = true;
  serve();
  connect();
  ASSERT_TRUE(until([&] { return open(); }));
  EXPECT_EQ(road(), websocket);
}

TEST_F(client_dialer_, given_up_before_it_is_open) {
  serve();
  connect();
  close();
  ASSERT_TRUE(until([&] { return hears.closes == 1 && w.stream_count() == 0; }));
  EXPECT_EQ(hears.opens, 0);
}

TEST_F(client_dialer_, may_be_destroyed_at_any_time) {
  for (int steps = 0; steps < 60; ++steps) {
    if (!front) serve();
    connect();
    for (int i = 0; i < steps; ++i) {
      front->poll();
      w.poll();
    }
    s->set_listener(nullptr);
    s.reset();
    dialer.reset();
    ASSERT_TRUE(until([&] { return w.stream_count() == 0; })) << steps;
  }
}

// A goodbye on its way to a server needs a connection of its own while a poll is under way; what it holds ends with the loop.
TEST_F(client_dialer_, a_goodbye_ends_with_its_worker) {
  options.transports = {polling};
  serve();
  connect();
  ASSERT_TRUE(until([&] { return open(); }));
  dialer.reset();
  const auto before = descriptors();
  {
    net::worker own;
    client_dialer there(own, dials);
    test::recording_listener heard;
    auto short_lived = base::make_ref<engine::client_session>(own, there, options, &memory);
    short_lived->set_listener(&heard);
    own.inside([&] { short_lived->connect(); });
    ASSERT_TRUE(until([&] { return own.poll(), heard.opens == 1; }));
    own.inside([&] { short_lived->close(); });
    EXPECT_EQ(heard.closes, 1);
  }
  EXPECT_TRUE(until([&] { return descriptors() <= before; })) << "the server's end too";
}

TEST_F(client_dialer_, what_cannot_be_used_is_refused_with_a_sentence) {
  const auto why = [&](auto change) -> std::string {
    dial_options o{.host = "example.com"};
    change(o);
    try {
      client_dialer d(w, o);
    } catch (const std::invalid_argument& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_EQ(why([](dial_options&) {}), "");
  EXPECT_EQ(why([](dial_options& o) { o.host = "a b"; }), "\"a b\" is no host name and no address");
  EXPECT_EQ(why([](dial_options& o) { o.port = 0; }), "port 0 cannot be connected to");
  EXPECT_NE(why([](dial_options& o) { o.path = "x"; }), "");
  EXPECT_NE(why([](dial_options& o) { o.raw_query = "a b"; }), "");
  EXPECT_NE(why([](dial_options& o) { o.extra_headers = {{"X", "a\r\nb"}}; }), "");
  EXPECT_EQ(why([](dial_options& o) {
              o.extra_headers = {{"Upgrade", "x"}};
            }),
            "the header Upgrade cannot be set: it is part of the request itself");
  EXPECT_NE(why([](dial_options& o) { o.proxy = "socks://x"; }), "");
  EXPECT_NE(why([](dial_options& o) { o.protocols = {"a b"}; }), "");
}

}  // namespace
}  // namespace jackfield::transport
