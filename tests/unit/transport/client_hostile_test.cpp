// A client among hostile servers and networks: answers that are nonsense, floods, cuts at every byte. The session ends with a
// sentence or goes on; it never hangs, grows without limit, or delivers anything twice.
#include "client_rig.hpp"

#include "base/base64.hpp"
#include "wire/ws_deflate.hpp"
#include "wire/ws_encoder.hpp"
#include "wire/ws_handshake.hpp"

#include <map>
#include <set>

namespace jackfield::transport {
namespace {

using engine::close_reason;
using protocol::payload_kind;

const std::string hello = R"(0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100000})";

std::string http(std::string_view body, std::string_view headers = {}, std::string_view status = "200 OK") {
  return "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(headers) + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

class client_hostile : public client_rig {
 protected:
  /// What the server says to the n-th request; nothing to later ones.
  void script(std::vector<std::string> lines) {
    serve();
    between().on_up = [this, lines = std::move(lines)](fake_middle::connection& c) {
      if (c.to_server.find("\r\n\r\n") == std::string::npos) return;
      passed += c.to_server;
      c.to_server.clear();
      if (asked < lines.size()) c.to_client += lines[asked];
      ++asked;
    };
  }
  /// The description of the end; `hears.reason` is transport_error.
  std::string end_of(std::vector<std::string> lines, close_reason expected = close_reason::transport_error) {
    hears = {};
    passed.clear();
    asked = 0;
    dials.port = 80;
    script(std::move(lines));
    connect();
    EXPECT_TRUE(until([&] { return hears.closes == 1; }));
    EXPECT_EQ(hears.reason, expected) << hears.description;
    EXPECT_TRUE(until([&] { return w.stream_count() == 0; })) << "everything is let go of";
    s->set_listener(nullptr);
    return hears.description;
  }
  /// A server that opens the WebSocket as it should, then says this.
  std::string end_of_websocket(const std::string& then, close_reason expected = close_reason::transport_error,
                               const std::string& extension = {}) {
    hears = {};
    dials.port = 80;
    options.transports = {websocket};
    serve();
    between().on_up = [then, extension](fake_middle::connection& c) {
      const auto at = c.to_server.find("Sec-WebSocket-Key: ");
      if (at != std::string::npos) {
        const auto key = c.to_server.substr(at + 19, 24);
        c.to_client = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" + extension +
                      "Sec-WebSocket-Accept: " + wire::ws_accept_key(key) + "\r\n\r\n" + then;
      }
      c.to_server.clear();
    };
    connect();
    EXPECT_TRUE(until([&] { return hears.closes == 1; }));
    EXPECT_EQ(hears.reason, expected) << hears.description;
    s->set_listener(nullptr);
    return hears.description;
  }
  static std::string frame(wire::ws_opcode op, std::string_view payload, bool rsv1 = false) {
    return std::string(wire::ws_head(op, payload.size(), rsv1).view()) + std::string(payload);
  }
  std::string passed;
  std::size_t asked = 0;
};

// P197
TEST_F(client_hostile, redirections_are_not_followed) {
  EXPECT_EQ(end_of({http("", "Location: http://elsewhere.example/\r\n", "302 Found")}),
            "the polling GET was answered with HTTP status 302");
  EXPECT_EQ(asked, 1u);
}

// P197
TEST_F(client_hostile, statuses_of_later_polls_and_posts) {
  EXPECT_EQ(end_of({http(hello), http("", "", "502 Bad Gateway")}), "the polling GET was answered with HTTP status 502");
  EXPECT_EQ(end_of({http(hello), http("", "", "204 No Content")}), "the polling GET was answered with HTTP status 204");
}

// P199: a captive portal's page, and other things that are no packets
TEST_F(client_hostile, pages_of_somebody_else) {
  for (const char* body : {"<html>Please log in</html>", "9", "", "0{}", "0null", "4hello"}) {
    EXPECT_NE(end_of({http(body)}), "") << body;
    EXPECT_EQ(asked, 1u) << "no goodbye: there was no session";
  }
  EXPECT_EQ(end_of({http(hello), http("<html>")}), "the server sent what is no Engine.IO packet");
  EXPECT_EQ(end_of({http(hello), http("4a\x1e\x1e")}), "the server sent what is no Engine.IO packet");
  EXPECT_EQ(end_of({http(hello), http("b####")}), "the server sent what is no Engine.IO packet");
}

TEST_F(client_hostile, more_packets_in_a_poll_than_allowed) {
  dials.payload_packets = 100;
  std::string many = "4";
  for (int i = 0; i < 200; ++i)
    many +=
        "\x1e"
        "4";
  EXPECT_EQ(end_of({http(hello), http(many)}), "the server sent what is no Engine.IO packet");
  EXPECT_LE(hears.messages.size(), 100u);
}

TEST_F(client_hostile, bodies_that_are_not_what_their_coding_says) {
  EXPECT_EQ(end_of({http(hello, "Content-Encoding: gzip\r\n")}), "the body of a poll is not what its Content-Encoding says");
  EXPECT_EQ(end_of({http(hello, "Content-Encoding: br\r\n")}),
            "the body of a poll has a Content-Encoding that was not asked for");
  dials.message_bytes = 1000;
  const auto bomb = wire::compress_body(std::string(1'000'000, 'x'), wire::content_coding::gzip);
  EXPECT_EQ(end_of({http(hello), http(bomb.substr(0, 999), "Content-Encoding: gzip\r\n")}),
            "the body of a poll is too big when inflated");
  EXPECT_NE(end_of({http(hello), http(std::string(1001, '4'))}).find("the body is too big"), std::string::npos);
}

TEST_F(client_hostile, heads_and_interim_answers_without_end) {
  std::string hints, headers;
  for (int i = 0; i < 100; ++i) hints += "HTTP/1.1 103 Early Hints\r\n\r\n";
  for (int i = 0; i < 200; ++i) headers += "A: b\r\n";
  EXPECT_NE(end_of({hints}).find("too many interim answers"), std::string::npos);
  EXPECT_NE(end_of({http(hello, headers)}).find("too many headers"), std::string::npos);
}

// P196
TEST_F(client_hostile, a_flood_of_cookies_is_bounded) {
  dials.with_credentials = true;
  std::string cookies;
  for (int i = 0; i < 90; ++i) cookies += "Set-Cookie: c" + std::to_string(i) + "=" + std::string(100, 'x') + "\r\n";
  EXPECT_NE(end_of({http(hello, cookies), http("", "", "400 No")}), "");
  const auto line = passed.substr(passed.find("\r\nCookie: ") + 10);
  EXPECT_EQ(std::count(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(line.find("\r\n")), '='), 50);
}

TEST_F(client_hostile, an_answer_cut_in_its_middle) {
  const auto whole = http(hello);
  for (const std::size_t n : {1u, 10u, 20u, 60u}) {
    hears = {};
    dials.port = 80;
    serve();
    between().on_up = [&](fake_middle::connection& c) {
      c.to_server.clear();
      ::send(c.client, whole.data(), n, MSG_NOSIGNAL);
      ::shutdown(c.client, SHUT_WR);
    };
    connect();
    ASSERT_TRUE(until([&] { return hears.closes == 1; }));
    EXPECT_EQ(hears.description, "the polling GET: the connection ended in the middle of an answer");
    s->set_listener(nullptr);
  }
}

// At-most-once: nobody knows whether the server heard it.
TEST_F(client_hostile, a_post_whose_answer_is_lost_is_not_sent_again) {
  options.transports = {polling};
  serve();
  between().on_down = [](fake_middle::connection& c) {
    if (c.to_client.ends_with("\r\n\r\nok")) c.reset();
  };
  connect();
  ASSERT_TRUE(until([&] { return open(); }));
  ASSERT_TRUE(say("once"));
  ASSERT_TRUE(until([&] { return hears.closes == 1; }));
  EXPECT_EQ(hears.reason, close_reason::transport_error);
  for (int i = 0; i < 100; ++i) front->poll();
  EXPECT_EQ(sessions[0]->heard, std::vector<std::string>{"once"});
}

// Nor is a poll, though its connection had served others: what the lost answer carried would be missing without a word.
TEST_F(client_hostile, a_poll_whose_answer_is_lost_is_not_sent_again) {
  for (const bool in_order : {true, false}) {
    options.transports = {polling};
    hears = {};
    sessions.clear();
    dials.port = 80;
    serve();
    bool lost = false;
    between().on_down = [&](fake_middle::connection& c) {
      if (c.to_client.find("lost") == std::string::npos) return;
      lost = true;
      c.to_client.clear();
      in_order ? c.end() : c.reset();
    };
    connect();
    ASSERT_TRUE(until([&] { return open(); }));
    ASSERT_TRUE(say("kept"));
    ASSERT_TRUE(until([&] { return hears.messages.size() == 1 && s->road()->ready(); }));
    ASSERT_TRUE(say("lost"));
    ASSERT_TRUE(until([&] { return hears.closes == 1; })) << in_order;
    EXPECT_TRUE(lost);
    EXPECT_EQ(hears.reason, close_reason::transport_error);
    EXPECT_EQ(hears.messages.size(), 1u);
    s->set_listener(nullptr);
  }
}

// P197: who breaks the rules is an error, who closes is a close
TEST_F(client_hostile, frames_that_break_the_rules) {
  using op = wire::ws_opcode;
  std::string masked;
  wire::ws_append_masked(masked, op::text, hello, 7);
  for (const auto& bad : {masked, frame(op::text, "4\xff\xfe"), std::string("\xf1\x00", 2), frame(op::text, "4x", true),
                          std::string("\x83\x00", 2), frame(op::continuation, "x"), std::string("\x89\x7e\x00\x80", 4)})
    EXPECT_TRUE(end_of_websocket(frame(op::text, hello) + bad).starts_with("the server broke the WebSocket protocol: "))
        << hears.description;
  dials.message_bytes = 500;
  EXPECT_TRUE(end_of_websocket(frame(op::text, hello) + std::string(wire::ws_head(op::text, 501).view()))
                  .starts_with("the server broke the WebSocket protocol: "));
  EXPECT_EQ(end_of_websocket(frame(op::text, hello) + frame(op::close, wire::ws_close_payload(1012, "restart")),
                             close_reason::transport_close),
            "the server closed the WebSocket with code 1012: restart");
}

// P199
TEST_F(client_hostile, messages_that_are_no_packets) {
  using op = wire::ws_opcode;
  for (const char* bad : {"", "9", "x", "b###"})
    EXPECT_EQ(end_of_websocket(frame(op::text, hello) + frame(op::text, bad)), "the server sent what is no Engine.IO packet")
        << bad;
  EXPECT_NE(end_of_websocket(frame(op::binary, "first")), "") << "the handshake is a text";
}

TEST_F(client_hostile, a_bomb_on_a_websocket) {
  using op = wire::ws_opcode;
  dials.message_bytes = 10'000;
  std::string packed;
  wire::ws_deflater(15, wire::takeover::none).deflate(std::string(1'000'000, '4'), packed);
  EXPECT_TRUE(end_of_websocket(frame(op::text, hello) + frame(op::text, packed, true), close_reason::transport_error,
                               "Sec-WebSocket-Extensions: permessage-deflate\r\n")
                  .starts_with("the server broke the WebSocket protocol: "))
      << hears.description;
}

TEST_F(client_hostile, openings_that_are_not_believed) {
  options.transports = {websocket};
  hears = {};
  serve();
  between().on_up = [](fake_middle::connection& c) {
    c.to_server.clear();
    c.to_client =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n" +
        frame(wire::ws_opcode::text, hello);
  };
  connect();
  ASSERT_TRUE(until([&] { return hears.closes == 1; }));
  EXPECT_EQ(hears.description, "the server's Sec-WebSocket-Accept does not belong to our key");
  EXPECT_EQ(hears.opens, 0);
}

// P73 P81: the WebSocket of the upgrade is reset after each number of bytes, in either direction. Before the switch polling
// goes on; behind it the session ends. What was sent comes back at most once, and all of it if the session goes on.
TEST_F(client_hostile, an_upgrade_cut_at_every_byte) {
  for (const bool down : {true, false})
    for (std::size_t cut = 1; cut < 400; cut += cut < 20 ? 1 : 13) {
      hears = {};
      sessions.clear();
      dials.port = 80;
      serve();
      between();
      std::size_t through = 0;
      fake_middle::connection* upgrading = nullptr;
      const auto count = [&](fake_middle::connection& c, const std::string& bytes, int to) {
        if (&c != upgrading) return;
        if (through + bytes.size() < cut) return void(through += bytes.size());
        ::send(to, bytes.data(), cut - through, MSG_NOSIGNAL);
        through = cut;
        cut % 2 == 0 ? c.reset() : c.end();
      };
      middle->on_up = [&](fake_middle::connection& c) {
        if (c.to_server.find("Upgrade: websocket") != std::string::npos) upgrading = &c;
        if (!down) count(c, c.to_server, c.server);
      };
      middle->on_down = [&](fake_middle::connection& c) {
        if (down) count(c, c.to_client, c.client);
      };
      connect();
      ASSERT_TRUE(until([&] { return open(); }));
      for (int i = 0; i < 5; ++i) ASSERT_TRUE(say("m" + std::to_string(i)));
      ASSERT_TRUE(until([&] { return hears.closes == 1 || hears.messages.size() == 5; })) << cut;
      EXPECT_EQ(std::set<std::string>(hears.messages.begin(), hears.messages.end()).size(), hears.messages.size()) << cut;
      if (hears.closes == 0 && hears.upgrades == 0) {
        ASSERT_TRUE(until([&] { return !hears.upgrade_errors.empty() || hears.upgrades == 1; })) << cut;
      }
      s->set_listener(nullptr);
    }
}

/// Holds what passes back for so many rounds.
TEST_F(client_hostile, a_slow_network_changes_nothing) {
  serve();
  between();
  std::map<fake_middle::connection*, std::string> held;
  int round = 0;
  middle->on_down = [&](fake_middle::connection& c) { held[&c] += std::exchange(c.to_client, {}); };
  connect();
  const auto with_delay = [&](auto done) {
    return until([&] {
      if (++round % 20 == 0)
        for (auto& [c, bytes] : held)
          if (!c->over && !bytes.empty()) c->to_client += std::exchange(bytes, {});
      return done();
    });
  };
  ASSERT_TRUE(with_delay([&] { return open(); }));
  std::vector<std::string> sent;
  for (int i = 0; i < 50; ++i) {
    sent.push_back("m" + std::to_string(i));
    ASSERT_TRUE(say(sent.back()));
  }
  ASSERT_TRUE(with_delay([&] { return hears.messages.size() == 50 && hears.upgrades == 1; }));
  EXPECT_EQ(hears.messages, sent);
}

// A proxy that gathers answers: a WebSocket never gets anything through it, polling does.
TEST_F(client_hostile, a_buffering_proxy_leaves_polling) {
  options.upgrade_time = std::chrono::milliseconds(100);
  serve();
  std::set<fake_middle::connection*> websockets;
  between().on_up = [&](fake_middle::connection& c) {
    if (c.to_server.find("Upgrade: websocket") != std::string::npos) websockets.insert(&c);
  };
  middle->on_down = [&](fake_middle::connection& c) {
    if (websockets.contains(&c)) c.to_client.clear();
  };
  connect();
  ASSERT_TRUE(until([&] { return !hears.upgrade_errors.empty(); }));
  EXPECT_EQ(hears.upgrade_errors[0], "the upgrade took too long");
  ASSERT_TRUE(say("still here"));
  ASSERT_TRUE(until([&] { return hears.messages.size() == 1; }));
  EXPECT_EQ(road(), polling);
}

// A network that forgets idle connections, with a reset instead of an end.
TEST_F(client_hostile, idle_connections_that_are_reset_cost_nothing) {
  options.transports = {polling};
  serve();
  between();
  connect();
  ASSERT_TRUE(until([&] { return open(); }));
  for (std::size_t i = 1; i <= 5; ++i) {
    ASSERT_TRUE(say("x"));
    ASSERT_TRUE(until([&] { return hears.messages.size() == i && s->road()->ready(); }));
    for (int n = 0; n < 20; ++n) {
      front->poll();
      middle->poll();
      w.poll();
    }
    for (auto& c : middle->all)  // the other one's GET is waiting
      if (!c->over && c->last_was_post) c->reset();
    ASSERT_TRUE(until([&] { return w.stream_count() <= 1; }));
  }
  EXPECT_EQ(hears.closes, 0) << hears.description;
}

}  // namespace
}  // namespace jackfield::transport
