#include "engine_rig.hpp"

#include <string>

namespace jackfield::test {
namespace {

using namespace std::chrono_literals;
using engine::close_reason;

class upgrade : public rig {
 protected:
  void expect_candidate_gone() {
    EXPECT_TRUE(ws->closed);
    EXPECT_TRUE(ws->detached);
    EXPECT_FALSE(s->upgrading());
    EXPECT_FALSE(s->upgraded());
    expect_open();
  }
  /// Polling still carries both ways.
  void expect_polling_works() {
    poll->take();
    say("still polling");
    get();
    const auto answers = poll->take();
    ASSERT_FALSE(answers.empty());
    EXPECT_EQ(answers.back().back(), "4still polling");
    EXPECT_TRUE(hear(*poll, {"4me too"}));
    EXPECT_EQ(listener.messages.back(), "me too");
  }
};

// P70
TEST_F(upgrade, a_probe_is_answered_and_the_parked_poll_released_in_100_ms) {
  open_polling();
  get();
  EXPECT_TRUE(s->offer_candidate(ws));
  EXPECT_TRUE(s->upgrading());
  EXPECT_TRUE(hear(*ws, {"2probe"}));
  EXPECT_EQ(ws->take(), packets{"3probe"});
  host.advance(99ms);
  EXPECT_TRUE(poll->take().empty());
  host.advance(1ms);
  EXPECT_EQ(poll->take(), std::vector<packets>{{"6"}});
}

// P70
TEST_F(upgrade, further_probes_do_not_move_the_check) {
  open_probed();
  get();
  host.advance(50ms);
  hear(*ws, {"2probe"});
  host.advance(50ms);
  EXPECT_EQ(poll->take(), std::vector<packets>{{"6"}});
}

// P73: the check finds data of its own turn
TEST_F(upgrade, a_check_sends_data_before_it_sends_noop) {
  open_probed();
  get();
  say("data");
  host.timers().advance(host.now() + 100ms);
  EXPECT_EQ(poll->take(), std::vector<packets>{{"4data"}});
  EXPECT_EQ(listener.drains, 1);
}

// P71
TEST_F(upgrade, polls_that_come_after_the_probe_are_released_at_the_next_check) {
  open_probed();
  for (int i = 0; i < 3; ++i) {
    get();
    EXPECT_TRUE(poll->parked());
    host.advance(100ms);
    EXPECT_EQ(poll->take(), std::vector<packets>{{"6"}});
  }
}

TEST_F(upgrade, without_a_probe_polls_stay_parked) {
  open_polling();
  get();
  s->offer_candidate(ws);
  host.advance(5s);
  EXPECT_TRUE(poll->parked());
}

// P72
TEST_F(upgrade, after_the_switch_messages_use_the_websocket) {
  open_probed();
  EXPECT_TRUE(hear(*ws, {"5"}));
  EXPECT_EQ(s->road(), ws.get());
  EXPECT_TRUE(s->upgraded());
  EXPECT_FALSE(s->upgrading());
  EXPECT_EQ(listener.upgrades, 1);
  EXPECT_TRUE(poll->closed);
  EXPECT_TRUE(poll->detached);
  say("hi");
  EXPECT_EQ(ws->take(), packets{"4hi"});
  EXPECT_FALSE(hear(*poll, {"4from the dead"}));
  EXPECT_TRUE(listener.messages.empty());
  EXPECT_TRUE(hear(*ws, {"4ho"}));
  EXPECT_EQ(listener.messages, packets{"ho"});
  host.advance(1s);  // the checks have ended
  EXPECT_TRUE(poll->take().empty());
}

// P72: a poll still parked at the switch learns that its road has ended
TEST_F(upgrade, a_poll_parked_at_the_switch_is_answered_with_close) {
  open_probed();
  get();
  hear(*ws, {"5"});
  EXPECT_EQ(poll->take(), std::vector<packets>{{"1"}});
  expect_open();
}

// P73
TEST_F(upgrade, fifty_messages_each_way_arrive_once_and_in_order) {
  open_probed();
  packets expected, got;
  for (int i = 0; i < 50; ++i) {
    const auto text = std::to_string(i);
    expected.push_back(text);
    say(text);
    if (i == 10) {  // a poll fetches what there is, before the switch
      get();
      for (const auto& answer : poll->take())
        for (const auto& p : answer) got.push_back(p.substr(1));
    }
    if (i < 20) hear(*poll, {"4" + text});
    if (i == 20) hear(*ws, {"5"});
    if (i >= 20) hear(*ws, {"4" + text});
    host.run_turn();
  }
  for (const auto& p : ws->take()) got.push_back(p.substr(1));
  EXPECT_EQ(got, expected);
  EXPECT_EQ(listener.messages, expected);
}

// P73
TEST_F(upgrade, what_waits_goes_out_before_what_on_upgrade_sends) {
  open_probed();
  say("first");
  struct local final : engine::session_listener {
    void on_message(engine::session&, protocol::payload_kind, std::string_view) override {}
    void on_upgrade(engine::session& up, engine::transport_kind) override {
      const engine::message_view m{protocol::payload_kind::text, "second"};
      up.send({&m, 1});
    }
    void on_close(engine::session&, engine::close_reason, std::string_view) override {}
  } talker;
  s->set_listener(&talker);
  hear(*ws, {"5"});
  EXPECT_EQ(ws->take(), (packets{"4first", "4second"}));
}

// P74 S22
TEST_F(upgrade, a_message_before_the_switch_closes_the_candidate_only) {
  open_probed();
  EXPECT_FALSE(hear(*ws, {"4too early"}));
  expect_candidate_gone();
  EXPECT_TRUE(listener.messages.empty());
  EXPECT_TRUE(listener.packets_seen.empty());
  expect_polling_works();
}

// S22
TEST_F(upgrade, everything_but_probe_and_switch_closes_the_candidate_only) {
  for (const char* odd : {"0", "1", "2", "2probes", "3", "3probe", "4", "6", "bbytes"}) {
    SCOPED_TRACE(odd);
    ws = base::make_ref<fake_stream>();
    if (s->state() == engine::ready_state::opening) open_polling();
    ASSERT_TRUE(s->offer_candidate(ws));
    ASSERT_TRUE(hear(*ws, {"2probe"}));
    EXPECT_FALSE(hear(*ws, {odd}));
    expect_candidate_gone();
  }
  expect_polling_works();
}

// S22: stricter than the reference, which takes a switch without a probe
TEST_F(upgrade, a_switch_without_a_probe_closes_the_candidate_only) {
  open_polling();
  s->offer_candidate(ws);
  EXPECT_FALSE(hear(*ws, {"5"}));
  expect_candidate_gone();
  expect_polling_works();
}

// S22
TEST_F(upgrade, sixteen_probes_are_answered_the_next_ends_the_attempt) {
  open_probed();
  for (int i = 1; i < 16; ++i) EXPECT_TRUE(hear(*ws, {"2probe"}));
  EXPECT_EQ(ws->take().size(), 15u);
  EXPECT_FALSE(hear(*ws, {"2probe"}));
  EXPECT_EQ(ws->take(), packets{});
  expect_candidate_gone();
}

// P75 S22
TEST_F(upgrade, one_at_a_time_and_never_again) {
  open_probed();
  auto second = base::make_ref<fake_stream>();
  EXPECT_FALSE(s->offer_candidate(second));
  EXPECT_TRUE(s->upgrading());
  hear(*ws, {"5"});
  EXPECT_FALSE(s->offer_candidate(second));
  say("unmoved");
  EXPECT_EQ(ws->take(), packets{"4unmoved"});
  expect_open();
}

// P75: a session that began on a WebSocket cannot be taken over
TEST_F(upgrade, a_websocket_session_takes_no_candidate) {
  open_websocket();
  EXPECT_FALSE(s->offer_candidate(base::make_ref<fake_stream>()));
}

TEST_F(upgrade, a_polling_candidate_is_refused) {
  open_polling();
  EXPECT_FALSE(s->offer_candidate(base::make_ref<fake_poll>()));
}

// P76 S22
TEST_F(upgrade, times_out_after_ten_seconds_and_may_be_tried_again) {
  open_probed();
  host.advance(9999ms);
  EXPECT_TRUE(s->upgrading());
  host.advance(1ms);
  expect_candidate_gone();
  expect_polling_works();
  ws = base::make_ref<fake_stream>();
  EXPECT_TRUE(s->offer_candidate(ws));
  hear(*ws, {"2probe", "5"});
  EXPECT_TRUE(s->upgraded());
  expect_open();
}

// P76
TEST_F(upgrade, probes_do_not_extend_the_time) {
  options.upgrade_timeout = 300ms;
  open_probed();
  host.advance(200ms);
  hear(*ws, {"2probe"});
  host.advance(100ms);
  expect_candidate_gone();
}

// P76
TEST_F(upgrade, a_candidate_that_is_lost_or_speaks_nonsense_leaves_the_session) {
  open_probed();
  s->on_transport_lost(*ws, close_reason::transport_error, "reset");
  expect_candidate_gone();
  ws = base::make_ref<fake_stream>();
  s->offer_candidate(ws);
  s->on_undecodable(*ws);
  expect_candidate_gone();
  expect_polling_works();
}

// P77
TEST_F(upgrade, the_end_of_the_session_closes_the_candidate) {
  open_probed();
  s->discard();
  expect_closed(close_reason::forced_close);
  EXPECT_TRUE(ws->closed);
  EXPECT_TRUE(ws->detached);
  EXPECT_FALSE(hear(*ws, {"5"}));
  host.advance(1min);
  EXPECT_EQ(listener.closes, 1);
}

// P77
TEST_F(upgrade, the_loss_of_polling_closes_the_candidate) {
  open_probed();
  get();
  poll->drop_get(*s);
  expect_closed(close_reason::transport_error);
  EXPECT_TRUE(ws->closed);
}

TEST_F(upgrade, a_switch_while_closing_flushes_and_closes_the_new_road) {
  open_probed();
  say("last words");
  host.run_turn();
  s->close();
  EXPECT_EQ(s->state(), engine::ready_state::closing);
  EXPECT_FALSE(hear(*ws, {"5"}));
  EXPECT_EQ(ws->take(), packets{"4last words"});
  expect_closed(close_reason::forced_close);
  EXPECT_TRUE(ws->closed);
}

TEST_F(upgrade, a_closing_session_takes_no_candidate) {
  open_polling();
  s->close();
  EXPECT_FALSE(s->offer_candidate(ws));
}

TEST_F(upgrade, while_it_is_tried_polling_carries_on) {
  open_probed();
  say("over polling");
  get();
  EXPECT_EQ(poll->take(), std::vector<packets>{{"4over polling"}});
  EXPECT_EQ(ws->take(), packets{});
}

TEST_F(upgrade, paused_reading_holds_on_the_new_road) {
  open_probed();
  s->pause_reading(true);
  EXPECT_TRUE(poll->paused);
  EXPECT_FALSE(ws->paused);
  hear(*ws, {"5"});
  EXPECT_TRUE(ws->paused);
  s->pause_reading(false);
  EXPECT_FALSE(ws->paused);
}

}  // namespace
}  // namespace jackfield::test
