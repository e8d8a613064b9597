#include "base/query.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace jackfield::base {
namespace {

constexpr std::array<std::string_view, 3> keys{"EIO", "sid", "a b"};

std::array<query_text, keys.size()> find(std::string_view query) {
  std::array<query_text, keys.size()> found;
  find_parameters(query, keys, found);
  return found;
}

TEST(query, several_parameters_are_found_in_one_pass) {
  const auto found = find("&&EIO=4&x=1&sid=abc&a+b=c&t=&");
  EXPECT_TRUE(found[0] == "4");
  EXPECT_TRUE(found[1] == "abc");
  EXPECT_TRUE(found[2] == "c");
}

TEST(query, the_last_of_a_name_counts) {
  EXPECT_TRUE(find("sid=1&sid=2&SID=3")[1] == "2");
  EXPECT_TRUE(find("sid=1&s%69d=%32")[1] == "2");
  EXPECT_TRUE(find("sid=1&sid")[1].empty());
}

TEST(query, what_is_not_there_is_equal_to_nothing) {
  for (const std::string_view query : {"", "&", "side=1", "si=1", "=sid", "a=sid", "%sid=1", "sid%=1", "sid+=1"}) {
    const auto found = find(query)[1];
    EXPECT_FALSE(found) << query;
    EXPECT_FALSE(found == "") << query;
    EXPECT_TRUE(found.empty()) << query;
    EXPECT_EQ(found.decoded(), "") << query;
  }
  const auto empty = find("sid=")[1];
  EXPECT_TRUE(empty);
  EXPECT_TRUE(empty == "");
}

TEST(query, a_value_is_decoded_where_there_is_something_to_decode) {
  const std::string query = "sid=a%20b+c&EIO=plain=text&a%20b=%FF";
  const auto found = find(query);
  std::string room;
  EXPECT_EQ(found[1].view(room), "a b c");
  EXPECT_EQ(room, "a b c");
  EXPECT_TRUE(found[1] == "a b c");
  EXPECT_EQ(found[1].decoded(), "a b c");
  room = "untouched";
  const auto plain = found[0].view(room);
  EXPECT_EQ(plain, "plain=text");
  EXPECT_EQ(plain.data(), query.data() + query.find("plain"));
  EXPECT_EQ(room, "untouched");
  EXPECT_EQ(found[2].decoded(), "\xEF\xBF\xBD");
  EXPECT_TRUE(find("sid=\xC3\xA9")[1] == "\xC3\xA9");
  EXPECT_TRUE(find("sid=\xC3")[1] == "\xEF\xBF\xBD");
}

}  // namespace
}  // namespace jackfield::base
