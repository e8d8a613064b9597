// What recovery keeps in memory: numbers, offsets, who was meant, what goes first when there is too much.
#include "adapter/memory_recovery.hpp"
#include "support/virtual_host.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace jackfield::test {
namespace {

using namespace adapter;
using namespace std::chrono_literals;

engine::outgoing_ref packet(std::string_view text) {
  return base::make_ref<engine::outgoing>(std::vector<engine::message>{{protocol::payload_kind::text, base::shared_bytes(text)}});
}
std::vector<std::string> texts(const std::vector<kept_packet>& all) {
  std::vector<std::string> out;
  for (const auto& p : all) out.emplace_back(p.packet->messages().front().data.chars());
  return out;
}
std::unique_ptr<saved_session> session(std::string pid) {
  auto s = std::make_unique<saved_session>();
  s->sid = "sid of " + pid;
  s->pid = std::move(pid);
  return s;
}
addressees to(std::vector<std::string_view> in, std::vector<std::string_view> except = {}, std::string_view but = {}) {
  return {in, except, but};
}

struct memory : ::testing::Test {
  virtual_host host;
  recovery_limits limits{.away = 120s, .unseen = 45s, .packets = 100, .bytes = 10'000, .sessions = 3, .session_bytes = 10'000};
};

TEST_F(memory, addressees_reach_rooms_without_exceptions) {
  const auto in = [](std::string_view room) { return room == "a" || room == "b"; };
  EXPECT_TRUE(addressees().reach(in));
  EXPECT_TRUE(to({"x", "b"}).reach(in));
  EXPECT_FALSE(to({"x"}).reach(in));
  EXPECT_FALSE(to({"a"}, {"b"}).reach(in));
  EXPECT_FALSE(to({}, {}, "a").reach(in));
  EXPECT_TRUE(to({""}).reach([](std::string_view room) { return room.empty(); }));
}

TEST_F(memory, membership_is_as_it_was_at_each_packet) {
  room_journal j;
  EXPECT_TRUE(j.note("a", move::joined, 3, 1, 10));
  EXPECT_TRUE(j.note("b", move::left, 5, 1, 10));
  const std::vector<std::string> now{"a"};
  membership m(now, j, 2);
  m.advance(3);
  EXPECT_FALSE(m.in("a"));
  EXPECT_TRUE(m.in("b"));
  m.advance(4);
  EXPECT_TRUE(m.in("a"));
  EXPECT_TRUE(m.in("b"));
  m.advance(6);
  EXPECT_FALSE(m.in("b"));
  EXPECT_FALSE(j.note("c", move::joined, 6, 1, 2));
  EXPECT_EQ(j.known_from(), 3u);
  EXPECT_TRUE(j.note("d", move::joined, 9, 8, 2)) << "what lies before the first packet is of no use";
}

TEST_F(memory, offsets_name_packets_of_this_process_alone) {
  recovery_pool pool(host, limits), other(host, limits);
  memory_recovery log(pool), stranger(other);
  std::string text, strange;
  log.write_offset(text);
  EXPECT_EQ(log.read_offset(text).kind, offset_kind::future);
  for (int i = 0; i < 70; ++i) log.record(packet("x"), {});
  EXPECT_EQ(log.read_offset(text).packet, 1u);
  log.write_offset(strange);
  log.record(packet("x"), {});
  EXPECT_EQ(log.read_offset(strange).packet, 71u);
  EXPECT_EQ(stranger.read_offset(text).kind, offset_kind::stranger);
  for (std::string_view odd : {"", "~", "~abcdef.", "abc", "~abcdef.1!", "~abcdef.12345678901", "~abc\"ef.1", "xabcdef.1"})
    EXPECT_EQ(log.read_offset(odd).kind, offset_kind::other) << odd;
}

TEST_F(memory, the_namespace_that_holds_most_loses_its_oldest) {
  recovery_pool pool(host, limits);
  memory_recovery big(pool), small(pool);
  small.record(packet("kept"), {});
  for (int i = 0; i < 5; ++i) big.record(packet(std::string(3000, 'x')), {});
  EXPECT_LE(pool.packet_bytes(), 10'000u);
  EXPECT_EQ(small.first(), 1u);
  EXPECT_GT(big.first(), 2u);
  EXPECT_EQ(big.last(), 5u);
  EXPECT_EQ(host.limits().hits(base::limit::recovery_log), big.first() - 1);
  for (int i = 0; i < 200; ++i) small.record(packet(""), {});
  EXPECT_LE(small.last() - small.first() + 1, 100u);
}

TEST_F(memory, offsets_of_other_workers_name_their_place_here) {
  virtual_host second;
  second.set_number(1);
  const auto tag = recovery_pool::fresh_tag();
  recovery_pool pool(host, limits, tag, 2), beside(second, limits, tag, 2);
  memory_recovery here(pool), there(beside);
  std::vector<std::string> theirs(3);
  for (auto& offset : theirs) {
    here.record(packet("ours"), {});
    there.write_offset(offset);
    const auto mark = there.next_mark();
    there.record(packet("theirs"), {}, &offset == &theirs[1] ? reach::here : reach::all_workers);
    if (&offset != &theirs[1]) here.repeat(packet("theirs"), {}, mark);
  }
  const auto number = [&](const std::string& offset) { return here.read_offset(offset).packet; };
  EXPECT_EQ(number(theirs[0]), 2u);
  EXPECT_EQ(number(theirs[1]), 2u) << "it never came here: the place of the one before";
  EXPECT_EQ(number(theirs[2]), 5u);
  EXPECT_EQ(here.origin_of(here.read_offset(theirs[2]).mark).worker, 1u);
  EXPECT_EQ(here.origin_of(here.read_offset(theirs[2]).mark).number, 3u);
  std::vector<kept_packet> got;
  const std::vector<std::string> nowhere;
  here.missed(3, membership(nowhere, {}, 3), got);
  EXPECT_EQ(texts(got), (std::vector<std::string>{"ours", "theirs"}));
  host.advance(200s);  // all of it is forgotten
  EXPECT_EQ(number(theirs[2]), 0u);
}

TEST_F(memory, packets_stay_while_somebody_may_ask_for_them) {
  recovery_pool pool(host, limits);
  memory_recovery log(pool);
  log.record(packet("early"), {});
  host.advance(150s);
  log.record(packet("late"), {});
  EXPECT_EQ(log.first(), 1u);
  host.advance(31s);
  EXPECT_EQ(log.first(), 2u);
  std::vector<kept_packet> got;
  const std::vector<std::string> nowhere;
  log.missed(1, membership(nowhere, {}, 1), got);
  EXPECT_EQ(texts(got), std::vector<std::string>{"late"});
  host.advance(1000s);
  EXPECT_EQ(log.first(), 3u);
  EXPECT_EQ(pool.packet_bytes(), 0u);
  EXPECT_FALSE(host.timers().next_deadline());
}

TEST_F(memory, sessions_are_taken_once_expire_and_make_room) {
  recovery_pool pool(host, limits);
  memory_recovery log(pool), elsewhere(pool);
  log.save(session("a"));
  EXPECT_EQ(elsewhere.find("a"), nullptr);
  EXPECT_EQ(elsewhere.take("a"), nullptr);
  auto a = log.take("a");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(log.take("a"), nullptr);
  host.advance(100s);
  log.save(session("b"));
  log.save(std::move(a));  // given back: its time goes on
  host.advance(30s);
  EXPECT_EQ(log.find("a"), nullptr);
  EXPECT_NE(log.find("b"), nullptr);
  for (const char* pid : {"c", "d", "e"}) log.save(session(pid));
  EXPECT_EQ(log.find("b"), nullptr);
  EXPECT_EQ(pool.sessions(), 3u);
  EXPECT_EQ(host.limits().hits(base::limit::recovery_sessions), 1u);
  auto large = session("large");
  large->rooms.assign(1000, "a room");
  log.save(std::move(large));
  EXPECT_EQ(log.find("large"), nullptr);
  host.advance(200s);
  EXPECT_EQ(pool.sessions(), 0u);
  EXPECT_EQ(pool.session_bytes(), 0u);
}

TEST_F(memory, a_namespace_takes_its_sessions_with_it) {
  recovery_pool pool(host, limits);
  memory_recovery stays(pool);
  {
    memory_recovery goes(pool);
    goes.record(packet("x"), {});
    goes.save(session("a"));
    stays.save(session("b"));
  }
  EXPECT_EQ(pool.sessions(), 1u);
  EXPECT_EQ(pool.packet_bytes(), 0u);
}

}  // namespace
}  // namespace jackfield::test
