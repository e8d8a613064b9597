// client_dialer behind proxies and middleboxes: CONNECT, upgrades that are refused, stripped or buffered, connections that are
// cut.
#include "client_rig.hpp"

namespace jackfield::transport {
namespace {

using engine::close_reason;

class client_middle : public client_rig {
 protected:
  void through_proxy(const std::string& userinfo = "") {
    serve();
    between().proxy = true;
    dials.port = port;
    dials.proxy = "http://" + userinfo + "127.0.0.1:" + std::to_string(middle->port);
  }
};

TEST_F(client_middle, a_proxy_is_asked_for_a_tunnel_for_websockets) {
  through_proxy("user:p%40ss@");
  options.transports = {websocket};
  connect();
  ASSERT_TRUE(until([&] { return open(); }));
  const auto& asked = middle->all[0]->seen;
  const auto where = "127.0.0.1:" + std::to_string(port);
  EXPECT_EQ(asked, "CONNECT " + where + " HTTP/1.1\r\nHost: " + where + "\r\nProxy-Authorization: Basic dXNlcjpwQHNz\r\n\r\n");
}

// Many proxies tunnel to 443 alone; plain requests are what they are for.
TEST_F(client_middle, a_proxy_forwards_plain_requests) {
  through_proxy("user:p%40ss@");
  connect();
  ASSERT_TRUE(until([&] { return hears.upgrades == 1; }));
  ASSERT_TRUE(say("x"));
  ASSERT_TRUE(until([&] { return hears.messages.size() == 1; }));
  const auto& asked = middle->all[0]->seen;
  const auto where = "127.0.0.1:" + std::to_string(port);
  EXPECT_TRUE(asked.starts_with("GET http://" + where + "/engine.io/?EIO=4&transport=polling&t=") ||
              asked.starts_with("GET http://" + where + "/socket.io/?EIO=4&transport=polling&t="))
      << asked;
  EXPECT_NE(asked.find("\r\nHost: " + where + "\r\n"), std::string::npos) << asked;
  EXPECT_NE(asked.find("\r\nProxy-Authorization: Basic dXNlcjpwQHNz\r\n"), std::string::npos) << asked;
  EXPECT_EQ(sessions[0]->session->request().header("proxy-authorization"), "") << "it is the proxy's";
}

TEST_F(client_middle, a_proxy_may_refuse) {
  through_proxy();
  middle->proxy_answer = "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n";
  connect();
  ASSERT_TRUE(until([&] { return hears.closes == 1; }));
  EXPECT_EQ(hears.description, "the proxy wants another user and password (HTTP status 407)");
}

TEST_F(client_middle, a_proxy_may_refuse_a_tunnel) {
  through_proxy();
  options.transports = {websocket};
  middle->proxy_answer = "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n";
  connect();
  ASSERT_TRUE(until([&] { return hears.closes == 1; }));
  EXPECT_EQ(hears.description, "the proxy answered CONNECT with HTTP status 403");
}

TEST_F(client_middle, a_proxy_may_talk_nonsense) {
  through_proxy();
  options.transports = {websocket};
  middle->proxy_answer = "SSH-2.0-x\r\n\r\n";
  connect();
  ASSERT_TRUE(until([&] { return hears.closes == 1; }));
  EXPECT_TRUE(hears.description.starts_with("the proxy's answer is no HTTP: ")) << hears.description;
}

TEST_F(client_middle, bytes_that_come_with_the_proxys_answer_are_the_servers) {
  through_proxy();
  middle->proxy_answer = "HTTP/1.1 200 OK\r\nX: y\r\n\r\n";
  options.transports = {websocket};
  connect();
  ASSERT_TRUE(until([&] { return open(); }));
}

// A box that does not know WebSocket: polling goes on (P177).
TEST_F(client_middle, an_upgrade_that_is_rejected_leaves_polling) {
  serve();
  between().on_up = [](fake_middle::connection& c) {
    if (c.to_server.find("Upgrade: websocket") == std::string::npos) return;
    c.to_server.clear();
    c.to_client = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
  };
  connect();
  ASSERT_TRUE(until([&] { return !hears.upgrade_errors.empty(); }));
  ASSERT_TRUE(say("still here"));
  ASSERT_TRUE(until([&] { return hears.messages.size() == 1; }));
  EXPECT_EQ(road(), polling);
}

TEST_F(client_middle, an_upgrade_whose_header_is_stripped_leaves_polling) {
  serve();
  between().on_up = [](fake_middle::connection& c) {
    const std::string line = "Upgrade: websocket\r\n";
    if (const auto at = c.to_server.find(line); at != std::string::npos) c.to_server.erase(at, line.size());
  };
  connect();
  ASSERT_TRUE(until([&] { return !hears.upgrade_errors.empty(); }));
  ASSERT_TRUE(say("still here"));
  ASSERT_TRUE(until([&] { return hears.messages.size() == 1; }));
}

TEST_F(client_middle, a_probe_that_is_swallowed_leaves_polling) {
  options.upgrade_time = std::chrono::milliseconds(150);
  serve();
  between().on_down = [](fake_middle::connection& c) {
    const auto end = c.to_client.find("\r\n\r\n");
    if (c.to_client.starts_with("HTTP/1.1 101") && end != std::string::npos) c.to_client.resize(end + 4);
    if (c.to_client.starts_with("\x81\x06") || c.to_client.starts_with("3probe")) c.to_client.clear();
  };
  connect();
  ASSERT_TRUE(until([&] { return !hears.upgrade_errors.empty(); }));
  ASSERT_TRUE(say("still here"));
  ASSERT_TRUE(until([&] { return hears.messages.size() == 1; }));
  EXPECT_EQ(road(), polling);
}

TEST_F(client_middle, a_websocket_that_is_reset_is_a_lost_transport) {  // P197
  serve();
  between();
  connect();
  ASSERT_TRUE(until([&] { return hears.upgrades == 1; }));
  for (auto& c : middle->all) c->reset();
  ASSERT_TRUE(until([&] { return hears.closes == 1; }));
  EXPECT_EQ(hears.reason, close_reason::transport_close);
}

TEST_F(client_middle, a_poll_that_is_reset_is_an_error) {  // P197
  options.transports = {polling};
  serve();
  between();
  connect();
  ASSERT_TRUE(until([&] { return open(); }));
  for (auto& c : middle->all) c->reset();
  ASSERT_TRUE(until([&] { return hears.closes == 1; }));
  EXPECT_EQ(hears.reason, close_reason::transport_error);
}

TEST_F(client_middle, an_idle_connection_that_was_closed_costs_nothing) {
  options.transports = {polling};
  serve();
  between();
  int cuts = 0;
  middle->on_down = [&](fake_middle::connection& c) {  // every answer ends its connection in order, without having said so
    ::send(c.client, c.to_client.data(), c.to_client.size(), MSG_NOSIGNAL);
    ::shutdown(c.client, SHUT_RDWR);
    c.to_client.clear();
    ++cuts;
  };
  connect();
  ASSERT_TRUE(until([&] { return open(); }));
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(until([&] { return s->road() && s->road()->ready(); }));
    ASSERT_TRUE(say("m" + std::to_string(i)));
    ASSERT_TRUE(until([&] { return hears.messages.size() == static_cast<std::size_t>(i) + 1; }));
  }
  EXPECT_GE(cuts, 10);
}

TEST_F(client_middle, answers_byte_by_byte) {
  serve();
  between().on_down = [](fake_middle::connection& c) {
    for (const char b : c.to_client) ::send(c.client, &b, 1, MSG_NOSIGNAL);
    c.to_client.clear();
  };
  connect();
  ASSERT_TRUE(until([&] { return hears.upgrades == 1; }));
  ASSERT_TRUE(say("x"));
  ASSERT_TRUE(until([&] { return hears.messages.size() == 1; }));
}

TEST_F(client_middle, a_server_that_is_no_http_server) {
  serve();
  between().on_up = [](fake_middle::connection& c) {
    c.to_server.clear();
    c.to_client = "220 mail.example ESMTP\r\n\r\n";
  };
  connect();
  ASSERT_TRUE(until([&] { return hears.closes == 1; }));
  EXPECT_TRUE(hears.description.starts_with("the polling GET: the server's answer cannot be understood: ")) << hears.description;
}

TEST_F(client_middle, a_head_without_end_is_given_up) {
  serve();
  between().on_up = [](fake_middle::connection& c) {
    c.to_server.clear();
    c.to_client = "HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x');
  };
  connect();
  ASSERT_TRUE(until([&] { return hears.closes == 1; }));
  EXPECT_NE(hears.description.find("the head is too long"), std::string::npos) << hears.description;
}

TEST_F(client_middle, silence_has_a_limit) {
  dials.request_time = std::chrono::milliseconds(50);
  for (const auto kind : {polling, websocket}) {
    options.transports = {kind};
    hears = {};
    serve();
    between().on_up = [](fake_middle::connection& c) { c.to_server.clear(); };
    connect();
    ASSERT_TRUE(until([&] { return hears.closes == 1; }));
    EXPECT_EQ(hears.description,
              std::string(kind == polling ? "the polling GET" : "the opening of the WebSocket") + ": no answer within 50 ms");
  }
}

}  // namespace
}  // namespace jackfield::transport
