#include "wire/cookie.hpp"

#include <gtest/gtest.h>

namespace jackfield::wire::test {
namespace {

constexpr std::string_view sid = "lv_VI97HAXpY6yYWAAAC";
enum : bool { plain = false, tls = true };

// P24 S37
TEST(cookie, the_default_is_the_reference_s) {
  EXPECT_EQ(set_cookie({.name = "io"}, sid, plain), "io=lv_VI97HAXpY6yYWAAAC; Path=/; HttpOnly; SameSite=Lax");
  EXPECT_EQ(set_cookie({.name = "io"}, sid, tls), "io=lv_VI97HAXpY6yYWAAAC; Path=/; HttpOnly; Secure; SameSite=Lax");
  EXPECT_EQ(set_cookie({}, sid, plain), "") << "off";
}

// P25
TEST(cookie, every_part_can_be_set) {
  EXPECT_EQ(set_cookie({.name = "sid", .path = "", .http_only = false, .site = same_site::strict}, "x", plain),
            "sid=x; SameSite=Strict");
  EXPECT_EQ(set_cookie({.name = "sid", .path = "/a", .site = same_site::none}, "x", tls),
            "sid=x; Path=/a; HttpOnly; Secure; SameSite=None");
  EXPECT_EQ(set_cookie({.name = "sid", .site = same_site::omit}, "x", plain), "sid=x; Path=/; HttpOnly");
}

TEST(cookie, domain_age_and_what_is_asked_for_without_tls) {
  EXPECT_EQ(set_cookie({.name = "io",
                        .site = same_site::none,
                        .secure = true,
                        .domain = "example.com;\r\n",
                        .max_age = std::chrono::seconds(60),
                        .partitioned = true},
                       "a", plain),
            "io=a; Max-Age=60; Domain=example.com; Path=/; HttpOnly; Secure; Partitioned; SameSite=None");
}

TEST(cookie, nothing_in_it_can_end_it) {
  EXPECT_EQ(set_cookie({.name = "io"}, "a;b\r\nc %\xc3\xa9", plain),
            "io=a%3Bb%0D%0Ac%20%25%C3%A9; Path=/; HttpOnly; SameSite=Lax");
  EXPECT_EQ(set_cookie({.name = "i=o;\r\n", .path = "/;\r\nx"}, "a", plain), "io=a; Path=/x; HttpOnly; SameSite=Lax");
}

}  // namespace
}  // namespace jackfield::wire::test
