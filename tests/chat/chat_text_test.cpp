#include "chat_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace jackfield::app {
namespace {

std::string times(std::size_t n, const std::string& s) {
  std::string out;
  for (std::size_t i = 0; i < n; ++i) out += s;
  return out;
}

TEST(ChatText, NamesLoseBlanksAtTheEndsAndRunsOfThem) {
  EXPECT_EQ(clean_name("  Ada   Lovelace "), "Ada Lovelace");
  EXPECT_EQ(clean_name("a\u3000\u00A0b"), "a b");
  EXPECT_EQ(clean_name("سارة"), "سارة");
  EXPECT_EQ(clean_name("<b>&amp;"), "<b>&amp;") << "markup is text like any other";
}

TEST(ChatText, NamesHaveOneTo32CodePoints) {
  EXPECT_EQ(clean_name(""), std::nullopt);
  EXPECT_EQ(clean_name(" \u2003 "), std::nullopt);
  EXPECT_EQ(clean_name(times(32, "😀")), times(32, "😀"));
  EXPECT_EQ(clean_name(times(33, "a")), std::nullopt);
  EXPECT_EQ(clean_name(" " + times(32, "a") + " "), times(32, "a"));
  EXPECT_EQ(clean_name(times(16, "a ")), times(15, "a ") + "a");
}

TEST(ChatText, NamesHideNothing) {
  for (const char* s : {"a\nb", "a\tb", "a\x7f", "\u0085", "a\u202Eb", "a\u2066b", "a\u200Bb", "a\u200Fb", "a\u00ADb", "a\uFEFFb",
                        "a\u2028b", "\u3164", "\U000E0041", "\uE000", "a\uFFFE"})
    EXPECT_EQ(clean_name(s), std::nullopt) << s;
  EXPECT_EQ(clean_name(std::string("a\0b", 3)), std::nullopt);
}

TEST(ChatText, WhatIsNotUtf8IsRefused) {
  for (const char* s : {"\xff", "a\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
    EXPECT_EQ(clean_name(s), std::nullopt);
    EXPECT_EQ(clean_text(s), std::nullopt);
  }
}

TEST(ChatText, ARoomMayBeCalledWithItsHash) {
  EXPECT_EQ(clean_room("#lobby"), "lobby");
  EXPECT_EQ(clean_room("##x"), "#x");
  EXPECT_EQ(clean_room("#"), std::nullopt);
}

TEST(ChatText, MessagesKeepLinesAndLoseBlanksAtTheEnds) {
  EXPECT_EQ(clean_text("\n  a\n\tb \n"), "a\n\tb");
  EXPECT_EQ(clean_text(" \n\t "), std::nullopt);
  EXPECT_EQ(clean_text("a\u202Eb"), "a\u202Eb") << "direction marks are the page's to isolate";
  for (const char* s : {"a\rb", "a\x1b[31m", "a\x7f", "\u0085"}) EXPECT_EQ(clean_text(s), std::nullopt);
  EXPECT_EQ(clean_text(std::string("a\0b", 3)), std::nullopt);
}

TEST(ChatText, MessagesHaveAtMost2000CodePoints) {
  EXPECT_EQ(clean_text(times(2000, "😀")), times(2000, "😀"));
  EXPECT_EQ(clean_text(times(2001, "a")), std::nullopt);
  EXPECT_EQ(clean_text(times(100'000, "a")), std::nullopt);
}

TEST(ChatText, KeysAndNonces) {
  EXPECT_TRUE(valid_key("0123456789abcdef"));
  EXPECT_FALSE(valid_key("0123456789abcde"));
  EXPECT_FALSE(valid_key(times(65, "a")));
  EXPECT_FALSE(valid_key("0123456789abcde="));
  EXPECT_TRUE(valid_nonce(""));
  EXPECT_TRUE(valid_nonce("1-2-3"));
  EXPECT_FALSE(valid_nonce(times(33, "a")));
  EXPECT_FALSE(valid_nonce("\x1f"));
  EXPECT_FALSE(valid_nonce("é"));
}

TEST(ChatText, AnIdIsTheSameForAKeyAndTellsItNot) {
  EXPECT_EQ(id_of("0123456789abcdef"), id_of("0123456789abcdef"));
  EXPECT_NE(id_of("0123456789abcdef"), id_of("0123456789abcdeg"));
  EXPECT_EQ(id_of("0123456789abcdef").size(), 16u);
}

TEST(ChatText, NamesThatReadTheSame) {
  EXPECT_TRUE(same_name("Ada", "aDA"));
  EXPECT_FALSE(same_name("Ada", "Ad"));
  EXPECT_FALSE(same_name("Ada", "Adb"));
}

}  // namespace
}  // namespace jackfield::app
