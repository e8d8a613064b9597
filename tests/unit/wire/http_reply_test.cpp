// http_reply_parser: answers as a client reads them: however the input is cut; lengths, chunks, the end of the stream; limits.
#include "wire/http_reply_parser.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace jackfield::wire {
namespace {

using outcome = http_reply_parser::outcome;

struct result {
  outcome o = outcome::more;
  http_reply reply;
  std::string behind, why;
  bool keep_alive = false;
};

/// In pieces of so many bytes.
result read(std::string_view text, std::size_t step, http_request_kind kind, const http_reply_limits& limits, bool ends) {
  http_reply_parser p(limits);
  p.expect(kind);
  result r;
  while (!text.empty() && r.o == outcome::more) {
    auto piece = text.substr(0, step);
    text.remove_prefix(piece.size());
    r.o = p.feed(piece);
    if (r.o != outcome::more) r.behind = std::string(piece) + std::string(text);
  }
  if (r.o == outcome::more && ends) r.o = p.end();
  r.why = p.error();
  r.keep_alive = p.keep_alive();
  r.reply = std::move(p.reply());
  return r;
}

/// Whole, byte by byte and in sevens: always the same.
result read(std::string_view text, http_request_kind kind = http_request_kind::plain, const http_reply_limits& limits = {},
            bool ends = false) {
  auto whole = read(text, text.size(), kind, limits, ends);
  for (const std::size_t step : {1u, 7u}) {
    const auto cut = read(text, step, kind, limits, ends);
    EXPECT_EQ(cut.o, whole.o) << step;
    EXPECT_EQ(cut.why, whole.why) << step;
    if (whole.o != outcome::whole) continue;
    EXPECT_EQ(cut.reply.body, whole.reply.body) << step;
    EXPECT_EQ(cut.behind, whole.behind) << step;
  }
  return whole;
}

std::string refusal(std::string_view text, http_request_kind kind = http_request_kind::plain, const http_reply_limits& l = {}) {
  const auto r = read(text, kind, l, true);
  EXPECT_EQ(r.o, outcome::broken) << text;
  return r.why;
}

TEST(http_reply_parser_, a_length) {
  const auto r = read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhelloHTTP/1.1");
  ASSERT_EQ(r.o, outcome::whole) << r.why;
  EXPECT_EQ(r.reply.status, 200);
  EXPECT_EQ(r.reply.header("x-a"), "b");
  EXPECT_EQ(r.reply.body, "hello");
  EXPECT_EQ(r.behind, "HTTP/1.1");
  EXPECT_TRUE(r.keep_alive);
}

TEST(http_reply_parser_, chunks_and_trailers) {
  const auto r = read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\nnext");
  ASSERT_EQ(r.o, outcome::whole) << r.why;
  EXPECT_EQ(r.reply.body, "abcde");
  EXPECT_EQ(r.behind, "next");
}

TEST(http_reply_parser_, up_to_the_end_of_the_stream) {
  const auto r = read("HTTP/1.1 200 OK\r\n\r\nall of it", http_request_kind::plain, {}, true);
  ASSERT_EQ(r.o, outcome::whole);
  EXPECT_EQ(r.reply.body, "all of it");
  EXPECT_FALSE(r.keep_alive);
}

TEST(http_reply_parser_, what_is_cut_off_is_broken) {
  EXPECT_EQ(refusal("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell"), "the connection was closed in the middle of an answer");
  EXPECT_EQ(refusal("HTTP/1.1 200 OK\r\nContent"), "the connection was closed in the middle of an answer");
  EXPECT_EQ(refusal("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
            "the connection was closed in the middle of an answer");
}

TEST(http_reply_parser_, answers_without_a_body) {
  EXPECT_EQ(read("HTTP/1.1 204 No Content\r\n\r\nnext").behind, "next");
  EXPECT_EQ(read("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\nnext").behind, "next");
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\n\r\nraw", http_request_kind::tunnel).behind, "raw");
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nnext").behind, "next");
}

TEST(http_reply_parser_, interim_answers_are_passed_over) {
  const auto r =
      read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n!");
  ASSERT_EQ(r.o, outcome::whole) << r.why;
  EXPECT_EQ(r.reply.status, 200);
  EXPECT_EQ(r.reply.header("link"), "");
  std::string many;
  for (int i = 0; i < 9; ++i) many += "HTTP/1.1 102 Wait\r\n\r\n";
  EXPECT_EQ(refusal(many), "too many interim answers");
}

TEST(http_reply_parser_, another_protocol_only_when_it_was_asked_for) {
  const std::string switched = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
  EXPECT_EQ(read(switched + "\x81\x01x", http_request_kind::upgrade).behind, "\x81\x01x");
  EXPECT_EQ(refusal(switched), "an answer 101 that nobody asked for");
}

TEST(http_reply_parser_, whether_the_connection_lasts) {
  EXPECT_FALSE(read("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").keep_alive);
  EXPECT_FALSE(read("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").keep_alive);
  EXPECT_TRUE(read("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n").keep_alive);
}

TEST(http_reply_parser_, what_two_readers_could_read_differently_is_refused) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  EXPECT_EQ(refusal(ok + "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx"), "more than one length of the body");
  EXPECT_EQ(refusal(ok + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx"), "malformed head");
  EXPECT_EQ(refusal(ok + "Transfer-Encoding: gzip, chunked\r\n\r\nx"), "Transfer-Encoding is not chunked");
  for (const std::string bad : {"-1", "+1", "0x1", "1 1", "99999999999999999999", ""})
    EXPECT_NE(refusal(ok + "Content-Length: " + bad + "\r\n\r\nx"), "") << bad;
  EXPECT_EQ(refusal(ok + "A: b\r\n c\r\n\r\n"), "folded header");
  EXPECT_NE(refusal(ok + "A: b\nC: d\r\n\r\n"), "");
  EXPECT_NE(refusal(ok + "A : b\r\n\r\n"), "");
  EXPECT_NE(refusal(ok + std::string("A: \0\r\n\r\n", 8)), "");
  EXPECT_EQ(refusal("HTTP/1.1 999 ?\r\n\r\n"), "malformed head");
  EXPECT_EQ(refusal("HTTP/2.0 200 OK\r\n\r\n"), "malformed head");
  EXPECT_EQ(refusal("220 mail ESMTP\r\n"), "not HTTP");  // at once: no end of a head will come
  EXPECT_EQ(refusal(ok + "Transfer-Encoding: chunked\r\n\r\n0\r\nok\r\n2\r\n\r\xaf"), "trailers do not end in CRLF");
  EXPECT_NE(refusal(ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "");
}

TEST(http_reply_parser_, limits) {
  const http_reply_limits l{.head_bytes = 100, .header_lines = 3, .body_bytes = 10, .chunk_overhead_bytes = 30};
  const auto why = [&](const std::string& text) { return refusal(text, http_request_kind::plain, l); };
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  EXPECT_EQ(why(ok + "X: " + std::string(200, 'x')), "the head is too long");
  EXPECT_EQ(why(ok + "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n"), "too many headers");
  EXPECT_EQ(why(ok + "Content-Length: 11\r\n\r\n"), "the body is too big");
  EXPECT_EQ(why(ok + "Transfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n5\r\n"), "the body is too big");
  EXPECT_EQ(why(ok + "\r\n12345678901"), "the body is too big");
  EXPECT_NE(why(ok + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(40, 'x')), "");
  EXPECT_EQ(read(ok + "Content-Length: 10\r\n\r\n1234567890", http_request_kind::plain, l).o, outcome::whole);
}

TEST(http_reply_parser_, a_body_may_be_as_long_as_its_limit) {
  http_reply_parser p({.body_bytes = 20u << 20});  // Beast alone would stop at 8 MiB
  p.expect(http_request_kind::plain);
  std::string_view head = "HTTP/1.1 200 OK\r\nContent-Length: 20971520\r\n\r\n";
  EXPECT_EQ(p.feed(head), outcome::more) << p.error();
}

TEST(http_reply_parser_, serves_again) {
  http_reply_parser p({});
  for (int i = 0; i < 3; ++i) {
    p.expect(http_request_kind::plain);
    EXPECT_FALSE(p.started());
    std::string_view text = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
    ASSERT_EQ(p.feed(text), outcome::whole);
    EXPECT_TRUE(p.started());
    EXPECT_EQ(p.reply().body, "x");
    EXPECT_EQ(p.reply().headers.size(), 1u);
  }
}

TEST(http_reply_, headers) {
  const http_reply r{.headers = {{"Connection", "keep-alive, Upgrade"}, {"X", "1"}, {"x", "2"}}};
  EXPECT_EQ(r.header("x"), "1");
  EXPECT_EQ(r.count("X"), 2u);
  EXPECT_TRUE(r.lists("connection", "upgrade"));
  EXPECT_FALSE(r.lists("connection", "close"));
}

}  // namespace
}  // namespace jackfield::wire
