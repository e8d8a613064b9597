#include "wire/ws_handshake.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace jackfield::wire::test {
namespace {

using headers = std::vector<std::pair<std::string, std::string>>;

headers good() {
  return {{"Host", "server.example.com"},
          {"Upgrade", "websocket"},
          {"Connection", "Upgrade"},
          {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
          {"Sec-WebSocket-Version", "13"}};
}

http_head_ref head_of(const headers& lines, std::string_view method = "GET", int version = 11) {
  http_head::builder b;
  b.request_line(method, "/chat", version);
  for (const auto& [name, value] : lines) b.header(name, value);
  return b.build();
}

int status(const headers& lines) {
  const auto r = ws_check_handshake(*head_of(lines));
  EXPECT_EQ(r.text.empty(), r.status == 101);
  EXPECT_EQ(r.accept.empty(), r.status != 101);
  return r.status;
}

headers without(std::string_view name) {
  auto lines = good();
  std::erase_if(lines, [&](const auto& l) { return l.first == name; });
  return lines;
}

headers with(std::string_view name, std::string_view value) {
  auto lines = without(name);
  lines.emplace_back(name, value);
  return lines;
}

headers adding(std::string_view name, std::string_view value) {
  auto lines = good();
  lines.emplace_back(name, value);
  return lines;
}

// The example of RFC 6455 §1.3.
TEST(ws_handshake, accepts_as_the_rfc_shows) {
  EXPECT_EQ(ws_accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  const auto head = head_of(good());
  const auto r = ws_check_handshake(*head);
  EXPECT_EQ(r.status, 101);
  EXPECT_EQ(r.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_TRUE(r.subprotocol.empty());
  EXPECT_TRUE(r.extensions.empty());
}

// S10
TEST(ws_handshake, needs_get_and_http_1_1) {
  EXPECT_EQ(ws_check_handshake(*head_of(good(), "POST")).status, 405);
  EXPECT_EQ(ws_check_handshake(*head_of(good(), "get")).status, 405);
  EXPECT_EQ(ws_check_handshake(*head_of(good(), "GET", 10)).status, 400);
}

// S10
TEST(ws_handshake, needs_the_two_tokens) {
  EXPECT_EQ(status(with("Upgrade", "WebSocket")), 101);
  EXPECT_EQ(status(with("Upgrade", "h2c, websocket")), 101);
  EXPECT_EQ(status(with("Connection", "keep-alive,\tupgrade ,x")), 101);
  EXPECT_EQ(status(adding("Connection", "keep-alive")), 101) << "on another line";
  for (const auto* value : {"", "websockets", "h2c", "websocket/13", "\"websocket\""})
    EXPECT_EQ(status(with("Upgrade", value)), 400) << value;
  for (const auto* value : {"", "close", "upgraded", "keep-alive upgrade"})
    EXPECT_EQ(status(with("Connection", value)), 400) << value;
  EXPECT_EQ(status(without("Upgrade")), 400);
  EXPECT_EQ(status(without("Connection")), 400);
}

// S10
TEST(ws_handshake, needs_version_13) {
  for (const auto* value : {"", "8", "7", "12", "14", "013", "13.0", "13, 8", "thirteen"})
    EXPECT_EQ(status(with("Sec-WebSocket-Version", value)), 426) << value;
  EXPECT_EQ(status(without("Sec-WebSocket-Version")), 426);
  EXPECT_EQ(status(adding("Sec-WebSocket-Version", "13")), 426);
}

// S10
TEST(ws_handshake, needs_one_key_of_16_bytes) {
  EXPECT_EQ(status(with("Sec-WebSocket-Key", "+/+/+/+/+/+/+/+/+/+/+w==")), 101);
  for (const auto* value : {"", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25j",
                            "dGhlIHNhbXBsZSBub25jZTE=", "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25jZ-==",
                            "dGhlIHNhbXBsZSBub25 ZQ==", "dGhlIHNhbXBsZSBub25jZTEyMw==", "========================"}) {
    EXPECT_EQ(status(with("Sec-WebSocket-Key", value)), 400) << value;
  }
  EXPECT_EQ(status(without("Sec-WebSocket-Key")), 400);
  EXPECT_EQ(status(adding("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")), 400);
}

// P61
TEST(ws_handshake, finds_the_first_subprotocol) {
  const auto first = [](const headers& lines) { return std::string(ws_check_handshake(*head_of(lines)).subprotocol); };
  const auto head = head_of(adding("Sec-WebSocket-Protocol", "soap, wamp"));
  EXPECT_EQ(ws_check_handshake(*head).subprotocol, "soap");
  auto lines = adding("Sec-WebSocket-Protocol", "one");
  lines.emplace_back("Sec-WebSocket-Protocol", "two");
  const auto several = head_of(lines);
  EXPECT_EQ(ws_check_handshake(*several).subprotocol, "one");
  for (const auto* value : {"", ",", "a,,b", "a b", "a,", "\"a\"", "a/b"})
    EXPECT_EQ(status(adding("Sec-WebSocket-Protocol", value)), 400) << value;
  EXPECT_EQ(first(good()), "");
}

TEST(ws_handshake, joins_the_extensions_of_all_lines) {
  auto lines = adding("Sec-WebSocket-Extensions", "x-webkit-deflate-frame");
  lines.emplace_back("sec-websocket-extensions", "permessage-deflate; client_max_window_bits");
  EXPECT_EQ(ws_check_handshake(*head_of(lines)).extensions, "x-webkit-deflate-frame, permessage-deflate; client_max_window_bits");
}

}  // namespace
}  // namespace jackfield::wire::test
