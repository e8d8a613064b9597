#include "wire/http_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace jackfield::wire {
namespace {

// Words of eight bytes and what is behind them, and neighbours that a carry or borrow could reach.
template <class Whole, class Each>
void agree(Whole&& whole, Each&& each, char good, std::size_t at_least) {
  for (std::size_t size = at_least; size <= 19; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int c = 0; c < 256; ++c) {
        std::string text(size, good);
        text[at] = static_cast<char>(c);
        ASSERT_EQ(whole(text), each(text[at])) << ::testing::PrintToString(text);
        if (at == 0) continue;
        text[at - 1] = '\x7e';
        ASSERT_EQ(whole(text), each(text[at])) << ::testing::PrintToString(text);
      }
    }
  }
}

TEST(http_text, visible_is_every_byte_or_not_at_all) {
  EXPECT_FALSE(is_visible(""));
  for (const char good : {'!', '~', 'a'}) {
    agree([](const std::string& t) { return is_visible(t); }, [](char c) { return c >= 0x21 && c <= 0x7e; }, good, 1);
  }
}

TEST(http_text, a_header_value_is_every_byte_or_not_at_all) {
  EXPECT_TRUE(header_value(""));
  const auto each = [](char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); };
  for (const char good : {' ', '~', '\xff'}) agree([](const std::string& t) { return header_value(t); }, each, good, 1);
}

}  // namespace
}  // namespace jackfield::wire
