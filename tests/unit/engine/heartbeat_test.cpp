#include "engine_rig.hpp"

namespace jackfield::test {
namespace {

using namespace std::chrono_literals;
using engine::close_reason;

using heartbeat = rig;

// P63
TEST_F(heartbeat, pings_an_interval_after_the_open_and_an_interval_after_the_pong) {
  open_websocket();
  host.advance(24999ms);
  EXPECT_EQ(ws->take(), packets{});
  host.advance(1ms);
  EXPECT_EQ(ws->take(), packets{"2"});
  host.advance(5s);
  EXPECT_TRUE(hear(*ws, {"3"}));
  host.advance(24999ms);
  EXPECT_EQ(ws->take(), packets{});
  host.advance(1ms);
  EXPECT_EQ(ws->take(), packets{"2"});
}

// P63
TEST_F(heartbeat, a_pong_nobody_asked_for_restarts_the_interval) {
  open_websocket();
  host.advance(20s);
  hear(*ws, {"3"});
  host.advance(24999ms);
  EXPECT_EQ(ws->take(), packets{});
  host.advance(1ms);
  EXPECT_EQ(ws->take(), packets{"2"});
}

// P64 S23
TEST_F(heartbeat, ends_a_websocket_without_pong_after_25_and_20_seconds) {
  open_websocket();
  host.advance(25s + 20s - 1ms);
  expect_open();
  host.advance(1ms);
  expect_closed(close_reason::ping_timeout);
  EXPECT_TRUE(ws->closed);
  EXPECT_TRUE(ws->detached);
  EXPECT_FALSE(ws->aborted);
}

// P64
TEST_F(heartbeat, ends_polling_without_pong_and_releases_the_poll) {
  open_polling();
  get();
  host.advance(25s);
  EXPECT_EQ(poll->take(), std::vector<packets>{{"2"}});
  get();
  host.advance(20s);
  expect_closed(close_reason::ping_timeout);
  EXPECT_EQ(poll->take(), std::vector<packets>{{"1"}});
}

// P64
TEST_F(heartbeat, a_ping_that_no_poll_fetched_counts_too) {
  open_polling();
  host.advance(45s);
  expect_closed(close_reason::ping_timeout);
  EXPECT_TRUE(poll->take().empty());
}

// P65
TEST_F(heartbeat, messages_do_not_postpone_ping_or_timeout) {
  open_websocket();
  for (int i = 0; i < 24; ++i) {
    host.advance(1s);
    hear(*ws, {"4still here"});
    say("so am i");
  }
  ws->take();
  host.advance(1s);
  EXPECT_EQ(ws->take(), packets{"2"});
  for (int i = 0; i < 19; ++i) {
    host.advance(1s);
    hear(*ws, {"4still here"});
  }
  expect_open();
  host.advance(1s);
  expect_closed(close_reason::ping_timeout);
}

// S23: after a stall the reads come first, then the timers
TEST_F(heartbeat, a_pong_that_is_read_before_the_timers_saves_a_late_session) {
  open_websocket();
  host.advance(25s);
  hear(*ws, {"3"});
  host.advance(24s);
  expect_open();
}

// P66
TEST_F(heartbeat, goes_on_after_an_upgrade_at_the_time_the_client_expects) {
  open_probed();
  host.advance(9s);
  hear(*ws, {"5"});
  host.advance(16s - 1ms);
  EXPECT_EQ(ws->take(), packets{});
  host.advance(1ms);
  EXPECT_EQ(ws->take(), packets{"2"});
  host.advance(20s);
  expect_closed(close_reason::ping_timeout);
}

// P66: where the reference would never ping again
TEST_F(heartbeat, a_pong_owed_over_an_upgrade_gets_a_fresh_timeout_and_is_still_owed) {
  open_polling();
  get();
  host.advance(25s);
  EXPECT_EQ(poll->take(), std::vector<packets>{{"2"}});
  host.advance(15s);
  s->offer_candidate(ws);
  hear(*ws, {"2probe", "5"});
  host.advance(19999ms);
  expect_open();
  host.advance(1ms);
  expect_closed(close_reason::ping_timeout);
}

TEST_F(heartbeat, a_peer_we_do_not_read_from_is_not_blamed) {
  open_websocket();
  host.advance(25s);
  s->pause_reading(true);
  EXPECT_TRUE(ws->paused);
  host.advance(1h + 7s);
  expect_open();
  s->pause_reading(false);
  EXPECT_FALSE(ws->paused);
  host.advance(19999ms);
  expect_open();
  host.advance(1ms);
  expect_closed(close_reason::ping_timeout);
}

/// With the times of the official suites.
struct quick_heartbeat : rig {
  quick_heartbeat() {
    options.ping_interval = 300ms;
    options.ping_timeout = 200ms;
  }
};

TEST_F(quick_heartbeat, intervals_are_options) {
  open_websocket();
  host.advance(499ms);
  EXPECT_EQ(ws->take(), packets{"2"});
  expect_open();
  host.advance(1ms);
  expect_closed(close_reason::ping_timeout);
}

// P64: the official suites ask 500 ms after the open, and the official server has closed by then.
TEST_F(quick_heartbeat, a_ping_within_its_millisecond_does_not_make_the_end_later) {
  open_websocket();
  host.turn_after(300ms + 900us);
  EXPECT_EQ(ws->take(), packets{"2"});
  host.turn_after(199ms + 100us - 1ns);
  expect_open();
  host.turn_after(1ns);
  expect_closed(close_reason::ping_timeout);
}

// S23
TEST_F(quick_heartbeat, a_ping_that_we_send_late_leaves_the_peer_all_its_time) {
  open_websocket();
  host.turn_after(450ms);
  EXPECT_EQ(ws->take(), packets{"2"});
  host.turn_after(200ms - 1ns);
  expect_open();
  host.turn_after(1ns);
  expect_closed(close_reason::ping_timeout);
}

/// Of revision 3: the client pings.
struct old_heartbeat : rig {
  old_heartbeat() {
    s = base::make_ref<engine::session>(host, options, "lv_VI97HAXpY6yYWAAAC", nullptr, "192.0.2.1", protocol::eio_revision::v3);
  }
};

// P101
TEST_F(old_heartbeat, answers_pings_and_never_pings) {
  open_websocket();
  for (int i = 0; i < 3; ++i) {
    host.advance(44999ms);
    EXPECT_EQ(ws->take(), packets{});
    EXPECT_TRUE(hear(*ws, {"2"}));
    EXPECT_EQ(ws->take(), packets{"3"});
  }
  EXPECT_TRUE(hear(*ws, {"2probe"}));
  EXPECT_EQ(ws->take(), packets{"3"}) << "without what the ping carried";
  expect_open();
}

// P101
TEST_F(old_heartbeat, ends_a_client_that_is_silent_since_the_open_or_its_last_ping) {
  open_websocket();
  host.advance(10s);
  hear(*ws, {"4not a ping"});
  host.advance(35s - 1ms);
  expect_open();
  host.advance(1ms);
  expect_closed(close_reason::ping_timeout);
}

// P101
TEST_F(old_heartbeat, a_pong_from_the_client_is_fatal) {
  open_websocket();
  EXPECT_FALSE(hear(*ws, {"3"}));
  expect_closed(close_reason::transport_error);
  EXPECT_EQ(listener.description, "invalid heartbeat direction");
}

// P101
TEST_F(old_heartbeat, the_answer_waits_for_a_poll) {
  open_polling();
  EXPECT_TRUE(hear(*poll, {"2"}));
  get();
  EXPECT_EQ(poll->take(), std::vector<packets>{{"3"}});
}

// P101 S32
TEST_F(old_heartbeat, answers_that_nobody_fetches_have_a_limit) {
  options.max_unsent_bytes = 1000;
  open_polling();
  int taken = 0;
  for (; taken < 100 && s->state() == engine::ready_state::open; ++taken) {
    hear(*poll, {"2"});
    ASSERT_LE(s->unsent_bytes(), options.max_unsent_bytes);
    host.run_turn();
  }
  EXPECT_GT(taken, 10);
  expect_closed(close_reason::slow_consumer);
}

TEST_F(old_heartbeat, an_upgrade_neither_moves_nor_stops_the_deadline) {
  open_probed();
  host.advance(9s);
  hear(*ws, {"5"});
  host.advance(36s - 1ms);
  expect_open();
  host.advance(1ms);
  expect_closed(close_reason::ping_timeout);
}

TEST_F(old_heartbeat, a_peer_we_do_not_read_from_is_not_blamed) {
  open_websocket();
  s->pause_reading(true);
  host.advance(1h);
  expect_open();
  s->pause_reading(false);
  host.advance(44999ms);
  expect_open();
  host.advance(1ms);
  expect_closed(close_reason::ping_timeout);
}

}  // namespace
}  // namespace jackfield::test
