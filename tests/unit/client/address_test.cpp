#include "client/address.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace jackfield::cl {
namespace {

// P172 P198
TEST(address, splits_a_url) {
  const auto a = parse_address("https://Example.com:8443/admin?token=a%20b#top");
  EXPECT_EQ(a.scheme, "https");
  EXPECT_EQ(a.host, "example.com");
  EXPECT_EQ(a.port, 8443);
  EXPECT_TRUE(a.secure);
  EXPECT_EQ(a.nsp, "/admin");
  EXPECT_EQ(a.query, "token=a%20b");
}

// P172 P198
TEST(address, has_defaults) {
  const auto plain = parse_address("http://h");
  EXPECT_EQ(plain.port, 80);
  EXPECT_FALSE(plain.secure);
  EXPECT_EQ(plain.nsp, "/");
  EXPECT_EQ(plain.query, std::nullopt);
  EXPECT_EQ(parse_address("wss://h/").port, 443);
  EXPECT_TRUE(parse_address("wss://h").secure);
  EXPECT_EQ(parse_address("ws://h?").query, "");
}

// P198
TEST(address, takes_ipv6) {
  const auto a = parse_address("http://[2001:DB8::1]:81/x");
  EXPECT_EQ(a.host, "2001:db8::1");
  EXPECT_EQ(a.port, 81);
  EXPECT_EQ(a.nsp, "/x");
  EXPECT_EQ(parse_address("http://[::1]").port, 80);
  EXPECT_EQ(a.key("/p"), "http://[2001:db8::1]:81/p");
}

// P173
TEST(address, keys_tell_what_is_shared) {
  const auto key = [](std::string_view url) { return parse_address(url).key("/socket.io"); };
  EXPECT_EQ(key("http://x"), key("http://X:80/other?a=b"));
  EXPECT_NE(key("http://x"), key("https://x"));
  EXPECT_NE(key("http://x"), key("ws://x"));
  EXPECT_NE(key("http://x"), key("http://x:81"));
  EXPECT_NE(parse_address("http://x").key("/a"), parse_address("http://x").key("/b"));
}

TEST(address, says_what_is_wrong) {
  for (const char* url : {"", "h", "//h", "ftp://h", "http://", "http://:80", "http://h:0", "http://h:70000", "http://h:8x",
                          "http://[::1", "http://[::1]x", "http://a b", "http://user:pw@h", "http://h\r\nx", "http://h/a,b"}) {
    try {
      parse_address(url);
      ADD_FAILURE() << url;
    } catch (const std::invalid_argument& e) {
      EXPECT_GT(std::string_view(e.what()).size(), 20u) << url;
    }
  }
}

TEST(address, names_of_namespaces) {
  EXPECT_EQ(namespace_name(""), "/");
  EXPECT_EQ(namespace_name("x"), "/x");
  EXPECT_EQ(namespace_name("/x"), "/x");
  EXPECT_THROW(namespace_name("a,b"), std::invalid_argument);
}

}  // namespace
}  // namespace jackfield::cl
