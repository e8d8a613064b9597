// Rooms and broadcasts over the public API (protocol.md 4.5, 4.6).
#include "unit/server/stage.hpp"

namespace jackfield::test {
namespace {

/// A stage with clients a, b, c, d.
struct crowd : stage {
  explicit crowd(std::size_t n = 4, server_options o = {}) : stage(std::move(o)) {
    io.on_connection([this](jf::socket who) { s.push_back(who); });
    for (std::size_t i = 0; i < n; ++i) clients.push_back(&ws().join());
  }
  /// Which clients heard exactly one message, and that one; others nothing.
  std::string who(const std::string& message) {
    std::string out;
    for (std::size_t i = 0; i < clients.size(); ++i) {
      const auto got = clients[i]->heard();
      if (got == packets{message})
        out += static_cast<char>('a' + i);
      else if (!got.empty())
        out += '!';
    }
    return out;
  }

  std::vector<jf::socket> s;
  std::vector<client*> clients;
};
const std::string e = R"(42["e"])";

// P146
TEST(broadcast, reaches_its_namespace_and_rooms_once) {
  crowd on;
  on.io.of("/x");
  on.clients[0]->join("/x");
  on.s[0].join({"r", "q"});
  on.s[1].join("r");
  on.s[2].join("q");
  on.io.emit("e");
  EXPECT_EQ(on.who(e), "abcd");
  on.io.of("/x").emit("e");
  EXPECT_EQ(on.who(R"(42/x,["e"])"), "a");
  on.io.to("r").emit("e");
  EXPECT_EQ(on.who(e), "ab");
  on.io.in({"r", "q"}).emit("e");
  EXPECT_EQ(on.who(e), "abc");
  on.io.to("r").in(std::vector<std::string>{"q"}).to(on.s[3].id()).emit("e");
  EXPECT_EQ(on.who(e), "abcd");
  on.io.to("nowhere").emit("e");
  EXPECT_EQ(on.who(e), "");
  EXPECT_EQ(on.clients[0]->stream->shared_sends, 5);
}

// P147
TEST(broadcast, of_a_socket_leaves_it_out) {
  crowd on;
  for (auto& s : on.s) s.join("r");
  on.s[0].broadcast().emit("e");
  EXPECT_EQ(on.who(e), "bcd");
  on.s[0].to("r").emit("e");
  EXPECT_EQ(on.who(e), "bcd");
  on.s[0].to(on.s[0].id()).emit("e");
  EXPECT_EQ(on.who(e), "");
  on.s[0].except(on.s[1].id()).emit("e");
  EXPECT_EQ(on.who(e), "cd");
  on.s[0].volatile_().to("r").emit("e");
  EXPECT_EQ(on.who(e), "bcd");
  on.io.to("r").emit("e");
  EXPECT_EQ(on.who(e), "abcd");
}

// P148
TEST(broadcast, except_rooms_and_ids) {
  crowd on;
  on.s[0].join({"r", "q"});
  on.s[1].join("r");
  on.io.except("r").emit("e");
  EXPECT_EQ(on.who(e), "cd");
  on.io.to("r").except("q").emit("e");
  EXPECT_EQ(on.who(e), "b");
  on.io.except({"q", on.s[3].id()}).emit("e");
  EXPECT_EQ(on.who(e), "bc");
}

// P149
TEST(broadcast, operators_are_values) {
  crowd on;
  on.s[0].join("r");
  on.s[1].join("q");
  const auto all = on.io.local();
  const auto r = all.to("r");
  const auto rq = r.to("q");
  const auto none = rq.except("r").except("q");
  none.emit("e");
  EXPECT_EQ(on.who(e), "");
  r.emit("e");
  EXPECT_EQ(on.who(e), "a");
  rq.emit("e");
  EXPECT_EQ(on.who(e), "ab");
  all.emit("e");
  EXPECT_EQ(on.who(e), "abcd");
}

// P150
TEST(broadcast, answers_of_all) {
  crowd on(2);
  std::vector<std::string> got;
  const auto note = [&](jf::error err, std::vector<jf::value> all) {
    std::string t(name_of(err.code));
    for (auto& v : all) t += " " + std::string(v.text_or("?"));
    got.push_back(t);
  };
  on.io.timeout(1s).emit("q", 1, note);
  EXPECT_EQ(on.who(R"(420["q",1])"), "ab");
  on.clients[1]->say(R"(430["b","more"])").say(R"(430["twice"])");
  on.clients[0]->say(R"(430["a"])");
  EXPECT_EQ(got, std::vector<std::string>{"none b a"});
  on.io.timeout(1s).emit("q", note);
  on.clients[0]->say(R"(431["a"])");
  on.clients[1]->lose();
  on.advance(1s);
  EXPECT_EQ(got.back(), "timeout a");
  on.clients[0]->say(R"(431["late"])");
  on.io.to("nobody").timeout(1s).emit("q", note);
  EXPECT_EQ(got.back(), "none");
  EXPECT_EQ(got.size(), 3u);
}

// P150
TEST(broadcast, answers_for_coroutines_and_futures) {
  crowd on(1);
  std::string got;
  on.s[0].on("go", [&]() -> jf::task<> {
    got += std::to_string((co_await on.io.timeout(1s).emit_with_ack("q")).size());
    try {
      co_await on.io.timeout(1s).emit_with_ack("q");
    } catch (const jf::incomplete_answers& i) {
      got += name_of(i.code()), got += std::to_string(i.values().size());
    }
  });
  on.clients[0]->say(R"(42["go"])").say("430[1]");
  on.advance(1s);
  EXPECT_EQ(got, "1timeout0");
  on.host.foreign = true;
  auto f = on.io.emit_with_ack("q").future();
  on.host.foreign = false;
  on.host.inner.settle();
  on.clients[0]->say("432[5]");
  EXPECT_EQ(f.get().values.at(0), jf::value(5));
}

// P150
TEST(broadcast, only_who_was_asked_may_answer) {
  crowd on(2);
  std::size_t got = 99;
  on.io.to(on.s[0].id()).timeout(1s).emit("q", [&](jf::error, std::vector<jf::value> all) { got = all.size(); });
  on.clients[1]->say("430[1]");
  EXPECT_EQ(got, 99u);
  on.clients[0]->say("430[1]");
  EXPECT_EQ(got, 1u);
}

// P151
TEST(broadcast, sockets_are_found_moved_and_ended) {
  crowd on;
  on.io.to(std::vector<std::string>{std::string(on.s[0].id()), std::string(on.s[1].id())}).sockets_join("r");
  EXPECT_EQ(on.io.in("r").fetch_sockets().future().get().size(), 2u);
  EXPECT_EQ(on.io.fetch_sockets().future().get().size(), 4u);
  on.io.sockets_join({"x", "y"});
  EXPECT_EQ(on.s[3].rooms(), (std::vector<std::string>{std::string(on.s[3].id()), "x", "y"}));
  on.io.in("r").sockets_leave("x");
  EXPECT_FALSE(on.s[0].in_room("x"));
  EXPECT_TRUE(on.s[2].in_room("x"));
  on.io.in("r").disconnect_sockets();
  EXPECT_EQ(on.who("41"), "ab");
  EXPECT_FALSE(on.clients[0]->closed());
  on.io.disconnect_sockets(true);
  EXPECT_EQ(on.who("41"), "cd");
  EXPECT_TRUE(on.clients[2]->closed());
}

// P152 P153
TEST(broadcast, volatile_depends_on_the_receiver) {
  crowd on(2);
  on.clients[0]->stream->hold();
  on.s[0].emit("first");
  on.io.volatile_().emit("v", jf::bytes{std::byte{'b'}});
  on.s[0].emit("last");
  EXPECT_EQ(on.clients[0]->heard(), (packets{R"(42["first"])", R"(42["last"])"}));
  EXPECT_EQ(on.clients[1]->heard(), (packets{R"(451-["v",{"_placeholder":true,"num":0}])", "bb"}));
  EXPECT_FALSE(on.s[0].volatile_().emit("v"));
  on.clients[0]->stream->drain(*on.clients[0]->session);
  EXPECT_TRUE(on.s[0].volatile_().emit("v"));
  EXPECT_EQ(on.clients[0]->heard(), packets{R"(42["v"])"});
}

// P152
TEST(broadcast, volatile_on_polling_needs_a_parked_get) {
  crowd on(0);
  auto& c = on.polling();
  c.get();
  c.join();
  on.io.volatile_().emit("lost");
  c.get();
  on.io.volatile_().emit("e");
  EXPECT_EQ(c.heard(), packets{e});
}

// P144
TEST(broadcast, rooms_of_a_socket) {
  crowd on(1);
  auto& s = on.s[0];
  const std::string id(s.id());
  EXPECT_EQ(s.rooms(), std::vector<std::string>{id});
  s.leave("unknown");
  EXPECT_TRUE(s.join({"a", "b"}));
  EXPECT_TRUE(s.join(id));
  EXPECT_EQ(s.rooms(), (std::vector<std::string>{id, "a", "b"}));
  s.leave("a");
  EXPECT_EQ(on.shard.of("/")->rooms().room_count(), 1u);
  on.clients[0]->say("41");
  EXPECT_TRUE(s.rooms().empty());
  EXPECT_FALSE(s.join("late"));
  EXPECT_EQ(on.shard.of("/")->rooms().room_count(), 0u);
}

// P145
TEST(broadcast, room_events) {
  crowd on(1);
  std::vector<std::string> told;
  on.io.main().on_room([&](jf::room_event what, std::string_view room, std::string_view id) {
    static constexpr std::string_view names[] = {"created", "joined", "left", "deleted"};
    told.push_back(std::string(names[static_cast<int>(what)]) + " " + std::string(room == id ? "own" : room));
  });
  on.s[0].join("r");
  on.s[0].join("r");
  on.s[0].leave("r");
  on.s[0].leave("r");
  on.clients[0]->say("41");
  EXPECT_EQ(told, (std::vector<std::string>{"created r", "joined r", "left r", "deleted r", "left own", "deleted own"}));
}

// S28
TEST(broadcast, rooms_are_limited) {
  server_options o;
  o.limits.rooms_per_socket = 2;
  o.limits.room_name_bytes = 3;
  crowd on(1, o);
  EXPECT_FALSE(on.s[0].join("long"));
  EXPECT_TRUE(on.s[0].join({"a", "b"}));
  EXPECT_TRUE(on.s[0].join("a"));
  EXPECT_FALSE(on.s[0].join("c"));
}

TEST(broadcast, other_threads_broadcast_in_order) {
  crowd on(2);
  on.host.foreign = true;
  on.io.emit("one");
  on.s[0].to(on.s[1].id()).emit("two");
  on.io.to(on.s[1].id()).disconnect_sockets();
  on.host.foreign = false;
  EXPECT_EQ(on.clients[1]->heard(), (packets{R"(42["one"])", R"(42["two"])", "41"}));
}

TEST(broadcast, listeners_may_end_receivers_while_it_runs) {
  crowd on;
  for (auto& s : on.s) s.join("r");
  for (auto& s : on.s) {
    s.on_any_outgoing([&](std::string_view) {
      on.s[1].disconnect(true);
      on.s[2].leave("r");
    });
  }
  on.io.to("r").emit("e");
  EXPECT_EQ(on.clients[0]->heard(), packets{e});
  EXPECT_EQ(on.clients[1]->heard(), packets{"41"});
  EXPECT_EQ(on.clients[2]->heard(), packets{});
  EXPECT_EQ(on.clients[3]->heard(), packets{e});
}

// P149
TEST(broadcast, who_is_in_front_of_a_listener_is_sent_to_before_it_runs) {
  crowd on;
  on.s[2].on_any_outgoing([&](std::string_view) {
    on.s[0].disconnect();
    on.s[3].disconnect();
  });
  on.io.emit("e");
  EXPECT_EQ(on.clients[0]->heard(), (packets{e, "41"}));
  EXPECT_EQ(on.clients[1]->heard(), packets{e});
  EXPECT_EQ(on.clients[2]->heard(), packets{e});
  EXPECT_EQ(on.clients[3]->heard(), packets{"41"});
}

}  // namespace
}  // namespace jackfield::test
