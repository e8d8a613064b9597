#include "client_rig.hpp"

#include <string>

namespace jackfield::test {
namespace {

using namespace std::chrono_literals;
using engine::close_reason;
using engine::transport_kind;

class client_open : public client_rig {
 protected:
  /// `first` is what the server answers the first GET with.
  void refuse(const packets& first) {
    make();
    dialer.poll(0)->answer(*s, first);
    host.settle();
    EXPECT_EQ(listener.opens, 0);
    expect_closed(close_reason::transport_error);
    EXPECT_FALSE(listener.description.empty());
    EXPECT_TRUE(dialer.poll(0)->detached);
  }
};

// P171: the handshake by polling, the id, then what is sent goes out by POST and the upgrade is dialled with the sid
TEST_F(client_open, polling_opens_and_then_a_websocket_is_dialled) {
  make();
  ASSERT_EQ(dialer.dials.size(), 1u);
  EXPECT_EQ(dialer.dials[0].kind, transport_kind::polling);
  EXPECT_EQ(dialer.dials[0].sid, "");
  EXPECT_EQ(s->state(), engine::ready_state::opening);
  EXPECT_FALSE(say("too early"));
  dialer.poll(0)->answer(*s, {hello()});
  EXPECT_EQ(listener.opens, 1);
  EXPECT_EQ(s->id(), "lv_VI97HAXpY6yYWAAAC");
  EXPECT_EQ(s->handshake().max_payload, 1000000u);
  ASSERT_EQ(dialer.dials.size(), 2u);
  EXPECT_EQ(dialer.dials[1].kind, transport_kind::websocket);
  EXPECT_EQ(dialer.dials[1].sid, s->id());
  EXPECT_TRUE(say("0"));
  host.settle();
  EXPECT_EQ(dialer.poll(0)->take_posts(), std::vector<packets>{{"40"}});
  expect_open();
}

TEST_F(client_open, a_websocket_opens_alone) {
  open_websocket();
  EXPECT_EQ(dialer.dials.size(), 1u);
  EXPECT_EQ(listener.opens, 1);
  EXPECT_TRUE(memory.websocket);
  EXPECT_TRUE(say("0"));
  EXPECT_EQ(dialer.ws(0)->take(), packets{"40"});
}

// P82
TEST_F(client_open, no_probe_without_leave_or_offer) {
  options.upgrade = false;
  open_polling();
  EXPECT_EQ(dialer.dials.size(), 1u);
}

// P82
TEST_F(client_open, no_probe_when_websocket_is_not_in_the_list) {
  options.transports = {transport_kind::polling};
  open_polling();
  EXPECT_EQ(dialer.dials.size(), 1u);
}

// P82
TEST_F(client_open, no_probe_when_the_server_does_not_offer_it) {
  open_polling(R"(["webtransport"])");
  EXPECT_EQ(dialer.dials.size(), 1u);
}

TEST_F(client_open, messages_behind_the_handshake_in_its_payload_are_heard) {
  make();
  dialer.poll(0)->answer(*s, {hello(), "4welcome"});
  EXPECT_EQ(listener.messages, packets{"welcome"});
}

TEST_F(client_open, what_is_no_handshake_is_refused) {
  for (const std::string first :
       {"0{nonsense", "0", R"(0{"upgrades":[],"pingInterval":25000,"pingTimeout":20000})", "4hello", "2", "1", "6", "0[]",
        "0null", R"(0{"sid":"","upgrades":[],"pingInterval":25000,"pingTimeout":20000})",
        R"(0{"sid":"a","upgrades":[],"pingInterval":0,"pingTimeout":0})",
        R"(0{"sid":"a","upgrades":[],"pingInterval":-1,"pingTimeout":20000})",
        R"(0{"sid":"a","upgrades":[],"pingInterval":1e300,"pingTimeout":20000})",
        R"(0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":90000000})",
        R"(0{"sid":7,"upgrades":[],"pingInterval":25000,"pingTimeout":20000})"}) {
    SCOPED_TRACE(first);
    dialer.dials.clear();
    listener = {};
    refuse({first});
  }
}

TEST_F(client_open, a_session_id_without_end_is_refused) {
  refuse({R"(0{"sid":")" + std::string(options.sid_bytes + 1, 'a') +
          R"(","upgrades":[],"pingInterval":25000,"pingTimeout":20000})"});
}

TEST_F(client_open, an_undecodable_answer_ends_it) {
  make();
  s->on_undecodable(*dialer.poll(0));
  expect_closed(close_reason::transport_error);
}

// P89 P193: no fallback by default
TEST_F(client_open, a_road_that_cannot_be_opened_ends_it_once) {
  make();
  s->on_transport_lost(*dialer.poll(0), close_reason::transport_error, "the poll was answered with HTTP status 503");
  expect_closed(close_reason::transport_error);
  EXPECT_EQ(listener.description, "the poll was answered with HTTP status 503");
  EXPECT_EQ(dialer.dials.size(), 1u);
  s->close();
  host.advance(60s);
  EXPECT_EQ(listener.closes, 1);
}

// P193
TEST_F(client_open, with_try_all_transports_the_next_one_is_dialled) {
  options.try_all_transports = true;
  for (const bool websocket_first : {true, false}) {
    dialer.dials.clear();
    listener = {};
    options.transports = {transport_kind::polling, transport_kind::websocket};
    if (websocket_first) std::swap(options.transports[0], options.transports[1]);
    make();
    const auto first = dialer.dials[0].road;
    s->on_transport_lost(*first, close_reason::transport_error, "refused");
    ASSERT_EQ(dialer.dials.size(), 2u);
    EXPECT_EQ(dialer.dials[1].kind, options.transports[1]);
    EXPECT_EQ(dialer.dials[1].sid, "");
    EXPECT_EQ(listener.closes, 0);
    s->on_transport_lost(*first, close_reason::transport_error, "late");
    deliver(*s, *dialer.dials[1].road, {hello()});
    EXPECT_EQ(listener.opens, 1);
    host.settle();
    EXPECT_EQ(dialer.dials.size(), 2u);  // what failed is not tried for an upgrade
    s->discard();
  }
}

// P193
TEST_F(client_open, when_the_last_transport_fails_that_is_the_error) {
  options.try_all_transports = true;
  make();
  s->on_transport_lost(*dialer.poll(0), close_reason::transport_error, "first");
  s->on_transport_lost(*dialer.ws(1), close_reason::transport_error, "second");
  expect_closed(close_reason::transport_error);
  EXPECT_EQ(listener.description, "second");
}

TEST_F(client_open, a_bad_handshake_is_a_transport_that_failed) {
  options.try_all_transports = true;
  make();
  dialer.poll(0)->answer(*s, {"0{}"});
  ASSERT_EQ(dialer.dials.size(), 2u);
  EXPECT_EQ(dialer.dials[1].kind, transport_kind::websocket);
  EXPECT_EQ(listener.closes, 0);
}

TEST_F(client_open, without_transports_it_ends_in_a_later_turn) {
  options.transports.clear();
  s = base::make_ref<engine::client_session>(host, dialer, options, &memory);
  s->set_listener(&listener);
  s->connect();
  EXPECT_EQ(listener.closes, 0);
  host.settle();
  expect_closed(close_reason::transport_error);
  EXPECT_EQ(listener.description, "no transports available");
}

// P194
TEST_F(client_open, a_remembered_websocket_is_dialled_first) {
  options.remember_upgrade = true;
  memory.websocket = true;
  make();
  ASSERT_EQ(dialer.dials.size(), 1u);
  EXPECT_EQ(dialer.dials[0].kind, transport_kind::websocket);
  s->on_transport_lost(*dialer.ws(0), close_reason::transport_error, "gone");
  EXPECT_FALSE(memory.websocket);
  make();
  EXPECT_EQ(dialer.dials[1].kind, transport_kind::polling);
}

// P194
TEST_F(client_open, nothing_is_remembered_unless_asked_for_or_possible) {
  memory.websocket = true;
  make();
  EXPECT_EQ(dialer.dials.back().kind, transport_kind::polling);
  options.remember_upgrade = true;
  options.transports = {transport_kind::polling};
  make();
  EXPECT_EQ(dialer.dials.back().kind, transport_kind::polling);
}

// A listener that ends the session from inside on_open
TEST_F(client_open, closing_inside_on_open_dials_nothing_more) {
  struct closer final : engine::session_listener {
    void on_open(engine::session& s) override { s.close(); }
    void on_message(engine::session&, protocol::payload_kind, std::string_view) override { ADD_FAILURE(); }
    void on_close(engine::session&, close_reason, std::string_view) override { ++closes; }
    int closes = 0;
  } ear;
  make();
  s->set_listener(&ear);
  dialer.poll(0)->answer(*s, {hello(), "4late"});
  host.settle();
  EXPECT_EQ(ear.closes, 1);
  EXPECT_EQ(dialer.dials.size(), 1u);
}

// S32
TEST_F(client_open, pings_that_cannot_be_answered_have_a_limit) {
  options.sending.max_unsent_bytes = 1000;
  open_polling("[]");
  ASSERT_TRUE(say("the POST of this is never acknowledged"));
  int taken = 0;
  for (; taken < 100 && s->state() == engine::ready_state::open; ++taken) {
    dialer.poll(0)->answer(*s, {"2"});
    ASSERT_LE(s->unsent_bytes(), options.sending.max_unsent_bytes);
    host.settle();
  }
  EXPECT_GT(taken, 10);
  expect_closed(engine::close_reason::slow_consumer);
}

}  // namespace
}  // namespace jackfield::test
