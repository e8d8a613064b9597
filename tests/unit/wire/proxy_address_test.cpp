// proxy_address: the URLs of proxies, and what stands in CONNECT and Host.
#include "wire/proxy_address.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace jackfield::wire {
namespace {

std::string refusal(std::string_view url) {
  try {
    parse_proxy_address(url);
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "";
}

TEST(proxy_addresses, host_port_user_and_password) {
  auto p = parse_proxy_address("http://proxy.example:3128/");
  EXPECT_EQ(p.host, "proxy.example");
  EXPECT_EQ(p.port, 3128);
  EXPECT_EQ(p.authorization, "");
  EXPECT_EQ(parse_proxy_address("HTTP://proxy").port, 80);
  p = parse_proxy_address("http://user:p%40ss@[::1]:8080");
  EXPECT_EQ(p.host, "::1");
  EXPECT_EQ(p.port, 8080);
  EXPECT_EQ(p.authorization, "Basic dXNlcjpwQHNz");
  EXPECT_EQ(parse_proxy_address("http://user@h").authorization, "Basic dXNlcjo=");
}

TEST(proxy_addresses, what_could_be_read_in_two_ways_is_refused) {
  for (const char* url : {"", "proxy", "https://proxy", "socks5://proxy", "http://", "http:///", "http://h/path", "http://h?x",
                          "http://h#x", "http://h:0", "http://h:65536", "http://h:x", "http://a b", "http://u@v@h",
                          "http://u/x@h", "http://%zz@h", "http://%3a@h", "http://[::1", "http://::1"})
    EXPECT_TRUE(refusal(url).starts_with("the proxy's URL ")) << url;
  EXPECT_EQ(refusal("http://u:secret@h:0").find("secret"), std::string::npos) << "a password is not repeated";
}

TEST(authorities, are_host_and_port) {
  EXPECT_EQ(authority("example.com", 80), "example.com:80");
  EXPECT_EQ(authority("example.com", 80, 80), "example.com");
  EXPECT_EQ(authority("::1", 443, 80), "[::1]:443");  // P198
}

}  // namespace
}  // namespace jackfield::wire
