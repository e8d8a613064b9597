// Connection state recovery (protocol.md 4.12): what comes back, what does not, and that it is said which.
#include "unit/server/recovering.hpp"

namespace jackfield::test {
namespace {

// P163
TEST(recovery, pid_and_offset_only_when_it_is_on) {
  stage off;
  off.io.on_connection([](jf::socket s) { s.emit("hi"); });
  auto& c = off.ws();
  c.say("40");
  const auto got = c.heard();
  EXPECT_EQ(member(got[0], "pid"), "");
  EXPECT_EQ(got[1], R"(42["hi"])");

  stage on(recovering());
  on.io.on_connection([](jf::socket s) { s.emit("hi", 1); });
  auto& d = on.ws();
  d.say("40");
  const auto with = d.heard();
  EXPECT_EQ(member(with[0], "pid").size(), 20u);
  EXPECT_NE(member(with[0], "pid"), member(with[0], "sid"));
  EXPECT_EQ(bare(with[1]), R"(42["hi",1])");
}

// P164
TEST(recovery, no_offset_on_volatile_events_questions_and_answers) {
  stage on(recovering());
  told t(on);
  auto& c = on.ws();
  connect(c);
  auto s = t.sockets[0];
  s.on("ask", [] { return 5; });
  s.volatile_().emit("v", 1);
  s.emit("q", [](jf::error, int) {});
  on.io.volatile_().emit("all", 2);
  on.io.timeout(1s).emit("all-q", [](jf::error, std::vector<jf::value>) {});
  c.say("420[\"ask\"]");
  EXPECT_EQ(c.heard(), (packets{R"(42["v",1])", R"(420["q"])", R"(42["all",2])", R"(421["all-q"])", "430[5]"}));
}

TEST(recovery, outgoing_listeners_see_the_offset) {
  stage on(recovering());
  std::size_t arguments = 0;
  on.io.on_connection([&](jf::socket s) {
    s.on_any_outgoing([&](std::string_view, const jf::args& a) { arguments = a.size(); });
    s.emit("hi", 1);
  });
  connect(on.ws());
  EXPECT_EQ(arguments, 2u);
}

// P165 P166
TEST(recovery, gives_back_id_rooms_data_and_what_was_missed) {
  stage on(recovering());
  told t(on);
  auto& c = on.polling();
  const auto me = connect(c);
  t.sockets[0].join({"a", "b"});
  t.sockets[0].data() = jf::object{{"name", "ann"}};
  t.sockets[0].emit("first");
  c.get();
  const auto got = c.heard();
  on.advance(1s);
  c.lose();
  on.io.to("a").emit("one", jf::bytes{std::byte{7}});
  on.io.to("c").emit("not for it");
  on.io.to("a").except("b").emit("nor this");
  on.io.volatile_().emit("nor that");
  on.io.emit("two");
  on.io.to(me.sid).emit("three");
  t.sockets[0].emit("four");  // a handle of before
  on.advance(2s);

  auto& d = on.polling();
  d.get();
  d.say(come_back(me.pid, offset_of(got.back())));
  auto all = d.heard();
  ASSERT_EQ(all.size(), 6u);
  EXPECT_TRUE(all[0].starts_with(R"(451-["one",{"_placeholder":true,"num":0},"~)"));
  EXPECT_EQ(all[1], "b\a");
  all.erase(all.begin(), all.begin() + 2);
  EXPECT_EQ(bare(all), (packets{R"(42["two"])", R"(42["three"])", R"(42["four"])", connect_packet(me)}));
  ASSERT_EQ(t.reports.size(), 2u);
  EXPECT_EQ(t.reports[0].cause, recovery_cause::new_client);
  EXPECT_EQ(t.reports[1].outcome, recovery_outcome::complete);
  EXPECT_EQ(t.reports[1].missed_events, 4u);
  EXPECT_EQ(t.reports[1].away, 2s);
  auto again = t.sockets[1];
  EXPECT_TRUE(again.recovered());
  EXPECT_EQ(again.rooms(), (std::vector<std::string>{me.sid, "a", "b"}));
  EXPECT_EQ(again.data()["name"].text_or(""), "ann");
  t.sockets[0].emit("by the old handle");
  on.io.to("b").emit("by room");
  d.get();
  EXPECT_EQ(bare(d.heard()), (packets{R"(42["by the old handle"])", R"(42["by room"])"}));
}

// P166: a cut between what was missed and CONNECT would show it twice: clients keep early events over a cut.
TEST(recovery, on_a_websocket_what_was_missed_follows_connect) {
  stage on(recovering());
  told t(on);
  auto& c = on.ws();
  const auto me = connect(c);
  c.lose();
  on.io.emit("one");
  auto& d = on.ws();
  d.say(come_back(me.pid));
  EXPECT_EQ(bare(d.heard()), (packets{connect_packet(me), R"(42["one"])"}));
}

// P166: rooms as they were when each packet was sent, not as they were at the end.
TEST(recovery, goes_by_the_rooms_of_the_time) {
  stage on(recovering());
  told t(on);
  auto& c = on.ws();
  const auto me = connect(c);
  auto s = t.sockets[0];
  on.io.to("late").emit("before it joined");
  s.join("late");
  s.join("early");
  on.io.to("early").emit("on the way when it was cut");
  s.leave("early");
  on.io.to("early").emit("after it left");
  on.io.except("late").emit("not for it");
  c.lose();
  on.io.to("late").emit("while away");
  auto& d = on.ws();
  d.say(come_back(me.pid));
  EXPECT_EQ(bare(d.heard()), (packets{connect_packet(me), R"(42["on the way when it was cut"])", R"(42["while away"])"}));
}

TEST(recovery, without_any_event_before_the_cut) {
  stage on(recovering());
  told t(on);
  on.io.emit("before it came");
  auto& c = on.ws();
  const auto me = connect(c);
  c.lose();
  on.io.emit("missed");
  auto& d = on.ws();
  d.say(come_back(me.pid));
  EXPECT_EQ(bare(d.heard()), (packets{connect_packet(me), R"(42["missed"])"}));
  EXPECT_EQ(t.reports[1].outcome, recovery_outcome::complete);
}

// A client keeps its last offset when it gets a new pid: what lies before its CONNECT answer is none of its business.
TEST(recovery, an_offset_of_an_earlier_session) {
  stage on(recovering({.max_disconnection_duration = 10s}));
  told t(on);
  auto& c = on.ws();
  connect(c);
  t.sockets[0].emit("hi");
  const auto old = offset_of(c.heard().back());
  c.lose();
  on.advance(11s);
  on.io.emit("to nobody");
  auto& d = on.ws();
  const auto me = connect(d);
  d.lose();
  on.io.emit("missed");
  auto& e = on.ws();
  e.say(come_back(me.pid, old));
  EXPECT_EQ(bare(e.heard()), (packets{connect_packet(me), R"(42["missed"])"}));
  e.lose();
  auto& f = on.ws();
  f.say(come_back(me.pid, "~ABCDEF.9"));  // of a server that was started anew
  EXPECT_EQ(bare(f.heard()), (packets{connect_packet(me), R"(42["missed"])"}));
}

TEST(recovery, repeated_cuts) {
  stage on(recovering());
  told t(on);
  auto* c = &on.ws();
  const auto me = connect(*c);
  std::string offset;
  for (int i = 0; i < 20; ++i) {
    c->lose();
    on.io.emit("n", i);
    on.advance(100s);
    c = &on.ws();
    c->say(i == 0 ? come_back(me.pid) : come_back(me.pid, offset));
    const auto got = c->heard();
    ASSERT_EQ(got.size(), 2u);
    EXPECT_EQ(got[0], connect_packet(me));
    EXPECT_EQ(bare(got[1]), R"(42["n",)" + std::to_string(i) + "]");
    offset = offset_of(got[1]);
  }
  // The answer is lost: the client asks again with what it had.
  for (int i = 0; i < 3; ++i) {
    c->lose();
    on.io.emit("m", i);
    c = &on.ws();
    c->say(come_back(me.pid, offset));
    EXPECT_EQ(c->heard().size(), 2u + static_cast<std::size_t>(i));
  }
}

TEST(recovery, a_dead_connection_that_nobody_noticed) {
  stage on(recovering());
  told t(on);
  std::vector<std::string> ends;
  auto& c = on.ws();
  const auto me = connect(c);
  t.sockets[0].join("room");
  t.sockets[0].data() = 7;
  t.sockets[0].on_disconnect([&](jf::disconnect_reason why) { ends.emplace_back(name_of(why)); });
  on.io.to("room").emit("lost on the way");
  auto& d = on.ws();
  d.say(come_back(me.pid));
  EXPECT_EQ(bare(d.heard()), (packets{connect_packet(me), R"(42["lost on the way"])"}));
  EXPECT_EQ(ends, (std::vector<std::string>{"transport close"}));
  EXPECT_TRUE(c.closed());
  EXPECT_EQ(on.io.main().size(), 1u);
  EXPECT_EQ(t.sockets[1].data().number_or(0), 7);
  EXPECT_TRUE(t.sockets[1].in_room("room"));
}

// P167 S43
TEST(recovery, whatever_is_odd_is_a_fresh_connection) {
  stage on(recovering({.max_disconnection_duration = 10s}));
  told t(on);
  on.io.of("/x");
  const auto fresh = [&](const std::string& packet, const std::string& pid) {
    auto& d = on.ws();
    d.say(packet);
    const auto got = d.heard();
    EXPECT_EQ(got.size(), 1u) << packet;
    EXPECT_NE(member(got.back(), "pid"), pid);
    EXPECT_EQ(t.reports.back().outcome, recovery_outcome::fresh);
    EXPECT_FALSE(t.sockets.back().recovered());
    return t.reports.back().cause;
  };
  const auto lost = [&] {
    auto& c = on.ws();
    const auto me = connect(c);
    c.lose();
    return me;
  };
  EXPECT_EQ(fresh(come_back("unknown"), ""), recovery_cause::unknown_session);
  EXPECT_EQ(fresh(R"(40{"pid":5})", ""), recovery_cause::new_client);
  for (const char* offset : {R"(17)", R"(null)", R"("abc")", R"("")", R"({})"}) {
    const auto me = lost();
    EXPECT_EQ(fresh(R"(40{"pid":")" + me.pid + R"(","offset":)" + offset + "}", me.pid), recovery_cause::unknown_offset);
  }
  const auto ahead = lost();
  on.io.emit("x");
  auto& reader = on.ws();
  connect(reader);
  t.sockets.back().emit("y");
  auto future = offset_of(reader.heard().back());
  future.back() = 'z';
  EXPECT_EQ(fresh(come_back(ahead.pid, future), ahead.pid), recovery_cause::unknown_offset);
  const auto expired = lost();
  on.advance(11s);
  EXPECT_EQ(fresh(come_back(expired.pid), expired.pid), recovery_cause::unknown_session);
  const auto elsewhere = lost();
  auto& d = on.ws();
  d.say(R"(40/x,{"pid":")" + elsewhere.pid + R"("})");
  EXPECT_NE(member(d.heard().back(), "pid"), elsewhere.pid);
}

// A client takes the last string of a volatile event for its offset; one that looks like ours must not deceive us.
TEST(recovery, a_forged_offset_claims_nothing) {
  stage on(recovering());
  told t(on);
  for (const bool broadcast : {false, true}) {
    auto& c = on.ws();
    const auto me = connect(c);
    on.io.emit("one");
    const auto real = offset_of(c.heard().back());
    if (broadcast)
      on.io.volatile_().emit("relay", real);
    else
      t.sockets.back().volatile_().emit("relay", real);
    c.lose();
    auto& d = on.ws();
    d.say(come_back(me.pid, real));
    EXPECT_NE(member(d.heard().back(), "pid"), me.pid);
    EXPECT_EQ(t.reports.back().cause, recovery_cause::unknown_offset);
  }
}

// P168
TEST(recovery, middlewares_are_skipped_unless_told_otherwise) {
  for (const bool skip : {true, false}) {
    stage on(recovering({.skip_middlewares = skip}));
    told t(on);
    int runs = 0;
    std::vector<jf::next> asked;
    on.io.use([&](jf::socket s, jf::next next) {
      if (++runs == 1) return next();
      EXPECT_TRUE(s.recovered());
      EXPECT_TRUE(s.in_room("room"));
      s.emit("from the middleware");
      asked.push_back(next);
    });
    auto& c = on.ws();
    const auto me = connect(c);
    t.sockets[0].join("room");
    c.lose();
    on.io.to("room").emit("one");
    auto& d = on.ws();
    d.say(come_back(me.pid));
    EXPECT_EQ(runs, skip ? 1 : 2);
    if (skip) {
      EXPECT_EQ(d.heard().size(), 2u);
      continue;
    }
    on.io.to("room").emit("two");
    EXPECT_EQ(d.heard(), packets{});
    asked[0]();
    EXPECT_EQ(bare(d.heard()), (packets{connect_packet(me), R"(42["one"])", R"(42["from the middleware"])", R"(42["two"])"}));
  }
}

TEST(recovery, a_middleware_that_refuses_or_is_cut_off_loses_nothing) {
  stage on(recovering({.skip_middlewares = false}));
  told t(on);
  int runs = 0;
  std::vector<jf::next> asked;
  on.io.use([&](jf::socket, jf::next next) {
    if (++runs == 2) return next(jf::refuse("later"));
    if (runs == 3) return asked.push_back(next);
    next();
  });
  auto& c = on.ws();
  const auto me = connect(c);
  c.lose();
  on.io.emit("one");
  auto& refused = on.ws();
  refused.say(come_back(me.pid));
  EXPECT_EQ(refused.heard(), packets{R"(44{"message":"later"})"});
  auto& waits = on.ws();
  waits.say(come_back(me.pid));  // its middleware thinks; the client is cut again, and nobody notices
  auto& d = on.ws();
  d.say(come_back(me.pid));
  EXPECT_EQ(bare(d.heard()), (packets{connect_packet(me), R"(42["one"])"}));
  asked[0]();
  EXPECT_EQ(waits.heard(), packets{});
}

// P169
TEST(recovery, nothing_is_kept_of_who_left_on_purpose) {
  stage on(recovering());
  told t(on);
  const auto gone = [&](auto&& leave) {
    auto& c = on.ws();
    const auto me = connect(c);
    leave(c, t.sockets.back());
    on.host.inner.settle();
    auto& d = on.ws();
    d.say(come_back(me.pid));
    return member(d.heard().front(), "pid") != me.pid;
  };
  EXPECT_TRUE(gone([](stage::client& c, jf::socket) { c.say("41"); }));
  EXPECT_TRUE(gone([](stage::client&, jf::socket s) { s.disconnect(); }));
  EXPECT_TRUE(gone([](stage::client&, jf::socket s) { s.disconnect(true); }));
  EXPECT_TRUE(gone([](stage::client& c, jf::socket) { c.lose(engine::close_reason::parse_error); }));
  for (auto why :
       {engine::close_reason::transport_close, engine::close_reason::transport_error, engine::close_reason::ping_timeout,
        engine::close_reason::forced_close, engine::close_reason::server_shutdown}) {
    EXPECT_FALSE(gone([&](stage::client& c, jf::socket) { c.lose(why); }));
  }
}

// P170
TEST(recovery, when_it_is_off_nothing_is_kept) {
  stage on;
  told t(on);
  auto& c = on.ws();
  c.join();
  c.lose();
  EXPECT_FALSE(t.sockets[0].emit("into the void"));
  EXPECT_EQ(on.shard.recovery_pool(), nullptr);
  EXPECT_EQ(on.shard.of("/")->recovery(), nullptr);
}

// S43
TEST(recovery, limits_make_it_partial_and_say_so) {
  auto o = recovering();
  o.limits.recovery_packets = 3;
  stage on(o);
  told t(on);
  auto& c = on.ws();
  const auto me = connect(c);
  t.sockets[0].join("room");
  c.lose();
  for (int i = 0; i < 5; ++i) on.io.emit("n", i);
  EXPECT_EQ(hits(on, "recovery_log"), 2u);
  auto& d = on.ws();
  d.say(come_back(me.pid));
  const auto got = d.heard();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_NE(member(got[0], "pid"), me.pid);
  EXPECT_NE(member(got[0], "sid"), me.sid);
  const auto& r = t.reports.back();
  EXPECT_EQ(r.outcome, recovery_outcome::partial);
  EXPECT_EQ(r.cause, recovery_cause::packets_dropped);
  EXPECT_EQ(r.previous_id, me.sid);
  EXPECT_EQ(r.previous_rooms, std::vector<std::string>{"room"});
  EXPECT_EQ(r.lost_events, 5u);
}

TEST(recovery, dropped_packets_that_were_for_others_are_no_gap) {
  auto o = recovering();
  o.limits.recovery_packets = 3;
  stage on(o);
  told t(on);
  auto& c = on.ws();
  const auto me = connect(c);
  for (int i = 0; i < 50; ++i) on.io.to("others").emit("n", i);
  c.lose();
  on.io.emit("missed");
  auto& d = on.ws();
  d.say(come_back(me.pid));
  EXPECT_EQ(bare(d.heard()), (packets{connect_packet(me), R"(42["missed"])"}));
}

TEST(recovery, bytes_sessions_and_room_changes_are_limited) {
  auto o = recovering();
  o.limits.recovery_bytes = 2000;
  o.limits.recovery_sessions = 2;
  o.limits.recovery_room_changes = 1;
  o.limits.unsent_bytes = 1u << 20;
  stage on(o);
  told t(on);
  on.io.emit("big", std::string(3000, 'x'));
  EXPECT_EQ(hits(on, "recovery_log"), 1u);
  EXPECT_EQ(on.shard.recovery_pool()->packet_bytes(), 0u);
  auto& a = on.ws();
  const auto first = connect(a);
  auto& b = on.ws();
  const auto second = connect(b);
  on.io.emit("x");
  for (const char* room : {"1", "2", "3"}) t.sockets.back().join(room);
  EXPECT_EQ(hits(on, "room_changes"), 2u);
  auto& c = on.ws();
  connect(c);
  a.lose(), b.lose(), c.lose();
  EXPECT_EQ(hits(on, "recovery_sessions"), 1u);
  EXPECT_EQ(on.shard.recovery_pool()->sessions(), 2u);
  auto& d = on.ws();
  d.say(come_back(first.pid));
  EXPECT_EQ(t.reports.back().cause, recovery_cause::unknown_session);
}

TEST(recovery, more_than_a_client_may_leave_unsent_is_partial) {
  auto o = recovering();
  o.limits.unsent_bytes = 1000;
  stage on(o);
  told t(on);
  auto& c = on.ws();
  const auto me = connect(c);
  c.lose();
  on.io.emit("big", std::string(2000, 'x'));
  auto& d = on.ws();
  d.say(come_back(me.pid));
  EXPECT_EQ(t.reports.back().cause, recovery_cause::too_much_missed);
  EXPECT_EQ(t.reports.back().lost_events, 1u);
}

TEST(recovery, what_nobody_can_ask_for_any_more_is_freed) {
  stage on(recovering({.max_disconnection_duration = 20s}));
  auto& c = on.ws();
  connect(c);
  on.io.emit("x");
  c.lose();
  EXPECT_GT(on.shard.recovery_pool()->packet_bytes(), 0u);
  EXPECT_EQ(on.shard.recovery_pool()->sessions(), 1u);
  on.advance(90s);
  EXPECT_EQ(on.shard.recovery_pool()->packet_bytes(), 0u);
  EXPECT_EQ(on.shard.recovery_pool()->sessions(), 0u);
  EXPECT_EQ(on.shard.recovery_pool()->session_bytes(), 0u);
}

// What a listener emits while a packet is on its way follows it, for everybody.
TEST(recovery, offsets_arrive_in_order_whatever_listeners_emit) {
  stage on(recovering());
  bool once = false;
  on.io.on_connection([&](jf::socket s) {
    s.on_any_outgoing([&](std::string_view) {
      if (!std::exchange(once, true)) on.io.emit("second");
    });
  });
  auto& a = on.ws();
  auto& b = on.ws();
  connect(a), connect(b);
  on.io.emit("first");
  const packets both{R"(42["first"])", R"(42["second"])"};
  EXPECT_EQ(bare(a.heard()), both);
  EXPECT_EQ(bare(b.heard()), both);
}

TEST(recovery, events_from_other_threads_are_kept_too) {
  stage on(recovering());
  told t(on);
  auto& c = on.ws();
  const auto me = connect(c);
  c.lose();
  on.host.foreign = true;
  on.io.emit("all", jf::bytes{std::byte{1}});
  t.sockets[0].emit("one");
  on.host.foreign = false;
  on.host.inner.settle();
  auto& d = on.ws();
  d.say(come_back(me.pid));
  const auto got = d.heard();
  ASSERT_EQ(got.size(), 4u);
  EXPECT_TRUE(got[1].starts_with(R"(451-["all")"));
  EXPECT_EQ(bare(got[3]), R"(42["one"])");
}

TEST(recovery, handles_outlive_the_server) {
  std::vector<jf::socket> kept;
  {
    stage on(recovering());
    on.io.on_connection([&](jf::socket s) { kept.push_back(s); });
    auto& c = on.ws();
    connect(c);
    connect(on.ws());
    c.lose();
  }
  for (auto& s : kept) EXPECT_FALSE(s.emit("nobody"));
}

}  // namespace
}  // namespace jackfield::test
