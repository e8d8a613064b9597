// stamp: what names a message, there and back.
#include "bench/stamp.hpp"

#include <gtest/gtest.h>

namespace jackfield::bench {
namespace {

TEST(Stamp, ComesBackAsItWent) {
  std::string text = "before";
  append_stamped(text, {0xa1b2, 3, 0xdeadbeef, 123'456'700}, 64);
  ASSERT_EQ(text.size(), 6u + 64u);
  stamp s;
  ASSERT_TRUE(read_stamp(std::string_view(text).substr(6), s));
  EXPECT_EQ(s.run, 0xa1b2);
  EXPECT_EQ(s.thread, 3);
  EXPECT_EQ(s.message, 0xdeadbeefu);
  EXPECT_EQ(s.meant, 123'456'700);
  EXPECT_EQ(text.find_first_not_of("0123456789abcdefx", 6), std::string::npos);  // no escapes in JSON
}

TEST(Stamp, TheShortestIsTheStampAlone) {
  std::string text;
  append_stamped(text, {1, 2, 3, 4 * stamp::unit + 99}, stamp::size);
  EXPECT_EQ(text.size(), stamp::size);
  stamp s;
  ASSERT_TRUE(read_stamp(text, s));
  EXPECT_EQ(s.meant, 4 * stamp::unit);  // cut to the unit
}

TEST(Stamp, AnythingElseIsNone) {
  stamp s;
  std::string text;
  append_stamped(text, {1, 2, 3, 4}, stamp::size);
  EXPECT_FALSE(read_stamp("", s));
  EXPECT_FALSE(read_stamp("hello", s));
  EXPECT_FALSE(read_stamp(std::string_view(text).substr(1), s));
  for (std::size_t i = 0; i < stamp::size; ++i) {
    std::string wrong = text;
    wrong[i] = 'G';
    EXPECT_FALSE(read_stamp(wrong, s)) << i;
    wrong[i] = 'A';
    EXPECT_FALSE(read_stamp(wrong, s)) << i;
  }
}

}  // namespace
}  // namespace jackfield::bench
