// ledger: every copy once. What is lost, doubled, late, written off with a line, or was never meant for somebody.
#include "bench/ledger.hpp"

#include <gtest/gtest.h>

namespace jackfield::bench {
namespace {

struct crowd_of {
  explicit crowd_of(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) all.enter(all.add_place(), 0);
  }
  audience all;
};

TEST(Audience, CountsWhoIsThere) {
  crowd_of c(130);
  EXPECT_EQ(c.all.count(), 130u);
  c.all.leave(129);
  c.all.leave(129);
  EXPECT_EQ(c.all.count(), 129u);
  EXPECT_FALSE(c.all.present(129));
  c.all.enter(129, 5);
  c.all.enter(129, 6);
  EXPECT_EQ(c.all.count(), 130u);
}

TEST(Ledger, AnAnswerCompletesItsMessage) {
  ledger l;
  const auto m = l.open_for(7, 100);
  EXPECT_EQ(l.outstanding(), 1u);
  EXPECT_EQ(l.receive(m, 8).what, arrival::unknown);  // somebody else's answer
  const receipt r = l.receive(m, 7);
  EXPECT_EQ(r.what, arrival::last);
  EXPECT_EQ(r.sender, 7u);
  EXPECT_EQ(l.outstanding(), 0u);
  EXPECT_EQ(l.receive(m, 7).what, arrival::twice);
  EXPECT_EQ(l.receive(m + 1, 7).what, arrival::unknown);
}

TEST(Ledger, EachMemberOnceAndTheLastIsKnown) {
  crowd_of c(100);
  ledger l;
  const auto m = l.open_for(c.all, 3, 0);
  for (std::uint32_t i = 0; i < 99; ++i) EXPECT_EQ(l.receive(m, i).what, arrival::expected);
  EXPECT_EQ(l.receive(m, 42).what, arrival::twice);
  EXPECT_EQ(l.outstanding(), 1u);
  EXPECT_EQ(l.receive(m, 99).what, arrival::last);
  EXPECT_EQ(l.receive(m, 99).what, arrival::twice);   // also when it is finished
  EXPECT_EQ(l.receive(m, 100).what, arrival::twice);  // a finished one is not looked into again
}

TEST(Ledger, WhatDoesNotComeInTimeIsLostUntilItComesLate) {
  crowd_of c(3);
  ledger l;
  const auto old = l.open_for(c.all, 0, 100), young = l.open_for(c.all, 0, 200);
  l.receive(old, 0);
  EXPECT_EQ(l.give_up(150), 2u);
  EXPECT_EQ(l.give_up(150), 0u);
  EXPECT_EQ(l.lost(), 2u);
  EXPECT_EQ(l.outstanding(), 3u);
  EXPECT_EQ(l.receive(old, 1).what, arrival::late);
  EXPECT_EQ(l.lost(), 1u);
  EXPECT_EQ(l.late(), 1u);
  EXPECT_EQ(l.receive(young, 1).what, arrival::expected);
}

TEST(Ledger, ALineThatWasCutTakesWhatItExpectedWithIt) {
  crowd_of c(3);
  ledger l;
  const auto m = l.open_for(c.all, 0, 0);
  l.open_for(2, 0);  // its own request
  c.all.leave(2);
  l.write_off(c.all, 2);
  l.write_off(2);
  EXPECT_EQ(l.written_off(), 2u);
  EXPECT_EQ(l.lost(), 0u);
  EXPECT_EQ(l.receive(m, 0).what, arrival::expected);
  EXPECT_EQ(l.receive(m, 1).what, arrival::last);
  EXPECT_EQ(l.outstanding(), 0u);
}

// A member who comes while messages are under way gets them or not: both are right.
TEST(Ledger, WhatWasSentBeforeSomebodyCameIsNotMeantForHim) {
  crowd_of c(2);
  ledger l;
  const auto before = l.open_for(c.all, 0, 0);
  const auto place = c.all.add_place();
  c.all.enter(place, l.next());
  const auto after = l.open_for(c.all, 0, 0);
  EXPECT_EQ(l.receive(before, static_cast<std::uint32_t>(place)).what, arrival::not_meant);
  EXPECT_EQ(l.receive(after, static_cast<std::uint32_t>(place)).what, arrival::expected);
  EXPECT_EQ(l.receive(after, static_cast<std::uint32_t>(place)).what, arrival::twice);
}

// The others had it all, and it is forgotten by the time its copy reaches the newcomer.
TEST(Ledger, WhatWasCompleteBeforeSomebodyCameIsNotMeantForHimEither) {
  crowd_of c(1);
  ledger l;
  const auto before = l.open_for(c.all, 0, 0);
  EXPECT_EQ(l.receive(before, 0, &c.all).what, arrival::last);
  const auto place = static_cast<std::uint32_t>(c.all.add_place());
  c.all.enter(place, l.next());
  EXPECT_EQ(l.receive(before, place, &c.all).what, arrival::not_meant);
  EXPECT_EQ(l.receive(before, 0, &c.all).what, arrival::twice);
}

// Two rooms use the same places: what one of them got is nothing to the other.
TEST(Ledger, RoomsAreApart) {
  crowd_of one(2), other(2);
  ledger l;
  const auto a = l.open_for(one.all, 0, 0), b = l.open_for(other.all, 0, 0);
  l.write_off(one.all, 1);
  EXPECT_EQ(l.receive(a, 0).what, arrival::last);
  EXPECT_EQ(l.receive(b, 0).what, arrival::expected);
  EXPECT_EQ(l.receive(b, 1).what, arrival::last);
}

TEST(Ledger, MessagesOfAnotherThreadBecomeKnownByTheirCopies) {
  crowd_of c(2);
  ledger l;
  l.open_upto(2, c.all, 10);
  EXPECT_EQ(l.next(), 3u);
  EXPECT_EQ(l.outstanding(), 6u);
  EXPECT_EQ(l.receive(1, 0).what, arrival::expected);
  l.open_upto(1, c.all, 10);  // known already
  EXPECT_EQ(l.next(), 3u);
}

// One message that nobody answers must not keep the memory of all that follow.
TEST(Ledger, IsBoundedBehindAMessageThatNeverCompletes) {
  ledger l;
  const auto never_answered = l.open_for(1, 0);
  for (int i = 0; i < 300'000; ++i) l.receive(l.open_for(2, 0), 2);
  EXPECT_EQ(l.lost(), 1u);
  EXPECT_EQ(l.outstanding(), 0u);
  EXPECT_EQ(l.receive(never_answered, 1).what, arrival::late);
}

}  // namespace
}  // namespace jackfield::bench
