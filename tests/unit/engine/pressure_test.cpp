// Peers that do not take what they are sent.
#include "engine_rig.hpp"

#include "engine/packet_queue.hpp"

#include <array>
#include <string>

namespace jackfield::test {
namespace {

using namespace std::chrono_literals;
using engine::close_reason;

class pressure : public rig {
 protected:
  pressure() {
    options.max_unsent_bytes = 4000;
    options.pause_reading_bytes = 1000;
  }
  const std::string block = std::string(499, 'x');  // 500 bytes with its digit
};

// S32
TEST_F(pressure, defaults_are_four_megabytes_and_one) {
  const engine::session_options by_default;
  EXPECT_EQ(by_default.max_unsent_bytes, 4u << 20);
  EXPECT_EQ(by_default.pause_reading_bytes, 1u << 20);
}

// S32
TEST_F(pressure, a_stream_above_the_limit_ends_at_the_end_of_the_turn) {
  open_websocket();
  ws->hold();
  for (int i = 0; i < 7; ++i) EXPECT_TRUE(say(block));
  EXPECT_TRUE(say(block.substr(1)));
  EXPECT_FALSE(say(block));
  expect_open();          // the caller's ground holds
  EXPECT_FALSE(say(""));  // but nothing follows what was dropped
  EXPECT_FALSE(s->writable());
  host.run_turn();
  expect_closed(close_reason::slow_consumer);
  EXPECT_EQ(host.limits().hits(base::limit::unsent_bytes), 1u);
  EXPECT_TRUE(ws->aborted);
  EXPECT_EQ(ws->take().size(), 8u);
}

// S32
TEST_F(pressure, undelivered_packets_of_polling_count) {
  open_polling();
  int taken = 0;
  while (say(block)) ++taken;
  EXPECT_EQ(taken, 7);  // 499 bytes and their bookkeeping
  EXPECT_LE(s->unsent_bytes(), options.max_unsent_bytes);
  host.run_turn();
  expect_closed(close_reason::slow_consumer);
  EXPECT_EQ(s->unsent_bytes(), 0u);
}

// S32
TEST_F(pressure, empty_messages_have_a_limit_too) {
  open_polling();
  int taken = 0;
  while (say("") && taken < 10000) ++taken;
  EXPECT_LE(s->unsent_bytes(), options.max_unsent_bytes);
  EXPECT_LT(taken, 200);
}

// S32
TEST_F(pressure, a_group_over_the_limit_is_dropped_whole) {
  open_websocket();
  ws->hold();
  for (int i = 0; i < 7; ++i) say(block);
  ws->take();
  const engine::message_view m{protocol::payload_kind::binary, block};
  const std::array group{m, m};
  EXPECT_FALSE(s->send(group));
  EXPECT_EQ(ws->take(), packets{});
}

// S32: a poll that is there does not help what no session may hold
TEST_F(pressure, after_an_overrun_nothing_volatile_is_taken_either) {
  open_polling();
  get();
  EXPECT_FALSE(say(std::string(5000, 'x')));
  EXPECT_FALSE(s->writable());
  EXPECT_FALSE(say_volatile(""));
  host.run_turn();
  expect_closed(close_reason::slow_consumer);
  EXPECT_EQ(poll->take(), std::vector<packets>{{"1"}});
}

// S32
TEST_F(pressure, shared_messages_are_counted_as_well) {
  open_polling();
  const engine::outgoing_ref big(
      new engine::outgoing({{protocol::payload_kind::text, base::shared_bytes(std::string(5000, 'x'))}}));
  EXPECT_EQ(big->bytes(), 5000u);
  EXPECT_FALSE(s->send(big));
  host.run_turn();
  expect_closed(close_reason::slow_consumer);
}

// S32
TEST_F(pressure, reading_stops_above_the_mark_and_goes_on_below_half) {
  open_websocket();
  ws->hold();
  say(block);
  say(block);
  EXPECT_FALSE(ws->paused);
  say(block);
  EXPECT_TRUE(ws->paused);
  ws->drain(*s, 501);
  EXPECT_TRUE(ws->paused);
  ws->drain(*s, 500);
  EXPECT_FALSE(ws->paused);
  say(block);
  EXPECT_FALSE(ws->paused);
  say(block);
  EXPECT_TRUE(ws->paused);
}

// S32
TEST_F(pressure, polling_reads_on_when_a_poll_has_fetched) {
  open_polling();
  say(block);
  say(block);
  EXPECT_TRUE(poll->paused);
  get();
  EXPECT_FALSE(poll->paused);
}

// S32
TEST_F(pressure, the_user_and_the_backlog_hold_reading_independently) {
  open_websocket();
  ws->hold();
  s->pause_reading(true);
  for (int i = 0; i < 3; ++i) say(block);
  s->pause_reading(false);
  EXPECT_TRUE(ws->paused);
  s->pause_reading(true);
  ws->drain(*s);
  EXPECT_TRUE(ws->paused);
  s->pause_reading(false);
  EXPECT_FALSE(ws->paused);
}

// S32: a peer that fetches nothing is not spared its pong
TEST_F(pressure, a_backlog_does_not_stop_the_heartbeat) {
  open_polling();
  say(block);
  say(block);
  EXPECT_TRUE(poll->paused);
  host.advance(45s);
  expect_closed(close_reason::ping_timeout);
}

// S32
TEST_F(pressure, a_backlog_moves_to_the_new_road) {
  open_probed();
  say(block);
  say(block);
  EXPECT_TRUE(poll->paused);
  ws->hold();
  hear(*ws, {"5"});
  EXPECT_EQ(s->unsent_bytes(), 1000u);
  EXPECT_TRUE(ws->paused);
  ws->drain(*s);
  EXPECT_FALSE(ws->paused);
}

// S32
TEST_F(pressure, a_new_road_that_takes_the_backlog_at_once_is_read_from) {
  open_probed();
  say(block);
  say(block);
  hear(*ws, {"5"});
  EXPECT_FALSE(ws->paused);
}

// S32
TEST_F(pressure, a_close_in_the_turn_of_the_overrun_wins_on_a_stream) {
  open_websocket();
  ws->hold();
  while (say(block)) {
  }
  s->close();
  expect_closed(close_reason::forced_close);
  host.run_turn();
  EXPECT_EQ(listener.closes, 1);
}

// --- lanes: what waits, by the rules of whose it is

class lanes : public rig {
 protected:
  lanes() {
    options.send_ahead_bytes = 1000;
    options.max_unsent_bytes = 100'000;
    open_websocket();
    ws->hold();
  }
  engine::sent emit(std::string_view text, const engine::terms& t = {.patient = engine::patience::droppable}) {
    const engine::message_view m{protocol::payload_kind::text, text};
    return s->send({&m, 1}, t, {7, &rules});
  }
  /// Fills what the stream may hold.
  void fill_the_road() {
    emit(std::string(1200, '.'));
    EXPECT_EQ(ws->take().size(), 1u);
  }
  /// All that comes while the peer takes everything.
  packets rest() {
    packets out;
    for (;;) {
      ws->drain(*s);
      host.run_turn();
      const auto more = ws->take();
      if (more.empty()) return out;
      out.insert(out.end(), more.begin(), more.end());
    }
  }
  static constexpr std::size_t one(std::size_t bytes) { return engine::packet_queue::cost(bytes, 1); }
  outbound_options rules;
};

TEST_F(lanes, what_the_stream_may_not_hold_waits_and_follows_in_order) {
  fill_the_road();
  EXPECT_TRUE(emit("a"));
  EXPECT_TRUE(emit("b"));
  host.run_turn();
  EXPECT_EQ(ws->take(), packets{});
  EXPECT_EQ(s->waiting_bytes(7), 2 * one(1));
  EXPECT_EQ(rest(), (packets{"4a", "4b"}));
  EXPECT_EQ(s->unsent_bytes(), 0u);
  EXPECT_TRUE(emit("c"));
  EXPECT_EQ(ws->take(), packets{"4c"});  // straight again
}

TEST_F(lanes, a_close_says_first_what_waits) {
  fill_the_road();
  for (int i = 0; i < 5; ++i) emit(std::string(900, 'x'));
  s->close();
  EXPECT_EQ(ws->take().size(), 5u);
  EXPECT_TRUE(ws->closed);
}

TEST_F(lanes, a_full_lane_ends_the_session) {  // S32
  rules = {.limit_bytes = 2 * one(10), .policy = overflow::disconnect};
  fill_the_road();
  EXPECT_TRUE(emit("0123456789"));
  EXPECT_TRUE(emit("0123456789"));
  EXPECT_FALSE(emit("x"));
  host.run_turn();
  expect_closed(close_reason::slow_consumer);
}

TEST_F(lanes, the_oldest_give_way_to_the_newest) {
  rules = {.limit_bytes = 2 * one(1), .policy = overflow::drop_oldest};
  fill_the_road();
  emit("a");
  emit("b");
  const auto third = emit("c");
  EXPECT_TRUE(third.accepted);
  EXPECT_EQ(third.displaced.groups, 1u);
  EXPECT_EQ(rest(), (packets{"4b", "4c"}));
  EXPECT_EQ(host.limits().hits(base::limit::outbound), 1u);
}

TEST_F(lanes, what_its_own_lane_does_not_let_in_counts_as_displaced) {
  rules = {.limit_bytes = one(10), .policy = overflow::drop_oldest};
  fill_the_road();
  emit("a", {.patient = engine::patience::droppable, .number = 3});
  const auto large = emit(std::string(100, 'x'), {.patient = engine::patience::droppable, .number = 4});
  EXPECT_FALSE(large.accepted);
  EXPECT_EQ(large.displaced.groups, 2u);
  EXPECT_EQ(large.displaced.lowest, 3u);
  expect_open();
}

TEST_F(lanes, what_must_arrive_does_not_give_way) {
  rules = {.limit_bytes = 2 * one(1), .policy = overflow::drop_oldest};
  fill_the_road();
  emit("a", {});  // an answer
  emit("b", {});
  const auto event = emit("c");
  EXPECT_FALSE(event.accepted);
  expect_open();
  EXPECT_FALSE(emit("d", {}));  // one answer too many
  host.run_turn();
  expect_closed(close_reason::slow_consumer);
}

TEST_F(lanes, other_lanes_are_left_alone) {
  rules = {.limit_bytes = one(1), .policy = overflow::drop_oldest};
  fill_the_road();
  const engine::message_view m{protocol::payload_kind::text, "other"};
  outbound_options generous;
  EXPECT_TRUE(s->send({&m, 1}, {.patient = engine::patience::droppable}, {8, &generous}));
  emit("a");
  emit("b");
  EXPECT_EQ(rest(), (packets{"4other", "4b"}));
}

TEST_F(lanes, the_latest_of_a_key_stands_for_all_before_it) {
  rules = {.policy = overflow::keep_latest};
  fill_the_road();
  const auto keyed = [&](std::string_view text, std::string_view key) {
    return emit(text, {.patient = engine::patience::droppable, .key = key});
  };
  keyed("a1", "a");
  keyed("b1", "b");
  emit("plain");
  EXPECT_EQ(keyed("a2", "a").displaced.groups, 1u);
  EXPECT_EQ(rest(), (packets{"4a2", "4b1", "4plain"}));
  keyed("a3", "a");  // nothing waits
  EXPECT_EQ(ws->take(), packets{"4a3"});
}

TEST_F(lanes, keys_have_a_limit_too) {
  rules = {.limit_bytes = 2 * one(2), .policy = overflow::keep_latest};
  fill_the_road();
  const auto keyed = [&](std::string_view text) { return emit(text, {.patient = engine::patience::droppable, .key = text}); };
  keyed("k1");
  keyed("k2");
  EXPECT_EQ(keyed("k3").displaced.groups, 1u);
  EXPECT_EQ(rest(), (packets{"4k2", "4k3"}));
}

TEST_F(lanes, volatile_messages_may_wait_while_there_is_room) {
  rules = {.limit_bytes = 2 * one(1), .policy = overflow::drop_volatile};
  fill_the_road();
  const engine::terms fleeting{.how = engine::delivery::if_writable, .patient = engine::patience::droppable};
  EXPECT_TRUE(emit("a", fleeting));
  EXPECT_TRUE(emit("b"));
  EXPECT_EQ(emit("c").displaced.groups, 1u);  // the volatile one
  EXPECT_FALSE(emit("d", fleeting));
  expect_open();
  EXPECT_EQ(rest(), (packets{"4b", "4c"}));
}

}  // namespace
}  // namespace jackfield::test
