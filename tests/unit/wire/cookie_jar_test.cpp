// cookie_jar: what a server sets comes back where and while it should (RFC 6265 §5).
#include "wire/cookie_jar.hpp"

#include <gtest/gtest.h>

#include <string>

namespace jackfield::wire {
namespace {

using namespace std::chrono_literals;

struct jar : ::testing::Test {
  void take(std::string_view line) { all.take(line, "/socket.io/", now); }
  std::string sent(std::string_view path = "/socket.io/", bool secure = false) { return all.header(path, secure, now); }
  cookie_jar all;
  cookie_time now{std::chrono::seconds(1'700'000'000)};
};

TEST_F(jar, gives_back_what_was_set) {  // P196
  take("a=1");
  take("b=2; Path=/; HttpOnly; SameSite=Lax");
  EXPECT_EQ(sent(), "a=1; b=2") << "the longer path first";
  take("a=3");
  EXPECT_EQ(sent(), "a=3; b=2");
}

TEST_F(jar, paths) {
  take("here=1");
  take("all=2; Path=/");
  take("there=3; Path=/admin");
  EXPECT_EQ(sent("/socket.io/"), "here=1; all=2");
  EXPECT_EQ(sent("/socket.iox"), "all=2");
  EXPECT_EQ(sent("/admin/x"), "there=3; all=2");
  EXPECT_EQ(sent("/administration"), "all=2");
}

TEST_F(jar, secure_cookies_go_over_tls_alone) {
  take("s=1; Secure");
  EXPECT_EQ(sent(), "");
  EXPECT_EQ(sent("/socket.io/", true), "s=1");
}

TEST_F(jar, max_age_and_expires) {
  take("a=1; Max-Age=10");
  take("b=2; Expires=Tue, 14 Nov 2023 22:13:30 GMT");  // ten seconds from now
  take("c=3; Expires=Tue, 14 Nov 2023 22:13:30 GMT; Max-Age=100");
  take("d=4; Max-Age=nonsense");
  EXPECT_EQ(sent(), "a=1; b=2; c=3; d=4");
  now += 10s;
  EXPECT_EQ(sent(), "c=3; d=4");
  now += 90s;
  EXPECT_EQ(sent(), "d=4");
  take("d=; Max-Age=0");
  EXPECT_EQ(sent(), "");
  EXPECT_EQ(all.size(), 0u);
}

TEST_F(jar, what_is_malformed_is_passed_over) {
  for (const std::string bad : {"", "=", "=x", "novalue", "; a=1", "a\x01=1"}) take(bad);
  take("a=" + std::string(5000, 'x'));
  EXPECT_EQ(sent(), "");
  take("e=; Path=");
  EXPECT_EQ(sent(), "e=");
  take("q=\"a b; c\"");
  EXPECT_EQ(sent(), "e=; q=\"a b") << "quotation marks mean nothing";
}

TEST_F(jar, so_many_and_the_oldest_goes) {
  for (std::size_t i = 0; i <= cookie_jar::most_cookies; ++i) take("n" + std::to_string(i) + "=1");
  EXPECT_EQ(all.size(), cookie_jar::most_cookies);
  EXPECT_TRUE(sent().starts_with("n1=1; "));
}

TEST(cookie_dates, of_three_kinds) {
  const cookie_time t{std::chrono::seconds(784'111'777)};
  EXPECT_EQ(parse_cookie_date("Sun, 06 Nov 1994 08:49:37 GMT"), t);
  EXPECT_EQ(parse_cookie_date("Sunday, 06-Nov-94 08:49:37 GMT"), t);
  EXPECT_EQ(parse_cookie_date("Sun Nov  6 08:49:37 1994"), t);
  for (const std::string bad : {"", "Sun, 06 Nov 1994", "Sun, 31 Feb 1994 08:49:37 GMT", "06 Nov 1994 24:00:00",
                                "06 Nov 1500 08:49:37", "08:49:37 1994", "Nov Nov Nov"})
    EXPECT_EQ(parse_cookie_date(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace jackfield::wire
