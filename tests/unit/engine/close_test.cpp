#include "engine_rig.hpp"

namespace jackfield::test {
namespace {

using namespace std::chrono_literals;
using engine::close_reason;

using closing = rig;

// P83
TEST_F(closing, a_websocket_gets_what_was_sent_and_then_the_close) {
  open_websocket();
  say("last words");
  s->close();
  EXPECT_EQ(ws->take(), packets{"4last words"});
  EXPECT_TRUE(ws->closed);
  expect_closed(close_reason::forced_close);
}

// P83
TEST_F(closing, data_of_the_same_turn_goes_to_the_parked_poll_the_goodbye_to_the_next) {
  open_polling();
  get();
  say("last words");
  s->close();
  EXPECT_EQ(poll->take(), std::vector<packets>{{"4last words"}});
  EXPECT_EQ(s->state(), engine::ready_state::closing);
  get();
  EXPECT_EQ(poll->take(), (std::vector<packets>{{"6", "1"}}));
  expect_closed(close_reason::forced_close);
}

// P84
TEST_F(closing, a_parked_poll_is_told) {
  open_polling();
  get();
  s->close();
  EXPECT_EQ(poll->take(), std::vector<packets>{{"1"}});
  expect_closed(close_reason::forced_close);
}

// P84
TEST_F(closing, without_a_poll_the_next_one_is_told) {
  open_polling();
  s->close();
  EXPECT_EQ(listener.closes, 0);
  get();
  EXPECT_EQ(poll->take(), (std::vector<packets>{{"6", "1"}}));
  expect_closed(close_reason::forced_close);
}

// P85
TEST_F(closing, waiting_data_takes_the_first_poll_the_goodbye_the_second) {
  open_polling();
  say("a");
  say("b");
  host.run_turn();
  s->close();
  get();
  EXPECT_EQ(poll->take(), (std::vector<packets>{{"4a", "4b"}}));
  EXPECT_EQ(listener.closes, 0);
  get();
  EXPECT_EQ(poll->take(), (std::vector<packets>{{"6", "1"}}));
  expect_closed(close_reason::forced_close);
}

// P86
TEST_F(closing, thirty_seconds_without_a_poll_end_it) {
  open_polling();
  s->close();
  host.advance(29999ms);
  EXPECT_EQ(listener.closes, 0);
  host.advance(1ms);
  expect_closed(close_reason::forced_close);
  EXPECT_TRUE(poll->take().empty());
}

// P86
TEST_F(closing, the_thirty_seconds_count_from_the_last_data) {
  open_polling();
  say("a");
  s->close();
  host.advance(20s);
  get();
  EXPECT_EQ(poll->take().size(), 1u);
  host.advance(29999ms);
  EXPECT_EQ(listener.closes, 0);
  host.advance(1ms);
  expect_closed(close_reason::forced_close);
}

// P87
TEST_F(closing, discard_drops_what_no_poll_has_fetched) {
  open_polling();
  say("never seen");
  host.run_turn();
  s->discard();
  expect_closed(close_reason::forced_close);
  poll->park(*s);
  EXPECT_TRUE(poll->take().empty());
}

// P87: as if it had left when it was sent
TEST_F(closing, discard_leaves_the_parked_poll_what_was_sent_in_this_turn) {
  open_polling();
  get();
  say("just in time");
  s->discard();
  EXPECT_EQ(poll->take(), std::vector<packets>{{"4just in time"}});
  expect_closed(close_reason::forced_close);
}

// P87
TEST_F(closing, discard_releases_a_parked_poll) {
  open_polling();
  get();
  s->discard(close_reason::server_shutdown);
  EXPECT_EQ(poll->take(), std::vector<packets>{{"1"}});
  expect_closed(close_reason::server_shutdown);
}

// P87
TEST_F(closing, discard_hurries_a_graceful_close) {
  open_polling();
  say("never seen");
  s->close();
  s->discard(close_reason::server_shutdown);
  expect_closed(close_reason::server_shutdown);
}

// P88
TEST_F(closing, nothing_is_sent_once_closing_has_begun) {
  open_polling();
  s->close();
  EXPECT_FALSE(say("too late"));
  EXPECT_FALSE(s->writable());
  get();
  EXPECT_EQ(poll->take(), (std::vector<packets>{{"6", "1"}}));
  EXPECT_FALSE(say("far too late"));
  s->pause_reading(true);
  s->pause_reading(false);
  EXPECT_EQ(s->unsent_bytes(), 0u);
  host.run_turn();
  EXPECT_TRUE(poll->take().empty());
  EXPECT_EQ(listener.drains, 0);
}

// P89
TEST_F(closing, the_event_comes_once_whatever_else_happens) {
  open_websocket();
  EXPECT_EQ(host.timers().size(), 1u);
  s->on_transport_lost(*ws, close_reason::transport_close, "1005");
  EXPECT_EQ(host.timers().size(), 0u);
  expect_closed(close_reason::transport_close);
  EXPECT_EQ(listener.description, "1005");
  s->on_transport_lost(*ws, close_reason::transport_error, "again");
  s->on_undecodable(*ws);
  s->on_transport_ready(*ws);
  s->close();
  s->discard();
  EXPECT_FALSE(hear(*ws, {"4x"}));
  host.advance(5min);
  expect_closed(close_reason::transport_close);
  EXPECT_TRUE(listener.messages.empty());
}

// P89
TEST_F(closing, a_session_closed_inside_its_own_callback_stays_usable_to_the_end_of_the_turn) {
  struct local final : engine::session_listener {
    void on_message(engine::session& me, protocol::payload_kind, std::string_view) override {
      me.close();
      owner->reset();  // nobody else holds it
      sent = me.send(std::span<const engine::message_view>()).accepted;
      state = me.state();
    }
    void on_close(engine::session& me, engine::close_reason, std::string_view) override {
      ++closes;
      me.discard();
    }
    engine::session_ref* owner = nullptr;
    bool sent = true;
    engine::ready_state state{};
    int closes = 0;
  } hasty;
  open_websocket();
  s->set_listener(&hasty);
  hasty.owner = &s;
  auto& raw = *s;
  EXPECT_FALSE(raw.on_packet(*ws, packet_of("4go")));
  EXPECT_EQ(hasty.state, engine::ready_state::closed);
  EXPECT_FALSE(hasty.sent);
  EXPECT_EQ(hasty.closes, 1);
  host.run_turn();
}

// P89
TEST_F(closing, roads_live_to_the_end_of_the_turn) {
  struct mortal final : engine::transport {
    explicit mortal(bool& d) : dead(d) {}
    ~mortal() override { dead = true; }
    engine::transport_kind kind() const noexcept override { return engine::transport_kind::websocket; }
    bool ready() const noexcept override { return true; }
    bool idle() const noexcept override { return true; }
    std::size_t unsent_bytes() const noexcept override { return 0; }
    void send(std::span<const protocol::eio_packet>, engine::compression) override {}
    void send(const engine::outgoing&) override {}
    void close() override {}
    void detach() noexcept override {}
    void pause_reading(bool) override {}
    bool& dead;
  };
  bool dead = false, candidate_dead = false;
  open_polling();
  auto* const candidate = new mortal(candidate_dead);
  ASSERT_TRUE(s->offer_candidate(engine::transport_ref(candidate)));
  EXPECT_FALSE(s->on_packet(*candidate, packet_of("4early")));
  EXPECT_FALSE(candidate_dead);
  host.run_turn();
  EXPECT_TRUE(candidate_dead);

  auto* const road = new mortal(dead);
  const auto other = base::make_ref<engine::session>(host, options, "other", nullptr, "");
  other->open(engine::transport_ref(road), hello);
  EXPECT_FALSE(other->on_packet(*road, packet_of("2")));
  EXPECT_FALSE(dead);
  host.run_turn();
  EXPECT_TRUE(dead);
}

// P43
TEST_F(closing, a_close_packet_on_polling_releases_the_poll_with_noop) {
  open_polling();
  get();
  EXPECT_FALSE(hear(*poll, {"1"}));
  EXPECT_EQ(poll->take(), std::vector<packets>{{"6"}});
  expect_closed(close_reason::transport_close);
}

// P43
TEST_F(closing, answers_given_in_the_turn_of_a_close_packet_are_not_lost) {
  open_polling();
  get();
  say("answer");
  hear(*poll, {"1"});
  EXPECT_EQ(poll->take(), std::vector<packets>{{"4answer"}});
  expect_closed(close_reason::transport_close);
}

// P44
TEST_F(closing, packets_behind_a_close_packet_are_not_delivered) {
  open_polling();
  EXPECT_FALSE(hear(*poll, {"4a", "1", "4b"}));
  EXPECT_EQ(listener.messages, packets{"a"});
  expect_closed(close_reason::transport_close);
}

// P45
TEST_F(closing, an_aborted_poll_ends_the_session) {
  open_polling();
  get();
  poll->drop_get(*s);
  expect_closed(close_reason::transport_error);
  EXPECT_EQ(listener.description, "poll connection closed prematurely");
}

TEST_F(closing, the_peer_may_say_goodbye_while_we_are_closing) {
  open_polling();
  s->close();
  EXPECT_TRUE(hear(*poll, {"4unheard", "3"}));
  EXPECT_FALSE(hear(*poll, {"1"}));
  expect_closed(close_reason::transport_close);
  EXPECT_TRUE(listener.messages.empty());
}

// P41
TEST_F(closing, undecodable_input_ends_with_parse_error) {
  open_polling();
  get();
  s->on_undecodable(*poll);
  expect_closed(close_reason::parse_error);
  EXPECT_EQ(poll->take(), std::vector<packets>{{"1"}});
}

TEST_F(closing, before_the_open_the_road_is_turned_away) {
  s->set_listener(&listener);
  s->close();
  expect_closed(close_reason::forced_close);
  s->open(ws, hello);
  EXPECT_TRUE(ws->closed);
  EXPECT_TRUE(ws->detached);
  EXPECT_EQ(ws->take(), packets{});
  host.advance(1min);
  EXPECT_EQ(listener.closes, 1);
}

TEST_F(closing, a_session_nobody_holds_takes_its_roads_with_it) {
  open_probed();
  host.run_turn();
  s.reset();
  EXPECT_TRUE(poll->closed && poll->detached);
  EXPECT_TRUE(ws->closed && ws->detached);
  host.advance(1min);
}

TEST(close_reasons, have_the_names_of_the_reference) {
  EXPECT_EQ(name_of(close_reason::transport_close), "transport close");
  EXPECT_EQ(name_of(close_reason::transport_error), "transport error");
  EXPECT_EQ(name_of(close_reason::ping_timeout), "ping timeout");
  EXPECT_EQ(name_of(close_reason::parse_error), "parse error");
  EXPECT_EQ(name_of(close_reason::forced_close), "forced close");
  EXPECT_EQ(name_of(close_reason::server_shutdown), "server shutting down");
  EXPECT_EQ(name_of(close_reason::slow_consumer), "slow consumer");
}

}  // namespace
}  // namespace jackfield::test
