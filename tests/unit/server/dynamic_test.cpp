// Namespaces that rules make: patterns, functions, parents and their children.
#include "unit/server/stage.hpp"

#include <optional>
#include <regex>
#include <string>
#include <vector>

namespace jackfield::test {
namespace {

const std::string refused = R"({"message":"Invalid namespace"})";

std::uint64_t hits(const stage& on, std::string_view name) {
  for (const auto& [limit, n] : on.io.limit_hits()) {
    if (limit == name) return n;
  }
  ADD_FAILURE() << "no such limit: " << name;
  return 0;
}

// P156
TEST(dynamic, a_pattern_makes_namespaces_that_begin_as_their_parent) {
  stage on;
  std::vector<std::string> log;
  auto parent = on.io.of(std::regex("^/dyn-\\d+$"));
  parent.use([&](jf::socket s, jf::next n) { log.push_back("use " + std::string(s.nsp_name())), n(); });
  parent.on_connection([&](jf::socket s) { log.push_back("in " + std::string(s.nsp_name())); });
  on.ws().join("/dyn-1").join("/dyn-22");
  EXPECT_EQ(log, (packets{"use /dyn-1", "in /dyn-1", "use /dyn-22", "in /dyn-22"}));
  EXPECT_EQ(parent.children().size(), 2u);
}

// P156
TEST(dynamic, a_name_that_no_rule_takes_is_refused) {
  stage on;
  on.io.of(std::regex("^/dyn-\\d+$"));
  on.io.of([](std::string_view, const jf::value&) { return false; });
  auto& c = on.ws();
  for (const std::string name : {"/dyn-x", "/xdyn-1", "/dyn-1\nx", "/dyn-1/"}) {
    EXPECT_EQ(c.say("40" + name + ",").heard(), packets{"44" + name + "," + refused});
  }
  EXPECT_FALSE(c.closed());
}

TEST(dynamic, a_pattern_searches_in_the_name) {
  stage on;
  on.io.of(std::regex("room"));
  on.ws().join("/my-room-1");
}

// P156
TEST(dynamic, a_function_decides_by_name_and_auth) {
  stage on;
  on.io.of([](std::string_view name, const jf::value& auth) { return name == "/vip" && auth["token"].text_or("") == "x"; });
  auto& c = on.ws();
  EXPECT_EQ(c.say(R"(40/vip,{"token":"y"})").heard(), packets{"44/vip," + refused});
  EXPECT_EQ(c.say("40/vip,").heard(), packets{"44/vip," + refused});
  EXPECT_EQ(c.say(R"(40/vip,{"token":"x"})").heard().size(), 1u);
  EXPECT_EQ(c.say(R"(42/vip,0["unknown"])").heard(), packets{});
  EXPECT_FALSE(c.closed());
  EXPECT_EQ(on.ws().say("40/vip,").heard().size(), 1u) << "it exists now: nobody is asked any more";
}

// P156
TEST(dynamic, the_first_rule_in_order_of_registration_wins) {
  stage on;
  std::string by;
  on.io.of([](std::string_view, const jf::value&) { return false; }).on_connection([&](jf::socket) { by += "1"; });
  on.io.of([](std::string_view, const jf::value&) { return true; }).on_connection([&](jf::socket) { by += "2"; });
  on.io.of(std::regex(".")).on_connection([&](jf::socket) { by += "3"; });
  on.ws().join("/a");
  EXPECT_EQ(by, "2");
}

// P156
TEST(dynamic, rules_may_answer_later_and_a_refusal_asks_the_next) {
  stage on;
  std::optional<jf::next> first, second;
  on.io.of([&](std::string_view, const jf::value&, jf::next n) { first = n; });
  auto parent = on.io.of([&](std::string_view name, const jf::value& auth, jf::next n) {
    EXPECT_EQ(name, "/later");
    EXPECT_EQ(auth["k"].text_or(""), "v");
    second = n;
  });
  auto& c = on.ws();
  EXPECT_EQ(c.say(R"(40/later,{"k":"v"})").heard(), packets{});
  EXPECT_FALSE(second);
  (*first)(jf::refuse("not mine"));
  (*first)();  // the first answer counts
  EXPECT_EQ(c.heard(), packets{});
  ASSERT_TRUE(second);
  on.host.foreign = true;  // from another thread
  (*second)();
  on.host.foreign = false;
  EXPECT_EQ(c.heard().size(), 1u);
  EXPECT_EQ(parent.children().size(), 1u);
}

TEST(dynamic, a_coroutine_may_decide) {
  stage on;
  on.io.of([](std::string_view name, const jf::value&) -> jf::task<bool> { co_return name == "/co"; });
  auto& c = on.ws();
  c.join("/co");
  EXPECT_EQ(c.say("40/no,").heard(), packets{"44/no," + refused});
}

TEST(dynamic, a_rule_that_throws_is_reported_and_takes_nothing) {
  stage on;
  std::string where;
  on.io.on_fault([&](const jf::fault& f) { where = std::string(f.where) + " " + std::string(f.nsp); });
  on.io.of([](std::string_view, const jf::value&) -> bool { throw std::runtime_error("no"); });
  EXPECT_EQ(on.ws().say("40/x,").heard(), packets{"44/x," + refused});
  EXPECT_EQ(where, "of /x");
}

// P157
TEST(dynamic, connects_at_the_same_time_make_one_child) {
  stage on;
  std::vector<jf::next> waiting;
  int made = 0, in = 0;
  on.io.on_new_namespace([&](jf::nsp n) { made += n.name() == "/one"; });
  auto parent = on.io.of([&](std::string_view, const jf::value&, jf::next n) { waiting.push_back(n); });
  parent.on_connection([&](jf::socket) { ++in; });
  auto &a = on.ws(), &b = on.ws();
  a.say("40/one,");
  b.say("40/one,");
  ASSERT_EQ(waiting.size(), 2u);
  for (auto& n : waiting) n();
  EXPECT_EQ(a.heard().size() + b.heard().size(), 2u);
  EXPECT_EQ(made, 1);
  EXPECT_EQ(in, 2);
  EXPECT_EQ(on.io.of("/one").size(), 2u);
  EXPECT_EQ(parent.children().size(), 1u);
}

// P129
TEST(dynamic, packets_for_a_name_that_is_being_asked_about_end_the_connection) {
  stage on;
  std::optional<jf::next> later;
  on.io.of([&](std::string_view, const jf::value&, jf::next n) { later = n; });
  auto &twice = on.ws(), &early = on.ws();
  twice.say("40/a,");
  twice.say("40/a,");
  EXPECT_TRUE(twice.closed());
  early.say("40/a,");
  early.say(R"(42/a,["x"])");
  EXPECT_TRUE(early.closed());
  (*later)();  // nobody is there
  EXPECT_EQ(on.shard.find("/a"), nullptr);
}

TEST(dynamic, a_client_that_left_while_rules_thought_makes_nothing) {
  stage on;
  std::optional<jf::next> later;
  on.io.of([&](std::string_view, const jf::value&, jf::next n) { later = n; });
  auto& c = on.ws();
  c.say("40/a,");
  c.lose();
  (*later)();
  EXPECT_EQ(on.shard.find("/a"), nullptr);
}

// S27
TEST(dynamic, a_rule_that_never_answers_is_given_up) {
  stage on;
  on.io.of([](std::string_view, const jf::value&, jf::next) {});
  auto& c = on.ws();
  c.say("40/a,");
  on.advance(11s);
  EXPECT_EQ(c.heard(), packets{"44/a," + refused});
  EXPECT_EQ(hits(on, "middleware_time"), 1u);
}

// S27
TEST(dynamic, names_that_are_asked_about_count_as_namespaces_of_the_client) {
  server_options o;
  o.limits.namespaces_per_client = 2;
  stage on(o);
  on.io.of([](std::string_view, const jf::value&, jf::next) {});
  auto& c = on.ws();
  c.join();
  c.say("40/a,");
  EXPECT_FALSE(c.closed());
  c.say("40/b,");
  EXPECT_TRUE(c.closed());
  EXPECT_EQ(hits(on, "namespaces"), 1u);
}

// P156
TEST(dynamic, a_parents_emits_reach_all_children) {
  stage on;
  auto parent = on.io.of(std::regex("^/dyn"));
  parent.on_connection([](jf::socket s) { s.join(s.nsp_name() == "/dyn-1" ? "odd" : "even"); });
  auto &a = on.ws(), &b = on.ws(), &other = on.ws();
  a.join("/dyn-1");
  b.join("/dyn-2");
  other.join();
  parent.emit("all", 1);
  EXPECT_EQ(a.heard(), packets{R"(42/dyn-1,["all",1])"});
  EXPECT_EQ(b.heard(), packets{R"(42/dyn-2,["all",1])"});
  parent.to("odd").emit("some", jf::bytes(2));
  EXPECT_EQ(a.heard().size(), 2u);
  EXPECT_EQ(b.heard(), packets{});
  parent.in({"odd", "even"}).except("even").local().compress(false).send("x");
  EXPECT_EQ(a.heard(), packets{R"(42/dyn-1,["message","x"])"});
  parent.volatile_().emit("v");
  EXPECT_EQ(a.heard().size() + b.heard().size(), 2u);
  EXPECT_EQ(other.heard(), packets{});
}

TEST(dynamic, a_parent_emits_from_other_threads_too) {
  stage on;
  auto parent = on.io.of(std::regex("^/dyn"));
  auto& a = on.ws();
  a.join("/dyn-1");
  on.host.foreign = true;
  parent.to("nobody").emit("not");
  parent.emit("all", "x");
  parent.disconnect_sockets();
  on.host.foreign = false;
  EXPECT_EQ(a.heard(), (packets{R"(42/dyn-1,["all","x"])", "41/dyn-1,"}));
}

TEST(dynamic, with_recovery_each_child_keeps_what_its_parent_emits) {
  server_options o;
  o.connection_state_recovery.emplace();
  stage on(o);
  auto parent = on.io.of(std::regex("^/dyn"));
  auto& a = on.ws();
  a.say("40/dyn-1,");
  const auto hello = a.heard();
  ASSERT_EQ(hello.size(), 1u);
  const auto at = hello[0].find("\"pid\":\"") + 7;
  const auto pid = hello[0].substr(at, hello[0].find('"', at) - at);
  parent.emit("one");
  const auto first = a.heard();
  ASSERT_EQ(first.size(), 1u);
  ASSERT_EQ(first[0].find(R"(42/dyn-1,["one",")"), 0u) << first[0];
  const auto offset = first[0].substr(17, first[0].rfind('"') - 17);
  a.lose();
  parent.emit("two", jf::bytes(1));
  auto& b = on.ws();
  const auto missed = b.say(R"(40/dyn-1,{"pid":")" + pid + R"(","offset":")" + offset + R"("})").heard();
  ASSERT_EQ(missed.size(), 3u);
  EXPECT_EQ(missed[0].find(R"(40/dyn-1,)"), 0u) << missed[0];
  EXPECT_EQ(missed[1].find(R"(451-/dyn-1,["two",)"), 0u) << missed[1];
}

TEST(dynamic, a_parents_sockets_join_leave_and_go_together) {
  stage on;
  auto parent = on.io.of(std::regex("^/dyn"));
  auto &a = on.ws(), &b = on.ws();
  a.join("/dyn-1");
  b.join("/dyn-2");
  parent.sockets_join("r");
  EXPECT_EQ(on.io.of("/dyn-1").room_size("r"), 1u);
  EXPECT_EQ(on.io.of("/dyn-2").room_size("r"), 1u);
  parent.sockets_leave("r");
  EXPECT_EQ(on.io.of("/dyn-2").room_size("r"), 0u);
  parent.disconnect_sockets(true);
  EXPECT_TRUE(a.closed() && b.closed());
}

// P156
TEST(dynamic, what_a_parent_hears_and_watches_its_children_do_too) {
  std::vector<std::string> log;  // rooms are left when the stage ends, too
  stage on;
  auto parent = on.io.of(std::regex("^/dyn"));
  parent.on_bad_event([&](const jf::bad_event& e) { log.push_back("bad " + std::string(e.event)); });
  parent.on_room([&](jf::room_event, std::string_view room, std::string_view) { log.emplace_back(room); });
  parent.on_connection([](jf::socket s) {
    s.on("n", [](int) {});
    s.join("r");
  });
  auto& c = on.ws();
  c.join("/dyn-1");
  EXPECT_EQ(std::count(log.begin(), log.end(), "r"), 2) << "created and joined";
  c.say(R"(42/dyn-1,["n","x"])");
  EXPECT_EQ(log.back(), "bad n");
}

TEST(dynamic, children_keep_what_they_began_with) {
  stage on;
  int old = 0, late = 0;
  auto parent = on.io.of(std::regex("^/dyn"));
  const auto id = parent.on_connection([&](jf::socket) { ++old; });
  on.ws().join("/dyn-1");
  parent.on_connection([&](jf::socket) { ++late; });
  parent.off(id);
  on.ws().join("/dyn-1");
  on.ws().join("/dyn-2");
  EXPECT_EQ(old, 2);
  EXPECT_EQ(late, 1);
}

// P156
TEST(dynamic, naming_a_namespace_attaches_it_to_the_pattern_that_fits) {
  stage on;
  int in = 0;
  on.io.of([](std::string_view, const jf::value&) { return true; });  // functions are not asked
  auto parent = on.io.of(std::regex("^/dyn-\\d+$"));
  parent.on_connection([&](jf::socket) { ++in; });
  const auto child = on.io.of("/dyn-1");
  EXPECT_EQ(parent.children().size(), 1u);
  on.io.of("static");
  EXPECT_EQ(parent.children().size(), 1u);
  on.ws().join("/dyn-1");
  EXPECT_EQ(in, 1);
  EXPECT_EQ(child.size(), 1u);
}

// P155 P156
TEST(dynamic, a_new_namespace_is_told_once) {
  stage on;
  std::vector<std::string> made;
  on.io.on_new_namespace([&](jf::nsp n) { made.emplace_back(n.name()); });
  on.io.of(std::regex("^/dyn"));
  on.ws().join("/dyn-1");
  on.ws().join("/dyn-1");
  on.io.of("/dyn-1");
  on.io.of("x");
  EXPECT_EQ(made, (packets{"/dyn-1", "/x"}));
}

// P158
TEST(dynamic, empty_children_stay_unless_told_otherwise) {
  stage on;
  auto parent = on.io.of(std::regex("^/dyn"));
  auto& c = on.ws();
  c.join("/dyn-1").say("41/dyn-1,");
  EXPECT_EQ(parent.children().size(), 1u);
  EXPECT_NE(on.shard.find("/dyn-1"), nullptr);
}

// P158
TEST(dynamic, cleanup_forgets_children_with_their_last_socket_and_no_others) {
  stage on({.cleanup_empty_child_namespaces = true});
  on.io.of("/static");
  auto parent = on.io.of(std::regex("^/dyn"));
  auto &a = on.ws(), &b = on.ws();
  a.join("/dyn-1").join("/static");
  b.join("/dyn-1");
  a.say("41/dyn-1,").say("41/static,");
  EXPECT_NE(on.shard.find("/dyn-1"), nullptr);
  b.lose();
  EXPECT_EQ(on.shard.find("/dyn-1"), nullptr);
  EXPECT_TRUE(parent.children().empty());
  EXPECT_NE(on.shard.find("/static"), nullptr);
  a.join("/dyn-1");  // made again
  EXPECT_EQ(parent.children().size(), 1u);
}

// P158
TEST(dynamic, cleanup_after_an_attempt_that_a_middleware_refused) {
  stage on({.cleanup_empty_child_namespaces = true});
  auto parent = on.io.of(std::regex("^/dyn"));
  parent.use([](jf::socket, jf::next n) { n(jf::refuse("no")); });
  EXPECT_EQ(on.ws().say("40/dyn-1,").heard(), packets{R"(44/dyn-1,{"message":"no"})"});
  EXPECT_EQ(on.shard.find("/dyn-1"), nullptr);
  EXPECT_TRUE(parent.children().empty());
}

TEST(dynamic, cleanup_waits_for_those_who_are_with_the_middlewares) {
  stage on({.cleanup_empty_child_namespaces = true});
  std::optional<jf::next> door;
  bool first = true;
  auto parent = on.io.of(std::regex("^/dyn"));
  parent.use([&](jf::socket, jf::next n) { std::exchange(first, false) ? n() : void(door = n); });
  auto &a = on.ws(), &b = on.ws();
  a.join("/dyn-1");
  b.say("40/dyn-1,");
  a.say("41/dyn-1,");
  EXPECT_NE(on.shard.find("/dyn-1"), nullptr);
  (*door)();
  EXPECT_EQ(b.heard().size(), 1u);
  EXPECT_EQ(on.io.of("/dyn-1").size(), 1u) << "it is in the namespace that the name stands for";
}

TEST(dynamic, what_came_for_a_namespace_that_was_left_and_forgotten_is_ignored) {
  stage on({.cleanup_empty_child_namespaces = true});
  auto parent = on.io.of(std::regex("^/dyn"));
  auto& c = on.ws();
  c.join("/dyn-1");
  on.io.of("/dyn-1").disconnect_sockets();
  on.host.inner.settle();
  EXPECT_EQ(on.shard.find("/dyn-1"), nullptr);
  EXPECT_EQ(c.heard(), packets{"41/dyn-1,"});
  c.say(R"(42/dyn-1,["late"])");
  EXPECT_FALSE(c.closed());
  c.join("/dyn-1");
}

TEST(dynamic, questions_to_a_forgotten_child_end) {
  stage on({.cleanup_empty_child_namespaces = true});
  on.io.of(std::regex("^/dyn"));
  auto& c = on.ws();
  c.join("/dyn-1");
  std::optional<jf::error> e;
  on.io.of("/dyn-1").emit("q", [&](jf::error why, std::vector<jf::value>) { e = why; });
  c.lose();
  ASSERT_TRUE(e);
  EXPECT_EQ(e->code, jf::errc::disconnected);
}

// S27
TEST(dynamic, children_have_a_limit_and_empty_ones_make_room) {
  server_options o;
  o.limits.child_namespaces = 2;
  stage on(o);
  auto parent = on.io.of(std::regex("^/dyn"));
  on.io.of("/dyn-mine");  // the program's own stays, whoever is in it
  auto &a = on.ws(), &b = on.ws();
  a.join("/dyn-1");
  EXPECT_EQ(b.say("40/dyn-2,").heard(), packets{"44/dyn-2," + refused});
  EXPECT_EQ(hits(on, "child_namespaces"), 1u);
  a.say("41/dyn-1,");
  b.join("/dyn-2");
  EXPECT_EQ(on.shard.find("/dyn-1"), nullptr);
  EXPECT_NE(on.shard.find("/dyn-mine"), nullptr);
  EXPECT_EQ(hits(on, "child_namespaces"), 1u);
}

}  // namespace
}  // namespace jackfield::test
