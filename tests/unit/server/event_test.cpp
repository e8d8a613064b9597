// Events in and out: typed handlers, middlewares, any-listeners, acknowledgements of the client's events (protocol.md 4.3).
#include "unit/server/stage.hpp"

namespace jackfield::test {

struct note {
  std::string room, text;
  std::optional<int> number;
};
BOOST_DESCRIBE_STRUCT(note, (), (room, text, number))

namespace {

/// A stage with one joined client whose socket `s` is known.
struct talk : stage {
  explicit talk(server_options o = {}) : stage(std::move(o)) {
    io.on_connection([this](jf::socket who) { all.push_back(who); });
    c = &ws().join();
  }
  jf::socket& s() { return all.front(); }
  packets answer(const packets& p) { return c->say(p).heard(); }

  std::vector<jf::socket> all;
  client* c;
};

// P105 P107 P135
TEST(event, typed_parameters_and_the_returned_answer) {
  talk on;
  on.s().on("sum", [](int a, int b) { return a + b; });
  on.s().on("note", [](const note& n) { return n.room + "/" + n.text; });
  on.s().on("many", [](std::vector<int> v, std::optional<std::string> more, bool b, double d) {
    return std::to_string(v.size()) + more.value_or("-") + (b ? "t" : "f") + std::to_string(static_cast<int>(d * 2));
  });
  on.s().on("view", [](std::string_view a, jf::value v) { return std::string(a) + (v.is_null() ? "" : "+"); });
  EXPECT_EQ(on.answer({R"(420["sum",1,2])", R"(42007["sum",3,4,"surplus"])"}), (packets{"430[3]", "437[7]"}));
  EXPECT_EQ(on.answer({R"(421["note",{"room":"r","text":"t","other":1}])"}), packets{R"(431["r/t"])"});
  EXPECT_EQ(on.answer({R"(422["many",[1,2,3],null,true,1.5])"}), packets{R"(432["3-t3"])"});
  EXPECT_EQ(on.answer({R"(423["view","a\"b"])", R"(424["view","ab",{}])"}), (packets{R"(433["a\"b"])", R"(434["ab+"])"}));
  EXPECT_EQ(on.answer({R"(42["sum",1,2])"}), packets{});
}

TEST(event, arguments_that_do_not_fit_are_answered_and_told) {
  talk on;
  std::vector<std::string> told;
  on.io.on_bad_event([&](const jf::bad_event& b) { told.push_back(std::string(b.event) + ": " + b.error.text); });
  int calls = 0;
  on.s().on("e", [&](std::string, std::uint8_t) { ++calls; });
  EXPECT_EQ(on.answer({R"(421["e",1,2])"}),
            packets{R"(431[{"error":{"code":"bad_argument","message":"argument 1: expected a string, not a number"}}])"});
  EXPECT_EQ(on.answer({R"(422["e","x",256])", R"(42["e","x"])"}).size(), 1u);
  EXPECT_EQ(calls, 0);
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[2], "e: argument 2: expected a positive integer, not nothing");
  on.answer({R"(42["e","x",255])"});
  EXPECT_EQ(calls, 1);
}

// P108 P110 P135
TEST(event, binary_both_ways) {
  talk on;
  on.s().on("echo", [](jf::arg v, jf::ack a) { a(v); });
  on.s().on("len", [](jf::bytes_view b) { return b.size(); });
  on.s().on("wrap", [](jf::bytes b) { return jf::object{{"data", std::move(b)}, {"note", "n"}}; });
  EXPECT_EQ(on.answer({R"(451-1["echo",{"a":[{"_placeholder":true,"num":0}]}])", "bABC"}),
            (packets{R"(461-1[{"a":[{"_placeholder":true,"num":0}]}])", "bABC"}));
  EXPECT_EQ(on.answer({R"(451-2["len",{"_placeholder":true,"num":0}])", "bABCD"}), packets{"432[4]"});
  EXPECT_EQ(on.answer({R"(451-3["wrap",{"_placeholder":true,"num":0}])", "bXY"}),
            (packets{R"(461-3[{"data":{"_placeholder":true,"num":0},"note":"n"}])", "bXY"}));
}

// P108 P112
TEST(event, relayed_placeholders_are_numbered_anew) {
  talk on;
  on.s().on("swap", [](jf::arg a, jf::arg b, jf::ack answer) { answer(b, jf::bytes{std::byte{'!'}}, a); });
  const packets in{R"(452-1["swap",{"x":{"_placeholder":true,"num":1}},{ "num":0, "_placeholder":true }])", "bzero", "bone"};
  EXPECT_EQ(on.answer(in),
            (packets{R"(463-1[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1},{"x":{"_placeholder":true,"num":2}}])",
                     "bzero", "b!", "bone"}));
}

// P109
TEST(event, what_is_sent_is_not_changed) {
  talk on;
  const jf::value v(jf::object{{"b", jf::bytes{std::byte{'1'}}}, {"n", nullptr}});
  const jf::value before = v;
  on.s().emit("e", v, v);
  EXPECT_EQ(v, before);
  EXPECT_EQ(on.c->heard(),
            (packets{R"(452-["e",{"b":{"_placeholder":true,"num":0},"n":null},{"b":{"_placeholder":true,"num":1},"n":null}])",
                     "b1", "b1"}));
}

// P111 P114
TEST(event, what_may_not_be_sent) {
  talk on;
  const jf::array eleven(11, jf::value(jf::bytes{}));
  EXPECT_THROW(on.s().emit("e", eleven), jf::bad_result);
  EXPECT_THROW(on.io.emit("e", eleven), jf::bad_result);
  for (const char* name : {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}) {
    EXPECT_THROW(on.s().emit(name), jf::bad_result) << name;
    EXPECT_THROW(on.io.emit(name, 1), jf::bad_result) << name;
  }
  jf::value deep;
  for (int i = 0; i < 300; ++i) deep = jf::array{deep};
  EXPECT_THROW(on.s().emit("e", deep), jf::bad_result);
  EXPECT_TRUE(on.c->heard().empty());
  on.s().emit("connection", 1);
  EXPECT_EQ(on.c->heard(), packets{R"(42["connection",1])"});
}

// P105 P115
TEST(event, numbers_are_names_too) {
  talk on;
  std::string got;
  on.s().on("1", [&](std::string a) { got = a; });
  on.s().on("a\nb", [&](std::string a) { got = a; });
  on.answer({R"(42[1,"x"])"});
  EXPECT_EQ(got, "x");
  on.answer({R"(42["a\nb","y"])"});
  EXPECT_EQ(got, "y");
}

// P119
TEST(event, packets_without_a_payload_are_heard_by_any_listeners_alone) {
  talk on;
  int any = 0;
  on.s().on_any([&](std::string_view, const jf::args& a) { any += a.empty() ? 1 : 100; });
  on.answer({"42", "421", "43", "431"});
  EXPECT_EQ(any, 2);
  EXPECT_FALSE(on.c->closed());
}

// P136
TEST(event, one_answer_per_event) {
  talk on;
  std::optional<jf::ack> kept;
  on.s().on("e", [&](jf::ack a) {
    a(1);
    a(2);
    EXPECT_FALSE(a);
  });
  on.s().on("e", [&](jf::ack a) { EXPECT_FALSE(a); });
  on.s().on("later", [&](jf::ack a) { kept = std::move(a); });
  on.s().on("nothing", [](jf::ack a) { a(); });
  EXPECT_EQ(on.answer({R"(421["e"])", R"(422["later"])", R"(423["nothing"])"}), (packets{"431[1]", "433[]"}));
  on.host.foreign = true;
  (*kept)("x", 1.5, nullptr, jf::bytes{std::byte{'b'}});
  on.host.foreign = false;
  EXPECT_EQ(on.c->heard(), (packets{R"(461-2["x",1.5,null,{"_placeholder":true,"num":0}])", "bb"}));
}

TEST(event, a_kept_answer_is_safe_when_the_socket_is_gone) {
  talk on;
  std::optional<jf::ack> kept;
  on.s().on("e", [&](jf::ack a) { kept = std::move(a); });
  on.answer({R"(421["e"])"});
  on.c->lose();
  (*kept)(1);
  EXPECT_FALSE(on.s().connected());
}

TEST(event, coroutines_answer_when_they_are_done) {
  talk on;
  on.s().on("ask", [&](jf::socket s, std::string q, jf::arg relay) -> jf::task<jf::value> {
    auto v = co_await s.timeout(5s).emit_with_ack("question", q);
    v = jf::array{v, relay.parse()};
    co_return v;
  });
  on.s().on("void", [](int) -> jf::task<> { co_return; });
  EXPECT_EQ(on.answer({R"(427["ask","why?",{"k":1}])"}), packets{R"(420["question","why?"])"});
  EXPECT_EQ(on.answer({R"(430["because"])"}), packets{R"(437[["because",{"k":1}]])"});
  EXPECT_EQ(on.answer({R"(428["void",1])"}), packets{"438[]"});
}

// S44
TEST(event, what_handlers_throw_is_told_and_answered) {
  talk on;
  std::vector<std::string> faults;
  on.io.on_fault([&](const jf::fault& f) {
    EXPECT_EQ(f.socket_id, on.s().id());
    faults.emplace_back(f.where);
  });
  on.s().on("plain", [](int) { throw std::runtime_error("x"); });
  on.s().on("value", [](int i) -> int { throw i; });
  on.s().on("coroutine", [](int i) -> jf::task<int> {
    if (i > 0) throw i;
    co_return i;
  });
  const std::string failed = R"([{"error":{"code":"failed","message":"the handler failed"}}])";
  EXPECT_EQ(on.answer({R"(421["plain",1])", R"(422["value",1])", R"(423["coroutine",1])", R"(424["coroutine",0])"}),
            (packets{"431" + failed, "432" + failed, "433" + failed, "434[0]"}));
  EXPECT_EQ(faults, (std::vector<std::string>{"plain", "value", "coroutine"}));
  EXPECT_TRUE(on.s().connected());
}

TEST(event, handlers_in_order_once_and_off) {
  talk on;
  std::string order;
  const auto a = on.s().on("e", [&] { order += "a"; });
  on.s().once("e", [&] { order += "1"; });
  on.s().on("e", [&] {
    order += "b";
    on.s().off(a);
    on.s().on("e", [&] { order += "n"; });
  });
  on.answer({R"(42["e"])"});
  EXPECT_EQ(order, "a1b");
  on.answer({R"(42["e"])"});
  EXPECT_EQ(order, "a1bbn");
  on.s().off("e");
  on.answer({R"(42["e"])"});
  EXPECT_EQ(order, "a1bbn");
  EXPECT_EQ(on.shard.environment().names.size(), 0u);
}

// P140
TEST(event, middlewares_rename_and_refuse) {
  talk on;
  std::string errors;
  std::vector<std::string> got;
  std::optional<jf::next> later;
  on.s().use([](jf::event& e, jf::next next) {
    if (e.name() == "old") {
      e.rename("new");
      e.replace({"replaced", jf::bytes{std::byte{'b'}}});
    }
    next();
  });
  on.s().use([&](jf::event& e, jf::next next) {
    if (e.name() == "bad")
      next(jf::refuse("bad one"));
    else if (e.name() == "slow")
      later = next;
    else
      next();
  });
  on.s().on_error([&](const jf::error& e) { errors += e.text; });
  for (const char* n : {"new", "bad", "slow", "old"}) {
    on.s().on(n, [&got, n](std::string a, std::optional<jf::bytes> b) { got.push_back(n + (":" + a) + (b ? "+" : "")); });
  }
  EXPECT_EQ(on.answer({R"(42["old","x"])", R"(421["bad","x"])", R"(42["slow","s"])", R"(42["new","y"])"}), packets{});
  EXPECT_EQ(errors, "bad one");
  EXPECT_EQ(got, (std::vector<std::string>{"new:replaced+", "new:y"}));
  (*later)();
  EXPECT_EQ(got.back(), "slow:s");
}

// P140: a middleware may answer in the handler's stead, as it may with the callback among the reference's arguments.
TEST(event, middlewares_may_take_the_answer) {
  talk on;
  bool asked = false;
  on.s().use([](jf::event& e, jf::next next) {
    if (e.name() == "fine") return next();
    if (!e.wants_ack()) return next(jf::refuse("unheard"));
    e.take_ack()("not now");
    EXPECT_FALSE(e.wants_ack());
    EXPECT_FALSE(e.take_ack());
    e.name() == "both" ? next() : next(jf::refuse("answered"));
  });
  on.s().on("both", [&](jf::ack a) {
    asked = static_cast<bool>(a);
    a("twice");
  });
  on.s().on("fine", [] { return 1; });
  on.s().on("refused", [] { ADD_FAILURE(); });
  EXPECT_EQ(on.answer({R"(421["refused"])", R"(42["refused"])", R"(422["both"])", R"(423["fine"])"}),
            (packets{R"(431["not now"])", R"(432["not now"])", "433[1]"}));
  EXPECT_FALSE(asked);
}

// P141
TEST(event, any_listeners_come_first_and_in_order) {
  talk on;
  std::string order;
  on.s().use([&](jf::event&, jf::next next) { order += "m", next(jf::refuse("no")); });
  on.s().on("e", [&] { order += "h"; });
  const auto b = on.s().on_any([&](std::string_view name) { order += "b" + std::string(name); });
  on.s().prepend_any([&](std::string_view, const jf::args& a) { order += "a" + std::to_string(a.size()); });
  on.answer({R"(42["e",1,2])"});
  EXPECT_EQ(order, "a2bem");
  on.s().off_any(b);
  on.answer({R"(42["e"])"});
  EXPECT_EQ(order, "a2bema0m");
  on.s().off_any();
  on.answer({R"(42["e"])"});
  EXPECT_EQ(order, "a2bema0mm");
}

// P142
TEST(event, outgoing_listeners_hear_events_but_not_answers) {
  talk on;
  std::vector<std::string> heard;
  const auto hear = [&](std::string_view name, const jf::args& a) {
    heard.push_back(std::string(name) + std::to_string(a.size()) + (a[1].binary() ? "b" : ""));
  };
  const auto id = on.s().on_any_outgoing(hear);
  on.s().on("q", [](jf::ack a) { a(1); });
  on.s().emit("one", 1, jf::bytes{std::byte{'x'}});
  on.io.emit("all", "a");
  on.host.foreign = true;
  on.s().emit("far", 1, jf::bytes{std::byte{'x'}});
  on.host.foreign = false;
  on.answer({R"(421["q"])"});
  EXPECT_EQ(heard, (std::vector<std::string>{"one2b", "all1", "far2b"}));
  on.s().off_any_outgoing(id);
  on.s().emit("one");
  EXPECT_EQ(heard.size(), 3u);
}

// P143
TEST(event, what_comes_behind_our_disconnect_is_dropped) {
  talk on;
  int calls = 0;
  on.s().on("e", [&] {
    ++calls;
    on.s().disconnect();
  });
  on.answer({R"(42["e"])", R"(42["e"])", "41"});
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(on.c->closed());
  on.c->join();
}

// P130
TEST(event, an_undecodable_packet_is_an_error_then_the_end) {
  for (const std::string bad : {R"(42["e")", "42[]", R"(42{"a":1})", R"(42[true])", R"(42[null])", R"(42["connect"])", "411",
                                "47", "41[]", R"(4511-["e"])", R"(450-["e"])", R"(42x["e"])"}) {
    talk on;
    std::vector<std::string> order;
    on.s().on_error([&](const jf::error&) { order.emplace_back("error"); });
    on.s().on_disconnect([&](disconnect_reason r) { order.emplace_back(name_of(r)); });
    on.answer({bad});
    if (bad == "411") continue;  // an id on any type is tolerated: the client left
    EXPECT_EQ(order, (std::vector<std::string>{"error", "forced close"})) << bad;
    EXPECT_TRUE(on.c->closed());
  }
}

// P113
TEST(event, text_between_attachments_is_an_error) {
  talk on;
  on.answer({R"(451-["e",{"_placeholder":true,"num":0}])", R"(42["e"])"});
  EXPECT_TRUE(on.c->closed());
  talk other;
  other.answer({"bX"});
  EXPECT_TRUE(other.c->closed());
}

// S26
TEST(event, attachments_that_do_not_come_end_the_connection) {
  talk on;
  const std::string head = R"(452-["e",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])";
  on.answer({head});
  on.advance(44s);
  on.answer({"b1"});
  on.advance(44s);
  EXPECT_FALSE(on.c->closed());
  on.answer({"b2"});
  on.advance(100s);
  EXPECT_FALSE(on.c->closed());
  on.answer({head});
  on.advance(45s);
  EXPECT_TRUE(on.c->closed());
}

// S26
TEST(event, unfinished_packets_share_a_budget) {
  server_options o;
  o.limits.attachment_bytes = 2000;
  talk on(o);
  auto& big = on.ws().join();
  const std::string head = R"(452-["e",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])";
  big.say({head, "b" + std::string(1200, 'x')});
  on.answer({head, "b" + std::string(900, 'x')});
  EXPECT_TRUE(big.closed());
  EXPECT_FALSE(on.c->closed());
  EXPECT_EQ(on.answer({"bend"}), packets{});
  EXPECT_EQ(on.shard.decoding().budget.total(), 0u);
}

// P160
TEST(event, large_messages) {
  talk on;
  on.s().on("echo", [](jf::arg v, jf::ack a) { a(v); });
  const std::string text(900'000, 'x');
  EXPECT_EQ(on.answer({R"(421["echo",")" + text + R"("])"}), packets{R"(431[")" + text + R"("])"});
  EXPECT_EQ(on.answer({R"(451-2["echo",{"_placeholder":true,"num":0}])", "b" + text}),
            (packets{R"(461-2[{"_placeholder":true,"num":0}])", "b" + text}));
}

}  // namespace
}  // namespace jackfield::test
