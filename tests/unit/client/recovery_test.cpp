// Coming back to the same socket: pid, offset, recovered (protocol.md 5.9).
#include "unit/client/client_stage.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace jackfield::test {
namespace {

client_options quickly() { return {.reconnection_delay = 10ms, .randomization_factor = 0}; }

// P165
TEST(client_recovery, names_what_it_had_and_knows_that_it_was_recovered) {
  auto o = quickly();
  o.auth = object{{"token", "t"}};
  std::vector<std::string> seen;
  client_stage on(o);
  auto s = on.io.socket("/");
  s.on("e", [&](std::string t) { seen.push_back(t); });
  s.on_connect([&] { seen.emplace_back(s.recovered() ? "recovered" : "fresh"); });
  on.open();
  EXPECT_EQ(on.heard(), packets{R"(40{"token":"t"})"});
  on.accept("", "s1", R"(,"pid":"p1")");
  on.say(packets{R"(42["e","x","off1"])", R"(42["e","y","off2"])"});
  on.lose();
  on.advance(10ms);
  on.open();
  EXPECT_EQ(on.heard(), packets{R"(40{"pid":"p1","offset":"off2","token":"t"})"});
  on.say(R"(42["e","missed","off3"])");
  on.accept("", "s1", R"(,"pid":"p1")");
  EXPECT_EQ(seen, (std::vector<std::string>{"fresh", "x", "y", "missed", "recovered"}));
  EXPECT_TRUE(s.recovered());
  on.lose();
  on.advance(10ms);
  on.open();
  EXPECT_EQ(on.heard(), packets{R"(40{"pid":"p1","offset":"off3","token":"t"})"});
  on.accept("", "s9", R"(,"pid":"p2")");
  EXPECT_FALSE(s.recovered());
}

// P165: only a text at the end of an event that asks for nothing is an offset.
TEST(client_recovery, tells_offsets_from_other_arguments) {
  client_stage on(quickly());
  auto s = on.io.socket("/");
  on.open();
  on.accept("", "s1", R"(,"pid":"p1")");
  on.say(packets{R"(42["e",1])", R"(42["e"])", R"(420["e","asks"])", R"(42[17])"});
  on.lose();
  on.advance(10ms);
  on.open();
  EXPECT_EQ(on.heard(), packets{R"(40{"pid":"p1"})"});
}

TEST(client_recovery, needs_a_pid) {
  client_stage on(quickly());
  auto s = on.io.socket("/");
  on.join();
  on.say(R"(42["e","text"])");
  on.lose();
  on.advance(10ms);
  on.open();
  EXPECT_EQ(on.heard(), packets{"40"});
}

TEST(client_recovery, unescapes_offsets_and_limits_them) {
  client_stage on(quickly());
  auto s = on.io.socket("/");
  on.open();
  on.accept("", "s1", R"(,"pid":"p1")");
  on.say(R"(42["e","a\"b"])");
  on.say(R"(42["e",")" + std::string(5000, 'x') + "\"]");
  on.lose();
  on.advance(10ms);
  on.open();
  EXPECT_EQ(on.heard(), packets{R"(40{"pid":"p1","offset":"a\"b"})"});
}

}  // namespace
}  // namespace jackfield::test
