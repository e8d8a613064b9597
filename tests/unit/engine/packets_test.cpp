// What goes in and out of an open session.
#include "engine_rig.hpp"

#include <array>
#include <string>

namespace jackfield::test {
namespace {

using namespace std::chrono_literals;
using engine::close_reason;
using engine::compression;
using engine::delivery;
using protocol::payload_kind;

class packets_of_a_session : public rig {
 protected:
  static engine::outgoing_ref shared(packets texts, delivery how = delivery::regular, compression c = compression::allowed) {
    std::vector<engine::message> messages;
    for (const auto& t : texts) {
      const auto p = packet_of(t);
      messages.push_back({p.kind, base::shared_bytes(p.data)});
    }
    return base::ref<const engine::outgoing>(new engine::outgoing(std::move(messages), {.how = how, .compress = c}));
  }
  bool say_group(packets texts, delivery how = delivery::regular) {
    std::vector<engine::message_view> group;
    for (const auto& t : texts) group.push_back({packet_of(t).kind, packet_of(t).data});
    return s->send(group, {.how = how}).accepted;
  }
};
using sending = packets_of_a_session;
using receiving = packets_of_a_session;

// P23
TEST_F(sending, the_initial_message_shares_the_first_answer) {
  poll->park();
  s->open(poll, hello, "welcome");
  EXPECT_EQ(poll->take(), (std::vector<packets>{{hello_packet, "4welcome"}}));
}

// P23
TEST_F(sending, the_open_packet_waits_for_a_late_poll) {
  s->open(poll, hello, "welcome");
  EXPECT_TRUE(poll->take().empty());
  poll->park(*s);
  EXPECT_EQ(poll->take(), (std::vector<packets>{{hello_packet, "4welcome"}}));
}

// P5
TEST_F(sending, a_websocket_opens_with_the_same_packets) {
  s->open(ws, hello, "welcome");
  EXPECT_EQ(ws->take(), (packets{hello_packet, "4welcome"}));
}

TEST_F(sending, nothing_is_sent_before_the_open) {
  EXPECT_FALSE(say("early"));
  EXPECT_FALSE(s->writable());
  open_websocket();
  EXPECT_EQ(ws->take(), packets{});
}

// P32
TEST_F(sending, a_poll_is_parked_while_nothing_is_queued) {
  open_polling();
  get();
  host.advance(24s);
  EXPECT_TRUE(poll->parked());
  EXPECT_TRUE(poll->take().empty());
}

// P33
TEST_F(sending, all_of_a_turn_is_one_answer) {
  open_polling();
  get();
  say("a");
  s->send(shared({"4b", "bc"}));
  say("d");
  EXPECT_TRUE(poll->parked());
  host.run_turn();
  EXPECT_EQ(poll->take(), (std::vector<packets>{{"4a", "4b", "bc", "4d"}}));
  EXPECT_EQ(listener.drains, 1);
}

TEST_F(sending, a_turn_is_ended_once_and_only_for_a_parked_poll) {
  open_polling();
  say("no poll");
  EXPECT_EQ(host.deferred(), 0u);
  get();
  get();
  say("a");
  say("b");
  s->send(shared({"4c"}));
  EXPECT_EQ(host.deferred(), 1u);
}

// P33
TEST_F(sending, what_was_sent_without_a_poll_comes_in_one_answer_at_once) {
  open_polling();
  say("a");
  host.run_turn();
  say("b");
  host.run_turn();
  EXPECT_TRUE(poll->take().empty());
  poll->park(*s);  // no end of turn is needed
  EXPECT_EQ(poll->take(), (std::vector<packets>{{"4a", "4b"}}));
  EXPECT_EQ(listener.drains, 1);
  get();
  EXPECT_TRUE(poll->take().empty());
}

// P54
TEST_F(sending, an_empty_message_is_a_lone_digit) {
  open_websocket();
  EXPECT_TRUE(say(""));
  EXPECT_EQ(ws->take(), packets{"4"});
}

// P53
TEST_F(sending, a_websocket_takes_packets_at_once) {
  open_websocket();
  EXPECT_TRUE(say("a"));
  EXPECT_EQ(ws->take(), packets{"4a"});
  EXPECT_TRUE(s->send(shared({"4b", "bc"})));
  EXPECT_EQ(ws->take(), (packets{"4b", "bc"}));
  EXPECT_EQ(ws->shared_sends, 1);
  EXPECT_TRUE(host.idle());
}

TEST_F(sending, groups_longer_than_a_batch_stay_in_order) {
  open_websocket();
  packets group;
  for (int i = 0; i < 40; ++i) group.push_back("b" + std::to_string(i));
  EXPECT_TRUE(say_group(group));
  EXPECT_EQ(ws->take(), group);
}

TEST_F(sending, compression_is_wanted_when_one_packet_wants_it) {
  open_polling();
  say("plain");
  s->send(shared({"4x"}, delivery::regular, compression::none));
  get();
  EXPECT_EQ(poll->last_compression, compression::allowed);
  s->send(shared({"4x"}, delivery::regular, compression::none));
  get();
  EXPECT_EQ(poll->last_compression, compression::none);
}

TEST_F(sending, drain_is_told_when_the_stream_has_taken_all) {
  open_websocket();
  ws->hold();
  say("abc");
  EXPECT_EQ(s->unsent_bytes(), 4u);
  EXPECT_EQ(listener.drains, 0);
  ws->drain(*s, 1);
  EXPECT_EQ(listener.drains, 0);
  ws->drain(*s);
  EXPECT_EQ(listener.drains, 1);
}

TEST_F(sending, on_drain_may_send_more) {
  struct local final : engine::session_listener {
    void on_message(engine::session&, payload_kind, std::string_view) override {}
    void on_drain(engine::session& up) override {
      const engine::message_view m{payload_kind::text, "more"};
      if (++rounds < 3) up.send({&m, 1});
    }
    void on_close(engine::session&, engine::close_reason, std::string_view) override {}
    int rounds = 0;
  } eager;
  open_polling();
  s->set_listener(&eager);
  say("first");
  get();
  get();
  get();
  EXPECT_EQ(poll->take(), (std::vector<packets>{{"4first"}, {"4more"}, {"4more"}}));
  EXPECT_EQ(eager.rounds, 3);
}

// P152
TEST_F(sending, volatile_goes_out_when_idle_and_one_of_two_in_a_row) {
  open_polling();
  EXPECT_FALSE(s->writable());
  EXPECT_FALSE(say_volatile("no poll"));
  get();
  EXPECT_TRUE(s->writable());
  EXPECT_TRUE(say_volatile("one"));
  EXPECT_FALSE(say_volatile("two"));
  host.run_turn();
  EXPECT_EQ(poll->take(), std::vector<packets>{{"4one"}});
}

// P152
TEST_F(sending, volatile_after_a_regular_message_is_dropped) {
  open_polling();
  get();
  EXPECT_TRUE(say("regular"));
  EXPECT_FALSE(say_volatile("volatile"));
  host.run_turn();
  EXPECT_EQ(poll->take(), std::vector<packets>{{"4regular"}});
}

// P152
TEST_F(sending, volatile_on_a_websocket_looks_at_its_output) {
  open_websocket();
  EXPECT_TRUE(say_volatile("a"));
  ws->hold();
  EXPECT_TRUE(say("b"));
  EXPECT_FALSE(say_volatile("c"));
  EXPECT_FALSE(s->send(shared({"4d"}, delivery::if_writable)));
  ws->drain(*s);
  EXPECT_TRUE(s->send(shared({"4e"}, delivery::if_writable)));
  EXPECT_EQ(ws->take(), (packets{"4a", "4b", "4e"}));
}

// P152
TEST_F(sending, a_volatile_group_is_kept_or_dropped_as_a_unit) {
  open_polling();
  EXPECT_FALSE(say_group({"4x", "b1", "b2"}, delivery::if_writable));
  get();
  EXPECT_TRUE(say_group({"4y", "b1", "b2"}, delivery::if_writable));
  EXPECT_FALSE(say_group({"4z", "b1", "b2"}, delivery::if_writable));
  host.run_turn();
  EXPECT_EQ(poll->take(), (std::vector<packets>{{"4y", "b1", "b2"}}));
}

// P153
TEST_F(sending, regular_messages_around_a_dropped_volatile_arrive) {
  open_polling();
  get();
  say("before");
  EXPECT_FALSE(say_volatile("dropped"));
  say("after");
  host.run_turn();
  EXPECT_EQ(poll->take(), (std::vector<packets>{{"4before", "4after"}}));
}

// P53
TEST_F(receiving, messages_are_handed_on) {
  open_websocket();
  EXPECT_TRUE(hear(*ws, {"4hello", "bbytes", "4"}));
  EXPECT_EQ(listener.messages, (packets{"hello", "bbytes", ""}));
  EXPECT_EQ(listener.packets_seen, (packets{"4hello", "bbytes", "4"}));
}

// P30
TEST_F(receiving, a_payload_yields_its_messages_in_order) {
  open_polling();
  EXPECT_TRUE(hear(*poll, {"4a", "4b", "4c"}));
  EXPECT_EQ(listener.messages, (packets{"a", "b", "c"}));
}

TEST_F(receiving, a_session_closed_by_the_packet_event_does_not_hand_the_message_on) {
  struct local final : engine::session_listener {
    void on_packet(engine::session& me, const protocol::eio_packet&) override { graceful ? me.close() : me.discard(); }
    void on_message(engine::session&, payload_kind, std::string_view) override { ++messages; }
    void on_close(engine::session&, engine::close_reason, std::string_view) override {}
    bool graceful = true;
    int messages = 0;
  } guard;
  open_polling();
  s->set_listener(&guard);
  EXPECT_TRUE(hear(*poll, {"4x", "4y"}));  // closing: polling is still heard, for its close packet
  guard.graceful = false;
  EXPECT_EQ(guard.messages, 0);
  const auto other = base::make_ref<engine::session>(host, options, "other", nullptr, "");
  other->set_listener(&guard);
  other->open(ws, hello);
  EXPECT_FALSE(other->on_packet(*ws, packet_of("4x")));
  EXPECT_EQ(guard.messages, 0);
}

// P47
TEST_F(receiving, a_ping_from_the_client_ends_the_session) {
  open_polling();
  get();
  EXPECT_FALSE(hear(*poll, {"2", "4x"}));
  expect_closed(close_reason::transport_error);
  EXPECT_EQ(listener.description, "invalid heartbeat direction");
  EXPECT_EQ(poll->take(), std::vector<packets>{{"1"}});
  EXPECT_TRUE(listener.messages.empty());
}

// P47: a probe is harmless on a candidate only
TEST_F(receiving, a_probe_on_the_current_road_is_a_ping) {
  open_websocket();
  EXPECT_FALSE(hear(*ws, {"2probe"}));
  expect_closed(close_reason::transport_error);
}

// P59
TEST_F(receiving, open_close_upgrade_and_noop_do_not_disturb_a_websocket) {
  open_websocket();
  EXPECT_TRUE(hear(*ws, {"0", "1", "5", "6", "4on"}));
  expect_open();
  EXPECT_EQ(listener.messages, packets{"on"});
}

TEST_F(receiving, open_upgrade_and_noop_do_not_disturb_polling) {
  open_polling();
  EXPECT_TRUE(hear(*poll, {"0", "5", "6", "4on"}));
  expect_open();
  EXPECT_EQ(listener.messages, packets{"on"});
}

// P58
TEST_F(receiving, nonsense_on_a_websocket_ends_with_parse_error) {
  open_websocket();
  s->on_undecodable(*ws);
  expect_closed(close_reason::parse_error);
}

TEST_F(receiving, without_a_listener_messages_are_discarded) {
  open_websocket();
  s->set_listener(nullptr);
  EXPECT_TRUE(hear(*ws, {"4x", "3"}));
  EXPECT_FALSE(hear(*ws, {"2"}));
  EXPECT_EQ(s->state(), engine::ready_state::closed);
}

TEST_F(receiving, roads_of_strangers_are_not_heard) {
  open_websocket();
  fake_stream* const other = new fake_stream;
  const base::ref<fake_stream> keep(other);
  EXPECT_FALSE(hear(*other, {"4x"}));
  s->on_undecodable(*other);
  s->on_transport_lost(*other, close_reason::transport_error, "");
  s->on_transport_ready(*other);
  expect_open();
  EXPECT_TRUE(listener.messages.empty());
}

TEST_F(receiving, identity_is_what_it_was_made_with) {
  EXPECT_EQ(s->id(), "lv_VI97HAXpY6yYWAAAC");
  EXPECT_EQ(s->remote_address(), "192.0.2.1");
  EXPECT_EQ(&s->host(), &host);
}

}  // namespace
}  // namespace jackfield::test
