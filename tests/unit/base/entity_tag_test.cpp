#include "base/entity_tag.hpp"

#include <gtest/gtest.h>

using namespace jackfield::base;

TEST(entity_tag, is_fnv_1a_of_64_bits_in_quotes) {
  EXPECT_EQ(entity_tag(""), "\"cbf29ce484222325\"");
  EXPECT_EQ(entity_tag("a"), "\"af63dc4c8601ec8c\"");
  EXPECT_EQ(entity_tag("foobar"), "\"85944171f73967e8\"");
}

TEST(entity_tag, takes_bytes_beyond_ascii_as_they_are) {
  EXPECT_EQ(entity_tag("\xff"), "\"af64724c8602eb6e\"");  // a signed char would mix in more than its eight bits
  EXPECT_NE(entity_tag(std::string_view("a\0", 2)), entity_tag("a"));
}

TEST(entity_tag, is_named_alone_weak_in_a_list_and_by_a_star) {
  const auto tag = entity_tag("x");
  EXPECT_TRUE(names_entity_tag(tag, tag));
  EXPECT_TRUE(names_entity_tag("W/" + tag, tag));
  EXPECT_TRUE(names_entity_tag("\"other\", " + tag, tag));
  EXPECT_TRUE(names_entity_tag("*", tag));
}

TEST(entity_tag, is_not_named_by_nothing_another_or_a_part) {
  const auto tag = entity_tag("x");
  EXPECT_FALSE(names_entity_tag("", tag));
  EXPECT_FALSE(names_entity_tag(entity_tag("y"), tag));
  EXPECT_FALSE(names_entity_tag(tag.substr(0, tag.size() - 1), tag));
}
