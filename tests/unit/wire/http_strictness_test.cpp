#include "unit/wire/http_feeding.hpp"

namespace jackfield::wire::test {
namespace {

using namespace std::string_literals;

std::string with_line(std::string_view request_line) { return std::string(request_line) + "\r\nHost: a\r\n\r\n"; }

// S2
TEST(http_strictness, request_lines) {
  EXPECT_EQ(refusal(with_line("GET / HTTP/1.1")), 0);
  EXPECT_EQ(refusal(with_line("G!#$%&'*+-.^_`|~9 * HTTP/1.0")), 0);
  for (const auto& line :
       {"GET  / HTTP/1.1"s, "GET /  HTTP/1.1"s, " GET / HTTP/1.1"s, "GET / HTTP/1.1 "s, "GET /"s, "GET"s, ""s, "GET\t/ HTTP/1.1"s,
        "GET / a HTTP/1.1"s, "GE(T / HTTP/1.1"s, "GET  HTTP/1.1"s, "GET /\x01 HTTP/1.1"s, "GET /\0 HTTP/1.1"s,
        "GET /\x7f HTTP/1.1"s, "GET /\xc3\xa9 HTTP/1.1"s, "GET / HTTP/1.1\r"s, "G\0T / HTTP/1.1"s, "\x16\x03\x01 / HTTP/1.1"s}) {
    EXPECT_EQ(refusal(with_line(line)), 400) << ::testing::PrintToString(line);
  }
}

// S2
TEST(http_strictness, versions) {
  for (const auto* version : {"HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "HTTP/9.9", "HTTP/1.9", "HTTP/0.0"}) {
    EXPECT_EQ(refusal(with_line("GET / "s + version)), 505) << version;
  }
  for (const auto* version :
       {"http/1.1", "HTTP/1", "HTTP/1.10", "HTTP/11.1", "HTTP/1,1", "HTTP 1.1", "HTTP/1.1x", "XTTP/1.1", "HTTP/a.b", "HTTP/"}) {
    EXPECT_EQ(refusal(with_line("GET / "s + version)), 400) << version;
  }
  EXPECT_EQ(refusal("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
}

// S2
TEST(http_strictness, header_lines) {
  EXPECT_EQ(refusal(get_with("A: b\tc\xff\x80\r\n")), 0);
  for (const auto& line :
       {"A : b\r\n"s,      "A\t: b\r\n"s,      ": b\r\n"s,      "A\r\n"s,        "A b: c\r\n"s,
        "A: b\r\n c\r\n"s, "A: b\r\n\tc\r\n"s, " A: b\r\n"s,    "A: b\n"s,       "A: b\rc\r\n"s,
        "A: b\r\r\n"s,     "A: \0\r\n"s,       "A: b\x01\r\n"s, "A: b\x7f\r\n"s, "A: \x1b[31m\r\n"s,
        "A\0: b\r\n"s,     "A\x80: b\r\n"s,    "(A): b\r\n"s,   "A: b\r\n\n"s,   "A: 1234567\x08 0123456789\r\n"s}) {
    EXPECT_EQ(refusal(get_with(line)), 400) << ::testing::PrintToString(line);
  }
  EXPECT_EQ(refusal("GET / HTTP/1.1\n"), 400) << "bare LF";
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: a\r\n\n"), 400) << "bare LF at the end of the head";
}

int with_host(std::string_view lines, std::string_view version = "1.1") {
  return refusal("GET / HTTP/" + std::string(version) + "\r\n" + std::string(lines) + "\r\n");
}

// S2
TEST(http_strictness, exactly_one_good_host) {
  for (const auto* host : {"a", "example.com", "example.com:80", "127.0.0.1:3000", "[::1]", "[::1]:443", "[v1.x:y]", "a_b",
                           "x:", "a%41", "xn--e1.example.", "a:065535"}) {
    EXPECT_EQ(with_host("Host: "s + host + "\r\n"), 0) << host;
  }
  for (const auto* host : {"",     "a b",     "a/b",      "http://a", "a:b",   "a:65536", "a:123456", "[::1", "::1",
                           "[]",   "[g::1]",  "[::1]x",   "[::1]:x",  "a@b",   "a%4",     "a%zz",     "a?b",  "a#b",
                           "a\\b", "a:80:80", "\xc3\xa9", "\"a\"",    "[v.x]", "[v1.]",   "[1.2]",    ":80"}) {
    EXPECT_EQ(with_host("Host: "s + host + "\r\n"), 400) << host;
  }
  EXPECT_EQ(with_host(""), 400);
  EXPECT_EQ(with_host("Host: a\r\nHost: a\r\n"), 400);
  EXPECT_EQ(with_host("Host: a\r\nhOST: b\r\n"), 400);
  EXPECT_EQ(with_host("", "1.0"), 0);
  EXPECT_EQ(with_host("Host: a\r\nHost: a\r\n", "1.0"), 400);
  EXPECT_EQ(with_host("Host: a b\r\n", "1.0"), 400);
}

// S3
TEST(http_strictness, content_length) {
  EXPECT_EQ(refusal(post_with("Content-Length: 007\r\n", "1234567")), 0);
  for (const auto* value : {"", "+5", "-1", "5,5", "5, 5", "5 5", "0x5", "5.0", "five", "5;", "9007199254740992",
                            "18446744073709551621", "99999999999999999999999999", "\"5\"", ","}) {
    EXPECT_EQ(refusal(post_with("Content-Length: "s + value + "\r\n", "12345")), 400) << value;
  }
  EXPECT_EQ(refusal(post_with("Content-Length: 9007199254740991\r\n", "")), 413);
  EXPECT_EQ(refusal(post_with("Content-Length: 5\r\nContent-Length: 5\r\n", "12345")), 400);
  EXPECT_EQ(refusal(post_with("Content-Length: 5\r\nContent-Length: 6\r\n", "12345")), 400);
  EXPECT_EQ(refusal(post_with("Content-Length: 0\r\nContent-Length: 0\r\n", "")), 400);
}

// S3
TEST(http_strictness, transfer_encoding) {
  const auto end = "0\r\n\r\n";
  EXPECT_EQ(refusal(post_with("Transfer-Encoding: CHUNKED\r\n", end)), 0);
  for (const auto* value : {"", "identity", "gzip", "gzip, chunked", "chunked, chunked", "chunked, gzip", "chunked;q=1",
                            "xchunked", "chunked,", ",chunked", "\"chunked\"", "chun ked"}) {
    EXPECT_EQ(refusal(post_with("Transfer-Encoding: "s + value + "\r\n", end)), 400) << value;
  }
  EXPECT_EQ(refusal(post_with("Transfer-Encoding : chunked\r\n", end)), 400);
  EXPECT_EQ(refusal(post_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", end)), 400);
  EXPECT_EQ(refusal(post_with("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", end)), 400);
  EXPECT_EQ(refusal(post_with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", end)), 400);
  EXPECT_EQ(refusal(post_with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", end)), 400);
  EXPECT_EQ(refusal("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
}

// S3: after a doubtful framing the connection is of no more use.
TEST(http_strictness, reset_does_not_forgive) {
  const http_limits limits;
  http_parser parser(limits);
  std::string_view bad = "GET / HTTP/1.1\r\n\r\n", good = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_EQ(parser.next(bad).status, 400);
  parser.reset();
  EXPECT_EQ(parser.next(good).status, 400);
  EXPECT_FALSE(parser.keep_alive());
}

// S3
TEST(http_strictness, chunk_framing) {
  const auto chunked = [](std::string_view body) { return refusal(post_with("Transfer-Encoding: chunked\r\n", body)); };
  EXPECT_EQ(chunked("0000000000000001\r\nx\r\n0\r\n\r\n"), 0);
  EXPECT_EQ(chunked("1 ; a = \"b\\\"c\"\r\nx\r\n0;z\r\nA: b\r\nC: d\r\n\r\n"), 0);
  for (const auto& body : {"\r\n"s,
                           "g\r\n"s,
                           " 1\r\nx\r\n"s,
                           "-1\r\n"s,
                           "+1\r\n"s,
                           "0x1\r\n"s,
                           "1\nx\r\n"s,
                           "1\rx"s,
                           "1\r\nxy\r\n"s,
                           "1\r\nx\n0\r\n\r\n"s,
                           "1\r\nx\rX"s,
                           "1 \r\nx\r\n"s,
                           "1;\r\nx\r\n"s,
                           "1;=a\r\n"s,
                           "1;a=\r\n"s,
                           "1;a=\"b\r\n"s,
                           "1;a\x01\r\n"s,
                           "1;a=\"\0\"\r\n"s,
                           "1;a=\"\n\"\r\n"s,
                           "00000000000000001\r\n"s,
                           "10000000000000000\r\n"s,
                           "0\r\n A: b\r\n\r\n"s,
                           "0\r\nA: b\r\n c\r\n\r\n"s,
                           "0\r\nA : b\r\n\r\n"s,
                           "0\r\nA\r\n\r\n"s,
                           "0\r\nA: b\n\r\n"s,
                           "0\r\nA: \x02\r\n\r\n"s,
                           "0\r\n\n"s,
                           "0\r\n\rX"s,
                           "0 \r\n\r\n"s,
                           "1;a b\r\nx\r\n"s}) {
    EXPECT_EQ(chunked(body), 400) << ::testing::PrintToString(body);
  }
}

// S1: each limit is hit exactly, with and without an end of line in sight.
TEST(http_strictness, request_line_limit) {
  http_limits limits;
  limits.request_line_bytes = 30;
  const std::string fits = "GET /" + std::string(16, 'x') + " HTTP/1.1";
  ASSERT_EQ(fits.size(), 30u);
  EXPECT_EQ(refusal(with_line(fits), limits), 0);
  EXPECT_EQ(refusal("\r\n" + with_line(fits), limits), 0);
  EXPECT_EQ(refusal(with_line("GET /" + std::string(17, 'x') + " HTTP/1.1"), limits), 414);
  EXPECT_EQ(refusal(std::string(33, 'G'), limits), 414);
  EXPECT_EQ(refusal("GET /" + std::string(10'000, 'x')), 414);
}

// S1
TEST(http_strictness, header_limits) {
  http_limits limits;
  limits.header_bytes = 40;
  const std::string line = "GET / HTTP/1.1\r\n";
  const auto headers = [](std::size_t n) {
    return "Host: a\r\n" + std::string("X: ") + std::string(n - 9 - 5 - 2, 'y') + "\r\n\r\n";
  };
  ASSERT_EQ(headers(40).size(), 40u);
  EXPECT_EQ(refusal(line + headers(40), limits), 0);
  EXPECT_EQ(refusal(line + headers(41), limits), 431);
  EXPECT_EQ(refusal(line + std::string(41, 'x'), limits), 431);
  EXPECT_EQ(refusal(get_with("X: " + std::string(20'000, 'y'))), 431);

  http_limits few;
  few.header_lines = 3;
  EXPECT_EQ(refusal(get_with("A: 1\r\nB: 2\r\n"), few), 0);
  EXPECT_EQ(refusal(get_with("A: 1\r\nB: 2\r\nC: 3\r\n"), few), 431);
  std::string many;
  for (int i = 0; i < 100; ++i) many += "A: 1\r\n";
  EXPECT_EQ(refusal(get_with(many)), 431);
  many.resize(99 * 6);
  EXPECT_EQ(refusal(get_with(many)), 0);
}

// S4
TEST(http_strictness, chunk_overhead_limit) {
  http_limits limits;
  limits.chunk_overhead_bytes = 20;
  const auto chunked = [&](std::string_view body) { return refusal(post_with("Transfer-Encoding: chunked\r\n", body), limits); };
  EXPECT_EQ(chunked("1;234567890\r\nx\r\n1;234567890\r\ny\r\n0\r\n\r\n"), 0);
  EXPECT_EQ(chunked("1;234567890\r\nx\r\n1;234567890\r\ny\r\n0;z\r\n\r\n"), 431);
  EXPECT_EQ(chunked("1;23456789012345678901234567890"), 431);
  EXPECT_EQ(chunked("0\r\nA: 4567890\r\nA: 4567890\r\n\r\n"), 0);
  EXPECT_EQ(chunked("0\r\nA: 4567890\r\nA: 4567890\r\nB: c\r\n\r\n"), 431);
  std::string tiny;
  for (int i = 0; i < 5000; ++i) tiny += "1\r\nx\r\n";
  EXPECT_EQ(converse_in_steps(post_with("Transfer-Encoding: chunked\r\n", tiny + "0\r\n\r\n"), limits, 1'000'000).status, 0)
      << "small chunks are no crime";
}

// S8
TEST(http_strictness, expectations_and_coded_bodies) {
  EXPECT_EQ(refusal(post_with("Expect: 100-continue\r\nContent-Length: 1\r\n", "x")), 0);
  EXPECT_EQ(refusal(post_with("Expect: 200-ok\r\nContent-Length: 1\r\n", "x")), 417);
  EXPECT_EQ(refusal(get_with("Expect: \r\n")), 417);
  for (const auto* coding : {"gzip", "deflate", "br", "x-gzip", "identity, gzip"}) {
    EXPECT_EQ(refusal(post_with("Content-Length: 1\r\nContent-Encoding: "s + coding + "\r\n", "x")), 415) << coding;
    EXPECT_EQ(refusal(post_with("Transfer-Encoding: chunked\r\nContent-Encoding: "s + coding + "\r\n", "0\r\n\r\n")), 415)
        << coding;
  }
  EXPECT_EQ(refusal(post_with("Content-Length: 1\r\nContent-Encoding: identity\r\n", "x")), 0);
  EXPECT_EQ(refusal(post_with("Content-Length: 1\r\nContent-Encoding:\r\n", "x")), 0);
  EXPECT_EQ(refusal(get_with("Content-Encoding: gzip\r\n")), 0) << "there is no body";
}

}  // namespace
}  // namespace jackfield::wire::test
