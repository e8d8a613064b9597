// The opening handshake on the client: what is asked for, and which answers are believed (RFC 6455 §4.1, RFC 7692 §5.1).
#include "wire/ws_client_handshake.hpp"

#include "wire/ws_handshake.hpp"

#include <gtest/gtest.h>

#include <array>

namespace jackfield::wire {
namespace {

const std::string key = "dGhlIHNhbXBsZSBub25jZQ==";

http_reply good() {
  return {
      .status = 101,
      .headers = {{"Upgrade", "WebSocket"}, {"Connection", "keep-alive, upgrade"}, {"Sec-WebSocket-Accept", ws_accept_key(key)}}};
}
ws_answer answer(const http_reply& r, deflate_wish wish = deflate_wish::offered, const std::vector<std::string>& protocols = {}) {
  return ws_check_answer(r, key, wish, protocols);
}
ws_answer extended(const std::string& extensions, deflate_wish wish = deflate_wish::offered) {
  auto r = good();
  r.headers.emplace_back("Sec-WebSocket-Extensions", extensions);
  return answer(r, wish);
}

TEST(ws_requests, have_all_that_a_server_wants) {
  std::array<std::byte, 16> random{};
  const auto k = ws_key(random);
  EXPECT_EQ(k, "AAAAAAAAAAAAAAAAAAAAAA==");
  std::string out;
  append_ws_request(out, k, deflate_wish::offered, {"a", "b"});
  EXPECT_EQ(
      out,
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
      "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\nSec-WebSocket-Protocol: a, b\r\n");
  out.clear();
  append_ws_request(out, k, deflate_wish::none, {});
  EXPECT_EQ(out.find("Extensions"), std::string::npos);
  EXPECT_EQ(out.find("Protocol"), std::string::npos);
}

TEST(ws_answers, that_are_right) {
  EXPECT_EQ(answer(good()).why, "");
  auto r = good();
  r.headers.emplace_back("Sec-WebSocket-Protocol", "b");
  EXPECT_EQ(answer(r, deflate_wish::none, {"a", "b"}).subprotocol, "b");
}

TEST(ws_answers, that_are_not) {
  auto r = good();
  r.status = 403;
  EXPECT_EQ(answer(r).why, "the WebSocket was answered with HTTP status 403");
  for (const std::size_t line : {0u, 1u, 2u}) {
    r = good();
    r.headers.erase(r.headers.begin() + static_cast<std::ptrdiff_t>(line));
    EXPECT_NE(answer(r).why, "") << line;
    r = good();
    r.headers[line].second = "x";
    EXPECT_NE(answer(r).why, "") << line;
  }
  r = good();
  r.headers.push_back(r.headers[2]);
  EXPECT_NE(answer(r).why, "") << "two accept keys";
  r = good();
  r.headers.emplace_back("Sec-WebSocket-Protocol", "c");
  EXPECT_EQ(answer(r, deflate_wish::none, {"a"}).why, "the server chose a subprotocol that was not offered");
}

TEST(ws_answers, about_deflate) {
  EXPECT_FALSE(extended("").deflate);
  const auto plain = extended("permessage-deflate");
  ASSERT_TRUE(plain.deflate);
  EXPECT_EQ(plain.deflate->server, takeover::context);
  EXPECT_EQ(plain.deflate->client, takeover::context);
  const auto all = extended(
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10; "
      "client_max_window_bits=11");
  ASSERT_TRUE(all.deflate) << all.why;
  EXPECT_EQ(all.deflate->server, takeover::none);
  EXPECT_EQ(all.deflate->client, takeover::none);
  EXPECT_EQ(all.deflate->server_max_window_bits, 10);
  EXPECT_EQ(all.deflate->client_max_window_bits, 11);
}

TEST(ws_answers, that_agree_to_what_was_not_offered) {
  for (const char* extensions : {"x-other", "permessage-deflate, permessage-deflate", "permessage-deflate; nonsense",
                                 "permessage-deflate; client_max_window_bits", "permessage-deflate; client_max_window_bits=8",
                                 "permessage-deflate; server_max_window_bits=16",
                                 "permessage-deflate; server_no_context_takeover; "
                                 "server_no_context_takeover"})
    EXPECT_EQ(extended(extensions).why, "the server uses a WebSocket extension that was not offered") << extensions;
  EXPECT_NE(extended("permessage-deflate", deflate_wish::none).why, "");
}

}  // namespace
}  // namespace jackfield::wire
