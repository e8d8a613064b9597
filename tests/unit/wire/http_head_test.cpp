#include <jackfield/http.hpp>

#include <gtest/gtest.h>

namespace jackfield::test {
namespace {

using parameters = std::vector<std::pair<std::string, std::string>>;

http_head_ref with_target(std::string_view target) { return http_head::builder().request_line("GET", target).build(); }

TEST(http_head, says_whether_its_connection_is_tls) {  // P159
  EXPECT_FALSE(with_target("/")->secure());
  EXPECT_EQ(with_target("/")->tls(), nullptr);
  auto info = boost::intrusive_ptr<tls_info>(new tls_info);
  info->version = "TLSv1.3";
  const auto head = http_head::builder().request_line("GET", "/").tls(info).build();
  EXPECT_TRUE(head->secure());
  EXPECT_EQ(head->tls()->version, "TLSv1.3");
}

TEST(http_head, keeps_what_the_builder_is_told) {
  const auto head =
      http_head::builder().request_line("POST", "/a?b", 10).header("One", "1").header("Two", "").header("one", "again").build();
  EXPECT_EQ(head->method(), "POST");
  EXPECT_EQ(head->target(), "/a?b");
  EXPECT_EQ(head->version(), 10);
  ASSERT_EQ(head->header_count(), 3u);
  EXPECT_EQ(head->header_at(0).name, "One");
  EXPECT_EQ(head->header_at(2).value, "again");
}

TEST(http_head, may_be_told_the_request_line_late_or_twice) {
  const auto head =
      http_head::builder().header("a", "1").request_line("GET", "/one").header("b", "2").request_line("PUT", "/x").build();
  EXPECT_EQ(head->method(), "PUT");
  EXPECT_EQ(head->target(), "/x");
  EXPECT_EQ(head->header("a"), "1");
  EXPECT_EQ(head->header("b"), "2");
}

TEST(http_head, keeps_lines_of_any_length) {
  for (const std::size_t n : {0u, 1u, 127u, 128u, 16'383u, 16'384u, 3'000'000u}) {
    const std::string name(n, 'n'), value(n, 'v');
    const auto head = http_head::builder().request_line("GET", "/").header(name, value).header("b", "c").build();
    ASSERT_EQ(head->header_count(), 2u);
    EXPECT_EQ(head->header_at(0).name, name);
    EXPECT_EQ(head->header_at(0).value, value);
    EXPECT_EQ(head->header_at(1).value, "c");
    EXPECT_EQ(head->header("B"), "c");
  }
}

TEST(http_head, shows_all_lines_in_order) {
  const auto head = http_head::builder().request_line("GET", "/").header("a", "1").header("", "").header("a", "2").build();
  std::string all;
  for (const auto& [name, value] : head->headers()) all.append(name).append("=").append(value).append(";");
  EXPECT_EQ(all, "a=1;=;a=2;");
  const auto none = http_head::builder().request_line("GET", "/").build();
  EXPECT_EQ(none->headers().begin(), none->headers().end());
}

TEST(http_head, is_one_small_block) { EXPECT_LE(sizeof(http_head), 32u) << "every session keeps one"; }

TEST(http_head, finds_headers_without_regard_to_case) {
  const auto head = http_head::builder()
                        .request_line("GET", "/")
                        .header("Content-Type", "text/plain")
                        .header("X", "first")
                        .header("x", "second")
                        .header("Empty", "")
                        .build();
  EXPECT_EQ(head->header("content-TYPE"), "text/plain");
  EXPECT_EQ(head->header("X"), "first");
  EXPECT_EQ(head->header("content-typ"), "");
  EXPECT_TRUE(head->has_header("empty"));
  EXPECT_FALSE(head->has_header("content"));
  EXPECT_EQ(head->header("Content@Type"), "") << "'@' is not a small '`'";
}

TEST(http_head, splits_the_target) {
  EXPECT_EQ(with_target("/a/b?c=d?e")->path(), "/a/b");
  EXPECT_EQ(with_target("/a/b?c=d?e")->query_string(), "c=d?e");
  EXPECT_EQ(with_target("/a")->path(), "/a");
  EXPECT_EQ(with_target("/a")->query_string(), "");
  EXPECT_EQ(with_target("/a?")->query_string(), "");
  EXPECT_EQ(with_target("/a?b#c?d")->query_string(), "b");
  EXPECT_EQ(with_target("/a#b?c")->path(), "/a");
  EXPECT_EQ(with_target("/a#b?c")->query_string(), "");
  EXPECT_EQ(with_target("/%61?%62")->path(), "/%61") << "not decoded";
}

// S18
TEST(http_head, the_last_of_repeated_parameters_wins) {
  const auto head = with_target("/?transport=polling&EIO=3&transport=websocket&EIO=4&%74ransport=last");
  EXPECT_EQ(head->query("transport"), "last");
  EXPECT_EQ(head->query("EIO"), "4");
  EXPECT_EQ(head->query("eio"), std::nullopt);
  EXPECT_EQ(head->query_parameters(), (parameters{{"transport", "last"}, {"EIO", "4"}}));
}

TEST(http_head, only_a_whole_name_is_that_name) {
  const auto head = with_target("/?sids=1&x=sid&id=2&%73%69d=3&EI%4f=4&t%20x=5&t+y=6");
  EXPECT_EQ(head->query("sid"), "3");
  EXPECT_EQ(head->query("EIO"), "4");
  EXPECT_EQ(head->query("t x"), "5");
  EXPECT_EQ(head->query("t y"), "6");
  EXPECT_EQ(head->query("t"), std::nullopt);
  EXPECT_EQ(with_target("/?sids=1&x=sid&id=2")->query("sid"), std::nullopt);
  EXPECT_EQ(with_target("/?a=1&si=2")->query("sid"), std::nullopt);
}

TEST(http_head, decodes_as_urlsearchparams_does) {
  const auto head = with_target("/?a=1+2%203&b&=c&&d=x=y&e=%&f=%4&g=%zz&%2B=%2b&h=%e2%82%ac&i=");
  EXPECT_EQ(head->query("a"), "1 2 3");
  EXPECT_EQ(head->query("b"), "");
  EXPECT_EQ(head->query(""), "c");
  EXPECT_EQ(head->query("d"), "x=y");
  EXPECT_EQ(head->query("e"), "%");
  EXPECT_EQ(head->query("f"), "%4");
  EXPECT_EQ(head->query("g"), "%zz");
  EXPECT_EQ(head->query("+"), "+");
  EXPECT_EQ(head->query("h"), "\xe2\x82\xac");
  EXPECT_EQ(head->query("i"), "");
  EXPECT_EQ(head->query("j"), std::nullopt);
  EXPECT_EQ(head->query_parameters().size(), 10u);
}

// What Node's URLSearchParams makes of these.
TEST(http_head, what_is_not_utf8_is_replaced) {
  const auto decoded = [](std::string_view text) { return *with_target("/?a=" + std::string(text))->query("a"); };
  const std::string r = "\xef\xbf\xbd";
  EXPECT_EQ(decoded("x%FFy"), "x" + r + "y");
  EXPECT_EQ(decoded("%E2%82"), r) << "one for a cut character";
  EXPECT_EQ(decoded("%E2%82z"), r + "z");
  EXPECT_EQ(decoded("%E2%82%E2%82%AC"), r + "\xe2\x82\xac");
  EXPECT_EQ(decoded("%ED%A0%80"), r + r + r) << "a surrogate";
  EXPECT_EQ(decoded("%C0%80"), r + r);
  EXPECT_EQ(decoded("%F0%9F%98%F0%9F%98%80"), r + "\xf0\x9f\x98\x80");
  EXPECT_EQ(decoded("%00"), std::string(1, '\0'));
  EXPECT_EQ(with_target("/?%FF=1")->query(r), "1");
}

TEST(http_head, a_query_of_many_names_is_read_in_good_time) {
  std::string target = "/?";
  for (int i = 0; i < 20'000; ++i) target += std::to_string(i % 10'000) + "&";
  const auto all = with_target(target)->query_parameters();
  ASSERT_EQ(all.size(), 10'000u);
  EXPECT_EQ(all[9'999].first, "9999");
}

TEST(http_head, is_shared_by_reference) {
  auto head = with_target("/x");
  const auto* const first = head.get();
  auto other = head;
  head.reset();
  EXPECT_EQ(other.get(), first);
  EXPECT_EQ(other->target(), "/x");
}

}  // namespace
}  // namespace jackfield::test
