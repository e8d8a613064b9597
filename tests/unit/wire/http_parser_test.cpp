#include "unit/wire/http_feeding.hpp"

#include <random>

namespace jackfield::wire::test {
namespace {

TEST(http_parser, reads_a_polling_get) {
  const auto c = converse(
      "GET /socket.io/?EIO=4&transport=polling&t=abc HTTP/1.1\r\nHost: localhost:3000\r\nUser-Agent: x\r\nAccept:*/*\r\n"
      "X-Empty:\r\nX-Blank: \t a b \t\r\n\r\n");
  ASSERT_EQ(c.requests.size(), 1u);
  const auto& r = c.requests[0];
  EXPECT_EQ(r.method, "GET");
  EXPECT_EQ(r.target, "/socket.io/?EIO=4&transport=polling&t=abc");
  EXPECT_EQ(r.version, 11);
  EXPECT_EQ(
      r.headers,
      (header_list{{"Host", "localhost:3000"}, {"User-Agent", "x"}, {"Accept", "*/*"}, {"X-Empty", ""}, {"X-Blank", "a b"}}));
  EXPECT_EQ(r.body, "");
  EXPECT_TRUE(r.keep_alive);
  EXPECT_FALSE(r.upgrade);
}

// Heads are built one after another in the same memory; a long one has its own.
TEST(http_parser, a_head_keeps_nothing_of_one_that_failed_or_was_long) {
  EXPECT_EQ(converse(get_with("A: b\r\nHost: c\r\n")).status, 400);
  const auto short_one = get_with("A: b\r\n"), long_one = get_with("A: " + std::string(6000, 'x') + "\r\n");
  const auto c = converse(short_one + long_one + short_one);
  ASSERT_EQ(c.requests.size(), 3u) << c;
  EXPECT_EQ(c.requests[0], c.requests[2]);
  EXPECT_EQ(c.requests[0].headers.size(), 2u);
  EXPECT_EQ(c.requests[1].headers.back().second.size(), 6000u);
}

TEST(http_parser, reads_a_post_with_content_length) {
  const auto c = converse(post_with("Content-Length: 6\r\n", "4hello"));
  ASSERT_EQ(c.requests.size(), 1u);
  EXPECT_EQ(c.requests[0].body, "4hello");
  EXPECT_EQ(converse(post_with("Content-Length: 0\r\n", "")).requests.size(), 1u);
}

// P35
TEST(http_parser, reads_a_chunked_post) {
  const auto c =
      converse(post_with("Transfer-Encoding: Chunked\r\n", "1\r\n4\r\n00A;x=\"y;z\" ; q\r\nhello worl\r\n1\r\nd\r\n0\r\n\r\n"));
  ASSERT_EQ(c.requests.size(), 1u) << c;
  EXPECT_EQ(c.requests[0].body, "4hello world");
}

TEST(http_parser, drops_trailers) {
  const auto c = converse(post_with("Transfer-Encoding: chunked\r\n", "2\r\nok\r\n0\r\nHost: elsewhere\r\nX-Sum: 1\r\n\r\n"));
  ASSERT_EQ(c.requests.size(), 1u) << c;
  EXPECT_EQ(c.requests[0].body, "ok");
  EXPECT_EQ(c.requests[0].headers.size(), 2u);
  EXPECT_EQ(refusal(post_with("Transfer-Encoding: chunked\r\n", "0\r\nContent-Length: 5\r\n\r\n")), 400);
  EXPECT_EQ(refusal(post_with("Transfer-Encoding: chunked\r\n", "0\r\nTransfer-Encoding: chunked\r\n\r\n")), 400);
}

// P34
TEST(http_parser, a_character_may_be_split_between_pieces) {
  const std::string body = "4\xf0\x9f\x98\x80\xe2\x82\xac\xc3\xa9";
  const auto c = converse(post_with("Content-Length: " + std::to_string(body.size()) + "\r\n", body));
  ASSERT_EQ(c.requests.size(), 1u);
  EXPECT_EQ(c.requests[0].body, body);
}

// S6: what follows a request stays in the input until the parser is asked for the next one.
TEST(http_parser, leaves_pipelined_requests_in_the_input) {
  const auto one = post_with("Content-Length: 3\r\n", "abc"), two = get_with(""),
             three = post_with("Transfer-Encoding: chunked\r\n", "1\r\nx\r\n0\r\n\r\n");
  const auto wire = one + two + three + one;
  EXPECT_EQ(converse(wire).requests.size(), 4u);
  const http_limits limits;
  http_parser parser(limits);
  std::string_view input = wire;
  EXPECT_EQ(parser.next(input).kind, http_event::what::head);
  EXPECT_EQ(parser.next(input).kind, http_event::what::complete);
  EXPECT_EQ(input, two + three + one);
  EXPECT_EQ(parser.next(input).kind, http_event::what::complete) << "until reset()";
  EXPECT_EQ(input, two + three + one);
}

TEST(http_parser, one_empty_line_before_a_request_is_passed_over) {
  EXPECT_EQ(converse("\r\n" + get_with("")).requests.size(), 1u);
  EXPECT_EQ(converse(get_with("") + "\r\n" + get_with("")).requests.size(), 2u);
  EXPECT_EQ(refusal("\r\n\r\n" + get_with("")), 400);
  EXPECT_EQ(refusal("\n" + get_with("")), 400);
  EXPECT_EQ(refusal("\rGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
}

TEST(http_parser, knows_who_may_send_again) {
  const auto keeps = [](std::string_view version, std::string_view connection) {
    const auto c = converse("GET / HTTP/" + std::string(version) + "\r\nHost: a\r\n" + std::string(connection) + "\r\n");
    EXPECT_EQ(c.requests.size(), 1u);
    return !c.requests.empty() && c.requests[0].keep_alive;
  };
  EXPECT_TRUE(keeps("1.1", ""));
  EXPECT_FALSE(keeps("1.1", "Connection: close\r\n"));
  EXPECT_FALSE(keeps("1.1", "Connection: x, CLOSE\r\n"));
  EXPECT_FALSE(keeps("1.0", ""));
  EXPECT_TRUE(keeps("1.0", "Connection: Keep-Alive\r\n"));
}

TEST(http_parser, knows_an_upgrade) {
  const auto upgrades = [](std::string_view version, std::string_view headers) {
    const auto c = converse("GET / HTTP/" + std::string(version) + "\r\nHost: a\r\n" + std::string(headers) + "\r\n");
    return !c.requests.empty() && c.requests[0].upgrade;
  };
  EXPECT_TRUE(upgrades("1.1", "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"));
  EXPECT_FALSE(upgrades("1.1", "Connection: keep-alive\r\nUpgrade: websocket\r\n"));
  EXPECT_FALSE(upgrades("1.1", "Connection: Upgrade\r\n"));
  EXPECT_FALSE(upgrades("1.1", "Proxy-Connection: Upgrade\r\nUpgrade: websocket\r\n"));
  EXPECT_FALSE(upgrades("1.0", "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
}

TEST(http_parser, bytes_behind_an_upgrade_stay_in_the_input) {
  const http_limits limits;
  http_parser parser(limits);
  const auto wire = get_with("Connection: Upgrade\r\nUpgrade: websocket\r\n") + "\x81\x80";
  std::string_view input = wire;
  EXPECT_EQ(parser.next(input).kind, http_event::what::head);
  EXPECT_TRUE(parser.upgrade());
  EXPECT_EQ(parser.next(input).kind, http_event::what::complete);
  EXPECT_EQ(input, "\x81\x80");
}

// S8
TEST(http_parser, a_client_that_waits_for_100_continue_is_known) {
  const http_limits limits;
  http_parser parser(limits);
  const auto wire = post_with("Expect: 100-Continue\r\nContent-Length: 2\r\n", "");
  std::string_view input = wire;
  EXPECT_FALSE(parser.expects_continue());
  EXPECT_EQ(parser.next(input).kind, http_event::what::head);
  EXPECT_TRUE(parser.expects_continue());
  EXPECT_EQ(parser.next(input).kind, http_event::what::need_more);
  EXPECT_TRUE(parser.expects_continue());
  std::string_view body = "ok";
  EXPECT_EQ(parser.next(body).kind, http_event::what::complete);
  EXPECT_FALSE(parser.expects_continue());
}

TEST(http_parser, started_tells_whether_a_request_has_begun) {
  const http_limits limits;
  http_parser parser(limits);
  std::string_view nothing, first = "G";
  EXPECT_EQ(parser.next(nothing).kind, http_event::what::need_more);
  EXPECT_FALSE(parser.started());
  EXPECT_EQ(parser.next(first).kind, http_event::what::need_more);
  EXPECT_TRUE(parser.started());
  EXPECT_FALSE(parser.head());
}

TEST(http_parser, the_head_outlives_the_parser) {
  http_head_ref head;
  {
    const http_limits limits;
    http_parser parser(limits);
    const auto wire = get_with("A: b\r\n");
    std::string_view input = wire;
    ASSERT_EQ(parser.next(input).kind, http_event::what::head);
    head = parser.head();
    parser.reset();
  }
  EXPECT_EQ(head->header("a"), "b");
  EXPECT_EQ(head->query("transport"), "polling");
}

// P36 S4
TEST(http_parser, the_body_limit_is_exact_and_can_be_set_per_request) {
  http_limits limits;
  limits.body_bytes = 10;
  const std::string ten(10, 'x'), eleven(11, 'x');
  EXPECT_EQ(converse(post_with("Content-Length: 10\r\n", ten), limits).requests.size(), 1u);
  EXPECT_EQ(converse(post_with("Content-Length: 11\r\n", eleven), limits), (conversation{{}, 1, 413, "body is too big"}));
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  EXPECT_EQ(converse(post_with(chunked, "4\r\nxxxx\r\n6\r\nxxxxxx\r\n0\r\n\r\n"), limits).requests.size(), 1u);
  EXPECT_EQ(refusal(post_with(chunked, "4\r\nxxxx\r\n7\r\n"), limits), 413);
  EXPECT_EQ(refusal(post_with(chunked, "b\r\n"), limits), 413);
  EXPECT_EQ(refusal(post_with(chunked, "ffffffffffffffff\r\n"), limits), 413);
  EXPECT_EQ(refusal(post_with(chunked, "5\r\nxxxxx\r\nffffffffffffffff\r\n"), limits), 413);

  http_parser parser(limits);
  const auto wire = post_with("Content-Length: 11\r\n", eleven) + post_with("Content-Length: 11\r\n", eleven);
  std::string_view input = wire;
  EXPECT_EQ(parser.next(input).kind, http_event::what::head);
  parser.set_body_limit(11);
  EXPECT_EQ(parser.next(input).kind, http_event::what::complete);
  EXPECT_EQ(parser.take_body(), eleven);
  parser.reset();
  EXPECT_EQ(parser.next(input).kind, http_event::what::head);
  EXPECT_EQ(parser.next(input).status, 413) << "the limit of one request is not the next one's";
}

// S4: told from the announcement, before any of the body is there.
TEST(http_parser, a_body_too_big_is_refused_before_it_comes) {
  const http_limits limits;
  http_parser parser(limits);
  const auto wire = post_with("Content-Length: 1000001\r\n", "");
  std::string_view input = wire, nothing;
  EXPECT_EQ(parser.next(input).kind, http_event::what::head);
  EXPECT_EQ(parser.next(nothing).status, 413);
}

TEST(http_parser, random_requests_cut_at_random_places_come_through) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    std::string wire;
    std::vector<std::string> bodies;
    for (int i = 0; i < 8; ++i) {
      std::string body;
      const auto size = random() % (random() % 8 == 0 ? 60'000 : 80);
      for (std::size_t k = 0; k < size; ++k) body.push_back(static_cast<char>(random()));
      if (random() % 2 == 0) {
        wire += post_with("Content-Length: " + std::to_string(size) + "\r\n", body);
      } else {
        std::string chunks;
        for (std::size_t at = 0; at < size;) {
          const auto n = std::min<std::size_t>(size - at, 1 + random() % 300);
          char line[32];
          std::snprintf(line, sizeof line, random() % 2 == 0 ? "%zx\r\n" : "%zX;a=b\r\n", n);
          chunks += line + body.substr(at, n) + "\r\n";
          at += n;
        }
        wire += post_with("Transfer-Encoding: chunked\r\n", chunks + (random() % 2 == 0 ? "0\r\n\r\n" : "00;e\r\nT: v\r\n\r\n"));
      }
      bodies.push_back(body);
    }
    const http_limits limits;
    http_parser parser(limits);
    conversation c;
    for (std::size_t at = 0; at < wire.size();) {
      const auto size = 1 + random() % (random() % 4 == 0 ? 5000 : 40);
      ASSERT_TRUE(feed(parser, std::string_view(wire).substr(at, size), c)) << c;
      at += size;
    }
    ASSERT_EQ(c.requests.size(), bodies.size()) << "seed " << seed;
    for (std::size_t i = 0; i < bodies.size(); ++i) EXPECT_EQ(c.requests[i].body, bodies[i]) << "seed " << seed;
  }
}

}  // namespace
}  // namespace jackfield::wire::test
