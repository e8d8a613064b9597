// What the tests of the client's session have in common.
#pragma once

#include "engine/client_session.hpp"
#include "support/fake_dialer.hpp"
#include "support/virtual_host.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

namespace jackfield::test {

class client_rig : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_FALSE(dialer.misused()); }

  static std::string hello(std::string_view upgrades = R"(["websocket"])", std::size_t max_payload = 1000000) {
    return R"(0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":)" + std::string(upgrades) +
           R"(,"pingInterval":25000,"pingTimeout":20000,"maxPayload":)" + std::to_string(max_payload) + "}";
  }
  void make() {
    s = base::make_ref<engine::client_session>(host, dialer, options, &memory);
    s->set_listener(&listener);
    s->connect();
    host.settle();
  }
  /// Polling is open and, when the server offers it, a WebSocket was dialled.
  void open_polling(std::string_view upgrades = R"(["websocket"])", std::size_t max_payload = 1000000) {
    make();
    dialer.poll(0)->answer(*s, {hello(upgrades, max_payload)});
    host.settle();
    ASSERT_EQ(s->state(), engine::ready_state::open);
  }
  void open_websocket() {
    options.transports = {engine::transport_kind::websocket};
    make();
    s->on_transport_ready(*dialer.ws(0));
    deliver(*s, *dialer.ws(0), {hello("[]")});
    host.settle();
    ASSERT_EQ(s->state(), engine::ready_state::open);
  }
  /// The probe was sent; nothing came back yet.
  void open_probing() {
    open_polling();
    ASSERT_EQ(dialer.dials.size(), 2u);
    s->on_transport_ready(*dialer.ws(1));
    ASSERT_EQ(dialer.ws(1)->take(), packets{"2probe"});
  }
  bool say(std::string_view text, engine::delivery how = engine::delivery::regular) {
    const engine::message_view m{protocol::payload_kind::text, text};
    return s->send({&m, 1}, {.how = how}).accepted;
  }
  void expect_closed(engine::close_reason why) {
    EXPECT_EQ(s->state(), engine::ready_state::closed);
    EXPECT_EQ(listener.closes, 1);
    EXPECT_EQ(listener.reason, why) << name_of(listener.reason);
    EXPECT_EQ(s->road(), nullptr);
  }
  void expect_open() {
    EXPECT_EQ(s->state(), engine::ready_state::open);
    EXPECT_EQ(listener.closes, 0) << name_of(listener.reason) << ": " << listener.description;
  }

  virtual_host host;
  fake_dialer dialer;
  engine::client_session_options options;
  engine::remembered_road memory;
  recording_listener listener;
  engine::client_session_ref s;
};

}  // namespace jackfield::test
