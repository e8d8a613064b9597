// What a client's requests look like: made alone (dial_plan), and as they pass on their way to a server.
#include "client_rig.hpp"
#include "transport/dial_plan.hpp"

namespace jackfield::transport {
namespace {

using engine::close_reason;
using protocol::payload_kind;

std::string head(dial_options o, std::string_view transport = "polling", std::string_view sid = {}) {
  o.stamped = stamped_requests::none;
  return dial_plan(std::move(o)).head("GET", transport, sid);
}

TEST(dial_plan_, a_request) {
  EXPECT_EQ(head({.host = "example.com"}),
            "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: example.com\r\nUser-Agent: jackfield\r\nAccept: */*\r\n");
  EXPECT_TRUE(
      head({.host = "example.com"}, "websocket", "a-b_c").starts_with("GET /socket.io/?EIO=4&transport=websocket&sid=a-b_c "));
}

// P198
TEST(dial_plan_, hosts_ports_and_paths) {
  const auto host = [](dial_options o) {
    const auto text = head(std::move(o));
    const auto at = text.find("Host: ") + 6;
    return text.substr(at, text.find("\r\n", at) - at);
  };
  EXPECT_EQ(host({.host = "example.com", .port = 80}), "example.com");
  EXPECT_EQ(host({.host = "example.com", .port = 443}), "example.com:443");
  EXPECT_EQ(host({.host = "example.com", .port = 443, .secure = true}), "example.com");
  EXPECT_EQ(host({.host = "example.com", .port = 80, .secure = true}), "example.com:80");
  EXPECT_EQ(host({.host = "2001:db8::1", .port = 80}), "[2001:db8::1]");
  EXPECT_EQ(host({.host = "2001:db8::1", .port = 3000}), "[2001:db8::1]:3000");
  EXPECT_TRUE(head({.host = "h", .path = "/a/b/"}).starts_with("GET /a/b/?EIO=4"));
  EXPECT_TRUE(head({.host = "h", .path = "/a/b"}).starts_with("GET /a/b/?EIO=4"));
  EXPECT_TRUE(head({.host = "h", .path = "/a/b/", .add_trailing_slash = false}).starts_with("GET /a/b?EIO=4"));
}

// P171
TEST(dial_plan_, the_query_comes_first_and_is_encoded_as_javascript_does) {
  EXPECT_TRUE(head({.host = "h", .query = {{"a b", "c&d"}, {"ü", "(x)'!*~"}}})
                  .starts_with("GET /socket.io/?a%20b=c%26d&%C3%BC=(x)'!*~&EIO=4&transport=polling "));
  EXPECT_TRUE(head({.host = "h", .query = {{"a", "b"}}, .raw_query = "x=%20y&z"})
                  .starts_with("GET /socket.io/?x=%20y&z&EIO=4&transport=polling "))
      << "the URL's replaces it";
}

TEST(dial_plan_, stamps) {
  const auto stamped = [](stamped_requests which, std::string_view transport) {
    const auto target = dial_plan({.host = "h", .timestamp_param = "ts", .stamped = which}).target(transport, {});
    return target.find("&ts=") != std::string::npos;
  };
  EXPECT_TRUE(stamped(stamped_requests::polling, "polling"));
  EXPECT_FALSE(stamped(stamped_requests::polling, "websocket"));
  EXPECT_TRUE(stamped(stamped_requests::all, "websocket"));
  EXPECT_FALSE(stamped(stamped_requests::none, "polling"));
  const dial_plan p({.host = "h"});
  EXPECT_NE(p.target("polling", {}), p.target("polling", {})) << "no cache has seen it";
}

TEST(dial_plan_, base64_is_asked_for_with_the_handshake_and_by_websockets) {
  const dial_options o{.host = "h", .stamped = stamped_requests::none, .base64_only = true};
  EXPECT_EQ(dial_plan(o).target("polling", {}), "/socket.io/?EIO=4&transport=polling&b64=1");
  EXPECT_EQ(dial_plan(o).target("polling", "s"), "/socket.io/?EIO=4&transport=polling&sid=s");
  EXPECT_EQ(dial_plan(o).target("websocket", "s"), "/socket.io/?EIO=4&transport=websocket&sid=s&b64=1");
}

TEST(dial_plan_, extra_headers_replace_ours) {
  const auto text =
      head({.host = "h", .extra_headers = {{"host", "other"}, {"user-agent", "me"}, {"accept", "x/y"}, {"X", "1"}}});
  EXPECT_TRUE(text.ends_with("HTTP/1.1\r\nhost: other\r\nuser-agent: me\r\naccept: x/y\r\nX: 1\r\n")) << text;
}

TEST(dial_plan_, a_cookie_of_ones_own_is_not_mixed_with_the_jars) {
  dial_plan p({.host = "h", .extra_headers = {{"Cookie", "a=1"}}, .with_credentials = true});
  wire::http_reply r;
  r.headers = {{"Set-Cookie", "io=x; Path=/"}};
  p.take_cookies(r);
  const auto text = p.head("GET", "polling", {});
  EXPECT_NE(text.find("Cookie: a=1\r\n"), std::string::npos);
  EXPECT_EQ(text.find("io=x"), std::string::npos);
}

/// Writes down what passes.
class client_requests : public client_rig {
 protected:
  void record() {
    between().on_up = [this](fake_middle::connection& c) { passed += c.to_server; };
  }
  /// "GET polling", "POST polling 40", "GET websocket"…, in the order in which they passed.
  std::vector<std::string> requests() const {
    std::vector<std::string> out;
    for (std::size_t at = 0; (at = passed.find(" /socket.io/?", at)) != std::string::npos; ++at) {
      const auto line = passed.substr(at, passed.find("\r\n", at) - at);
      const auto from = passed.rfind('\n', at);
      const auto verb = passed.substr(from + 1, at - from - 1);
      const auto t = line.find("transport=") + 10;
      auto text = (verb.ends_with("POST") ? "POST " : "GET ") + line.substr(t, line.find_first_of("& ", t) - t);
      if (verb.ends_with("POST")) {
        const auto length = passed.find("Content-Length: ", at) + 16;
        text += ' ' + passed.substr(passed.find("\r\n\r\n", at) + 4, std::stoul(passed.substr(length, 10)));
      }
      out.push_back(std::move(text));
    }
    return out;
  }
  std::string passed;
};

// P171 P90
TEST_F(client_requests, a_polling_session_from_its_handshake_to_its_goodbye) {
  options.transports = {polling};
  serve();
  record();
  connect();
  ASSERT_TRUE(until([&] { return open(); }));
  ASSERT_TRUE(say("0"));
  ASSERT_TRUE(until([&] { return sessions[0]->heard.size() == 1 && requests().size() >= 3; }));
  ASSERT_TRUE(say("last"));
  close();
  ASSERT_TRUE(until([&] { return sessions[0]->closes == 1 && w.stream_count() == 0; }));
  std::vector<std::string> posts;
  for (const auto& r : requests())
    if (r.starts_with("POST")) posts.push_back(r);
  EXPECT_EQ(requests()[0], "GET polling");
  EXPECT_EQ(posts, (std::vector<std::string>{"POST polling 40", "POST polling 4last", "POST polling 1"}));
}

// P171
TEST_F(client_requests, an_upgrade_begins_at_once) {
  serve();
  record();
  dials.query = {{"k", "v"}};
  dials.extra_headers = {{"X-Mine", "yes"}};
  connect();
  ASSERT_TRUE(until([&] { return hears.upgrades == 1; }));
  const auto all = requests();
  ASSERT_GE(all.size(), 3u);
  EXPECT_EQ(all[0], "GET polling");
  EXPECT_NE(std::find(all.begin(), all.end(), "GET websocket"), all.end());
  std::size_t with_query = 0, with_header = 0;
  for (std::size_t at = 0; (at = passed.find("?k=v&EIO=4&", at)) != std::string::npos; ++at) ++with_query;
  for (std::size_t at = 0; (at = passed.find("\r\nX-Mine: yes\r\n", at)) != std::string::npos; ++at) ++with_header;
  EXPECT_EQ(with_query, all.size());
  EXPECT_EQ(with_header, all.size());
}

// P56
TEST_F(client_requests, binary_as_base64_on_a_websocket) {
  dials.base64_only = true;
  options.transports = {websocket};
  serve();
  connect();
  ASSERT_TRUE(until([&] { return open(); }));
  ASSERT_TRUE(say(std::string("\x00\x01\xff", 3), payload_kind::binary));
  ASSERT_TRUE(until([&] { return hears.messages.size() == 1; }));
  EXPECT_EQ(hears.messages[0], "b" + std::string("\x00\x01\xff", 3));
}

// P61
TEST_F(client_requests, subprotocols_are_offered) {
  dials.protocols = {"first", "second"};
  options.transports = {websocket};
  serve();
  connect();
  ASSERT_TRUE(until([&] { return open(); })) << hears.description;
  EXPECT_EQ(sessions[0]->session->request().header("sec-websocket-protocol"), "first, second");
}

TEST_F(client_requests, one_idle_connection_serves_many_requests) {
  options.transports = {polling};
  serve();
  record();
  connect();
  ASSERT_TRUE(until([&] { return open(); }));
  for (std::size_t i = 1; i <= 20; ++i) {
    ASSERT_TRUE(say("x"));
    ASSERT_TRUE(until([&] { return hears.messages.size() == i && s->road()->ready(); }));
  }
  EXPECT_GE(requests().size(), 40u);
  EXPECT_LE(middle->all.size(), 2u) << "one for the GET that waits, one for the POST";
}

}  // namespace
}  // namespace jackfield::transport
