#include "chat_rooms.hpp"

#include <gtest/gtest.h>

#include <string>

namespace jackfield::app {
namespace {

using namespace std::chrono_literals;

message said(std::string text) {
  message m;
  m.text = std::move(text);
  return m;
}

TEST(ChatRooms, HistoryHoldsTheLastFifty) {
  rooms all;
  all.open("r");
  for (int i = 0; i < 60; ++i) all.keep("r", said(std::to_string(i)));
  const auto& h = all.find("r")->history();
  ASSERT_EQ(h.size(), 50u);
  EXPECT_EQ(h.front().text, "10");
  EXPECT_EQ(h.back().text, "59");
}

TEST(ChatRooms, HistoryHoldsSoManyBytes) {
  rooms all({.rooms = 2, .history = 50, .history_bytes = 1000});
  all.open("r");
  for (int i = 0; i < 10; ++i) all.keep("r", said(std::string(300, static_cast<char>('a' + i))));
  const auto& h = all.find("r")->history();
  ASSERT_EQ(h.size(), 3u);
  EXPECT_EQ(h.back().text[0], 'j');
  all.keep("r", said(std::string(1001, 'x')));
  EXPECT_TRUE(h.empty()) << "what is too large for the room is not kept at all";
}

TEST(ChatRooms, AnEmptyRoomUsedLongestAgoGivesWay) {
  rooms all({.rooms = 3});
  all.open("busy")->enter({"p", "P"}, "v");
  all.open("old");
  all.open("young");
  all.touch("old");
  ASSERT_NE(all.open("new"), nullptr);
  EXPECT_EQ(all.find("young"), nullptr);
  EXPECT_NE(all.find("busy"), nullptr);
  EXPECT_NE(all.find("old"), nullptr);
  EXPECT_EQ(all.size(), 3u);
}

TEST(ChatRooms, RoomsWithPeopleDoNotGiveWay) {
  rooms all({.rooms = 2});
  all.open("a")->enter({"p", "P"}, "v");
  all.open("b")->enter({"q", "Q"}, "w");
  EXPECT_EQ(all.open("c"), nullptr);
  EXPECT_NE(all.open("a"), nullptr) << "an old room needs no new place";
}

TEST(ChatRooms, AVisitThatWasReplacedTakesNobodyOut) {
  room r;
  EXPECT_TRUE(r.enter({"p", "P"}, "first"));
  EXPECT_FALSE(r.enter({"p", "P"}, "second"));
  EXPECT_FALSE(r.leave("p", "first"));
  EXPECT_EQ(r.size(), 1u);
  EXPECT_TRUE(r.leave("p", "second"));
  EXPECT_FALSE(r.leave("p", "second"));
  EXPECT_EQ(r.size(), 0u);
}

TEST(ChatRooms, NothingHappensToRoomsThatAreNot) {
  rooms all;
  all.keep("none", said("x"));
  all.touch("none");
  EXPECT_EQ(all.find("none"), nullptr);
  EXPECT_EQ(all.size(), 0u);
}

TEST(TokenBucket, SoManyAtOnceThenSoManyASecond) {
  token_bucket b(3, 2);
  const token_bucket::time_point t{};
  EXPECT_TRUE(b.take(t));
  EXPECT_TRUE(b.take(t));
  EXPECT_TRUE(b.take(t));
  EXPECT_FALSE(b.take(t));
  EXPECT_FALSE(b.take(t + 400ms));
  EXPECT_TRUE(b.take(t + 600ms));
  EXPECT_FALSE(b.take(t + 700ms));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(b.take(t + 1h)) << "never more than the burst";
  EXPECT_FALSE(b.take(t + 1h));
}

}  // namespace
}  // namespace jackfield::app
