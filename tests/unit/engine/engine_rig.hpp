// What the session's tests have in common: a host, a listener, and a session on either road.
#pragma once

#include "engine/session.hpp"
#include "support/fake_transport.hpp"
#include "support/virtual_host.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string_view>

namespace jackfield::test {

class rig : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_FALSE(ws->misused || poll->misused); }

  static constexpr std::string_view hello = R"({"sid":"lv_VI97HAXpY6yYWAAAC"})";
  static constexpr const char* hello_packet = R"(0{"sid":"lv_VI97HAXpY6yYWAAAC"})";

  void open_websocket() {
    open(ws);
    EXPECT_EQ(ws->take(), packets{hello_packet});
  }
  /// The GET that opens the session is answered; none is parked afterwards.
  void open_polling() {
    poll->park();
    open(poll);
    EXPECT_EQ(poll->take(), std::vector<packets>{{hello_packet}});
  }
  void open(engine::transport_ref road) {
    s->set_listener(&listener);
    s->open(std::move(road), hello);
    host.run_turn();
  }
  /// Polling, with a candidate that has been probed.
  void open_probed() {
    open_polling();
    ASSERT_TRUE(s->offer_candidate(ws));
    ASSERT_TRUE(hear(*ws, {"2probe"}));
    EXPECT_EQ(ws->take(), packets{"3probe"});
  }

  bool say(std::string_view text, engine::delivery how = engine::delivery::regular) {
    const engine::message_view m{protocol::payload_kind::text, text};
    return s->send({&m, 1}, {.how = how}).accepted;
  }
  bool say_volatile(std::string_view text) { return say(text, engine::delivery::if_writable); }
  bool hear(engine::transport& t, const packets& payload) { return deliver(*s, t, payload); }
  /// A GET arrives and the turn ends.
  void get() {
    poll->park(*s);
    host.run_turn();
  }
  void expect_closed(engine::close_reason why) {
    EXPECT_EQ(s->state(), engine::ready_state::closed);
    EXPECT_EQ(listener.closes, 1);
    EXPECT_EQ(listener.reason, why) << name_of(listener.reason);
    EXPECT_EQ(s->road(), nullptr);
  }
  void expect_open() {
    EXPECT_EQ(s->state(), engine::ready_state::open);
    EXPECT_EQ(listener.closes, 0) << name_of(listener.reason);
  }

  virtual_host host;
  engine::session_options options;
  recording_listener listener;
  base::ref<fake_stream> ws = base::make_ref<fake_stream>();
  base::ref<fake_poll> poll = base::make_ref<fake_poll>();
  engine::session_ref s = base::make_ref<engine::session>(host, options, "lv_VI97HAXpY6yYWAAAC", nullptr, "192.0.2.1");
};

}  // namespace jackfield::test
