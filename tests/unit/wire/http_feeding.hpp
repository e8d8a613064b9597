// http_feeding: a stream of requests through a parser, in one piece and cut in every way, with the same result.
#pragma once

#include "wire/http_parser.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::wire::test {

using header_list = std::vector<std::pair<std::string, std::string>>;

struct request {
  std::string method, target;
  int version = 0;
  header_list headers;
  std::string body;
  bool keep_alive = false, upgrade = false;
  bool operator==(const request&) const = default;
};

struct conversation {
  std::vector<request> requests;  // complete ones
  int heads = 0;
  int status = 0;  // of the error that ended it; 0: none
  std::string why;
  bool operator==(const conversation&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const conversation& c) {
  out << c.requests.size() << " requests, " << c.heads << " heads, status " << c.status << ' ' << c.why;
  for (const auto& r : c.requests)
    out << "\n  " << r.method << ' ' << r.target << ' ' << r.version << " body of " << r.body.size();
  return out;
}

inline request taken(http_parser& parser) {
  request r;
  const auto& head = *parser.head();
  r.method = head.method();
  r.target = head.target();
  r.version = head.version();
  for (std::size_t i = 0; i < head.header_count(); ++i) r.headers.emplace_back(head.header_at(i).name, head.header_at(i).value);
  r.keep_alive = parser.keep_alive();
  r.upgrade = parser.upgrade();
  r.body = parser.take_body();
  return r;
}

/// Feeds one piece, of its own memory. False: the conversation is over.
inline bool feed(http_parser& parser, std::string_view piece, conversation& c) {
  const std::vector<char> memory(piece.begin(), piece.end());
  std::string_view input(memory.data(), memory.size());
  for (;;) {
    const auto event = parser.next(input);
    switch (event.kind) {
      case http_event::what::need_more: EXPECT_TRUE(input.empty()); return true;
      case http_event::what::head: ++c.heads; break;
      case http_event::what::complete:
        c.requests.push_back(taken(parser));
        parser.reset();
        EXPECT_FALSE(parser.started());
        break;
      case http_event::what::error:
        c.status = event.status;
        c.why = event.text;
        EXPECT_FALSE(parser.keep_alive());
        EXPECT_EQ(parser.next(input).status, event.status) << "an error stays";
        return false;
    }
  }
}

inline conversation converse_in_steps(std::string_view wire, const http_limits& limits, std::size_t step) {
  http_parser parser(limits);
  conversation c;
  for (std::size_t at = 0; at < wire.size(); at += step) {
    if (!feed(parser, wire.substr(at, step), c)) break;
  }
  return c;
}

/// What `wire` says, which must be the same in one piece, byte by byte, in steps of 2..17 and cut once anywhere
/// (longer streams: near both ends).
inline conversation converse(std::string_view wire, const http_limits& limits = {}) {
  const auto expected = converse_in_steps(wire, limits, wire.size() + 1);
  for (std::size_t step = 1; step <= 17; ++step)
    EXPECT_EQ(converse_in_steps(wire, limits, step), expected) << "in steps of " << step;
  for (std::size_t cut = 1; cut < wire.size(); ++cut) {
    if (cut > 300 && cut + 300 < wire.size()) continue;
    http_parser parser(limits);
    conversation c;
    if (feed(parser, wire.substr(0, cut), c)) feed(parser, wire.substr(cut), c);
    EXPECT_EQ(c, expected) << "cut at " << cut;
  }
  return expected;
}

/// The status that `wire` is refused with; 0 when it is served.
inline int refusal(std::string_view wire, const http_limits& limits = {}) { return converse(wire, limits).status; }

inline std::string get_with(std::string_view headers) {
  return "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: example.com\r\n" + std::string(headers) + "\r\n";
}

inline std::string post_with(std::string_view headers, std::string_view body) {
  return "POST /socket.io/?EIO=4 HTTP/1.1\r\nHost: example.com\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

}  // namespace jackfield::wire::test
