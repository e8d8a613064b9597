#include "base/letter_sheet.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace jackfield::base {
namespace {

/// Says its tail when called, and when it is destroyed.
struct speaker {
  speaker(std::vector<std::string>& s, std::string_view words) : said(s), bytes(words.size()) {
    std::memcpy(letter_sheet::tail_of(*this), words.data(), bytes);
  }
  speaker(const speaker&) = delete;
  speaker& operator=(const speaker&) = delete;
  ~speaker() { said.push_back('~' + words()); }
  void operator()() const { said.push_back(words()); }
  std::string words() const { return {letter_sheet::tail_of(*this), bytes}; }
  static void write(letter_sheet& on, std::vector<std::string>& s, std::string_view words) {
    on.add<speaker>(words.size(), s, words);
  }
  std::vector<std::string>& said;
  std::size_t bytes;
};

struct shared : ref_counted<shared> {
  explicit shared(int& c) : count(c) { ++count; }
  ~shared() { --count; }
  int& count;
};

TEST(letter_sheet, letters_are_called_in_their_order_and_destroyed_together) {
  std::vector<std::string> said;
  letter_sheet s;
  EXPECT_TRUE(s.empty());
  for (const char* words : {"one", "", "a third one, which is a little longer"}) speaker::write(s, said, words);
  EXPECT_EQ(s.size(), 3u);
  s.call_all();
  EXPECT_EQ(said, (std::vector<std::string>{"one", "", "a third one, which is a little longer"}));
  said.clear();
  s.clear();
  EXPECT_TRUE(s.empty());
  EXPECT_EQ(said, (std::vector<std::string>{"~one", "~", "~a third one, which is a little longer"}));
}

TEST(letter_sheet, one_that_is_thrown_away_destroys_its_letters_uncalled) {
  std::vector<std::string> said;
  {
    letter_sheet s;
    speaker::write(s, said, "unread");
  }
  EXPECT_EQ(said, (std::vector<std::string>{"~unread"}));
}

TEST(letter_sheet, has_room_for_what_it_says_and_no_more) {
  std::vector<std::string> said;
  letter_sheet s;
  const std::string words(1000, 'x');
  const auto cost = letter_sheet::cost<speaker>(words.size());
  EXPECT_GE(cost, sizeof(speaker) + words.size());
  EXPECT_EQ(cost % alignof(std::max_align_t), 0u);
  std::size_t n = 0;
  for (; s.has_room(cost); ++n) speaker::write(s, said, words);
  EXPECT_GE(n, letter_sheet::bytes / 1100);
  EXPECT_LE(n * cost, letter_sheet::bytes);
  EXPECT_EQ(s.size(), n);
  s.call_all();
  EXPECT_EQ(said, std::vector<std::string>(n, words));
  s.clear();
  EXPECT_TRUE(s.has_room(cost));
}

TEST(letter_sheet, keeps_what_letters_need_once_until_they_were_destroyed) {
  int a = 0, b = 0;
  letter_sheet s;
  {
    const auto first = make_ref<shared>(a), second = make_ref<shared>(b);
    std::vector<std::string> said;
    s.keep(*first);
    speaker::write(s, said, "1");
    s.keep(*first);
    s.keep(*second);
    s.keep(*first);  // forgotten that it is held, so held twice
    s.call_all();
    EXPECT_EQ(s.size(), 1u);
    EXPECT_EQ(said.size(), 1u);
    s.clear();
    speaker::write(s, said, "2");
    s.keep(*first);
    s.clear();
    s.keep(*first);
  }
  EXPECT_EQ(a, 1);
  EXPECT_EQ(b, 0);
  s.clear();
  EXPECT_EQ(a, 0);
}

/// With a keeper before each letter it is full before it overflows.
TEST(letter_sheet, has_room_for_a_keeper_with_each_letter) {
  int a = 0, b = 0;
  std::vector<std::string> said;
  {
    const auto first = make_ref<shared>(a), second = make_ref<shared>(b);
    letter_sheet s;
    const auto cost = letter_sheet::cost<speaker>(3);
    while (s.has_room(cost)) {
      s.keep(s.size() % 2 == 0 ? *first : *second);
      speaker::write(s, said, "abc");
    }
    s.call_all();
    for (const auto& words : said) ASSERT_EQ(words, "abc");
  }
  EXPECT_EQ(a + b, 0);
}

TEST(letter_sheet, a_letter_that_throws_leaves_the_sheet_whole) {
  struct thrower {
    void operator()() const { throw std::runtime_error("no"); }
  };
  std::vector<std::string> said;
  {
    letter_sheet s;
    speaker::write(s, said, "before");
    s.add<thrower>(0);
    speaker::write(s, said, "behind");
    EXPECT_THROW(s.call_all(), std::runtime_error);
  }
  EXPECT_EQ(said, (std::vector<std::string>{"before", "~before", "~behind"}));
}

}  // namespace
}  // namespace jackfield::base
