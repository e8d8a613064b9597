#include "transport/cors.hpp"

#include <gtest/gtest.h>

#include <string>

namespace jackfield::transport {
namespace {

http_head_ref request(std::string_view origin, std::string_view asked = {}) {
  http_head::builder b;
  b.request_line("OPTIONS", "/socket.io/").header("Host", "chat.example:8443");
  if (!origin.empty()) b.header("Origin", origin);
  if (!asked.empty()) b.header("Access-Control-Request-Headers", asked);
  return b.build();
}

constexpr auto home = "https://app.example";

TEST(cors, is_off_by_default) {  // S35
  EXPECT_EQ(cors_lines({}, *request(home)), "");
}

TEST(cors, star_is_named_literally_and_never_with_credentials) {  // S35
  EXPECT_EQ(cors_lines({.origin = "*", .credentials = true}, *request(home)), "Access-Control-Allow-Origin: *\r\n");
}

TEST(cors, one_origin_is_always_named) {
  EXPECT_EQ(cors_lines({.origin = home}, *request("https://evil.example")),
            "Access-Control-Allow-Origin: https://app.example\r\nVary: Origin\r\n");
}

TEST(cors, of_several_origins_the_requests_own_is_named_or_none) {  // P51
  cors_options o{.origin = std::vector<std::string>{home, "https://b.example"}};
  EXPECT_EQ(cors_lines(o, *request("https://b.example")), "Access-Control-Allow-Origin: https://b.example\r\nVary: Origin\r\n");
  EXPECT_EQ(cors_lines(o, *request("https://evil.example")), "Vary: Origin\r\n");
}

TEST(cors, a_pattern_a_function_and_reflection_name_the_request_s_origin) {
  cors_options pattern{.origin = std::regex("^https://[a-z]+\\.example$")};
  EXPECT_NE(cors_lines(pattern, *request(home)).find(home), std::string::npos);
  EXPECT_EQ(cors_lines(pattern, *request("https://a.example.evil")), "Vary: Origin\r\n");
  cors_options function{.origin = origin_rule::predicate([](std::string_view o) { return o.starts_with("https://"); })};
  EXPECT_NE(cors_lines(function, *request(home)).find(home), std::string::npos);
  EXPECT_NE(cors_lines({.origin = origin_rule::reflect{}, .credentials = true}, *request(home)).find("Allow-Credentials: true"),
            std::string::npos);
}

TEST(cors, a_preflight_names_methods_and_mirrors_headers) {  // P49
  EXPECT_EQ(preflight_lines({.origin = "*"}, *request(home, "x-one, x-two")),
            "Access-Control-Allow-Origin: *\r\nVary: Access-Control-Request-Headers\r\n"
            "Access-Control-Allow-Methods: GET,HEAD,PUT,PATCH,POST,DELETE\r\nAccess-Control-Allow-Headers: x-one, x-two\r\n");
}

TEST(cors, every_option_reaches_the_preflight) {  // P50
  cors_options o{.origin = home,
                 .credentials = true,
                 .methods = {"GET"},
                 .allowed_headers = {"x-a", "x-b"},
                 .exposed_headers = {"x-c"},
                 .max_age = std::chrono::seconds(60)};
  EXPECT_EQ(preflight_lines(o, *request(home)),
            "Access-Control-Allow-Origin: https://app.example\r\nAccess-Control-Allow-Credentials: true\r\nVary: Origin\r\n"
            "Access-Control-Allow-Methods: GET\r\nAccess-Control-Allow-Headers: x-a,x-b\r\nAccess-Control-Max-Age: 60\r\n"
            "Access-Control-Expose-Headers: x-c\r\n");
}

TEST(origin, a_page_of_another_site_is_not_welcome) {  // S36
  engine_options o;
  EXPECT_TRUE(origin_welcome(o, *request("")));
  EXPECT_TRUE(origin_welcome(o, *request("https://chat.example:8443")));
  EXPECT_TRUE(origin_welcome(o, *request("https://CHAT.example:8443")));
  EXPECT_FALSE(origin_welcome(o, *request("https://chat.example")));
  EXPECT_FALSE(origin_welcome(o, *request("https://evil.example")));
  EXPECT_FALSE(origin_welcome(o, *request("null")));
}

TEST(origin, listed_origins_and_the_switch_open_the_door) {  // S36
  engine_options o;
  o.cors.origin = std::vector<std::string>{home};
  EXPECT_TRUE(origin_welcome(o, *request(home)));
  EXPECT_FALSE(origin_welcome(o, *request("https://evil.example")));
  o.allow_any_origin = true;
  EXPECT_TRUE(origin_welcome(o, *request("https://evil.example")));
}

http_head_ref script(std::string_view site, std::string_view referer) {
  http_head::builder b;
  b.request_line("GET", "/socket.io/?j=0").header("Host", "chat.example:8443");
  if (!site.empty()) b.header("Sec-Fetch-Site", site);
  if (!referer.empty()) b.header("Referer", referer);
  return b.build();
}

TEST(origin, a_script_of_another_site_is_not_welcome_either) {  // S36
  engine_options o;
  EXPECT_TRUE(script_welcome(o, *script("", "")));
  EXPECT_TRUE(script_welcome(o, *script("same-origin", "")));
  EXPECT_TRUE(script_welcome(o, *script("none", "")));
  EXPECT_TRUE(script_welcome(o, *script("", "https://chat.example:8443/page?x=https://evil.example")));
  EXPECT_FALSE(script_welcome(o, *script("cross-site", "")));
  EXPECT_FALSE(script_welcome(o, *script("same-site", "")));
  EXPECT_FALSE(script_welcome(o, *script("cross-site", "https://evil.example/https://chat.example:8443/")));
  EXPECT_FALSE(script_welcome(o, *script("", "https://evil.example")));
  EXPECT_FALSE(script_welcome(o, *script("cross-site", "nonsense")));
  o.cors.origin = std::vector<std::string>{home};
  EXPECT_TRUE(script_welcome(o, *script("cross-site", "https://app.example/page")));
  EXPECT_FALSE(script_welcome(o, *script("cross-site", "https://app.example.evil/page")));
  o.allow_any_origin = true;
  EXPECT_TRUE(script_welcome(o, *script("cross-site", "https://evil.example/")));
}

TEST(origin, a_list_of_hosts_stops_rebinding) {  // S36
  engine_options o;
  EXPECT_TRUE(host_welcome(o, *request("")));
  o.allowed_hosts = {"localhost:3000"};
  EXPECT_FALSE(host_welcome(o, *request("")));
  o.allowed_hosts.emplace_back("Chat.Example:8443");
  EXPECT_TRUE(host_welcome(o, *request("")));
}

}  // namespace
}  // namespace jackfield::transport
