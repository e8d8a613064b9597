// Every limit of the Socket.IO layer has its counter (security.md §3).
#include "unit/server/stage.hpp"

#include <algorithm>

namespace jackfield::test {
namespace {

std::uint64_t hits(const stage& on, std::string_view name) {
  const auto all = on.io.limit_hits();
  const auto at = std::find_if(all.begin(), all.end(), [&](const auto& l) { return l.first == name; });
  return at == all.end() ? 999 : at->second;
}

// S24
TEST(limits, a_client_that_joins_nothing) {
  stage on;
  on.ws();
  on.advance(46s);
  EXPECT_EQ(hits(on, "namespace_time"), 1u);
}

// S27
TEST(limits, a_client_that_is_refused_too_often_and_one_with_too_many_namespaces) {
  server_options o;
  o.limits.refused_connects = 2;
  o.limits.namespaces_per_client = 1;
  stage on(o);
  on.io.of("/a");
  on.io.of("/b");
  auto& refused = on.ws();
  for (int i = 0; i < 3; ++i) refused.say("40/none,");
  EXPECT_EQ(hits(on, "refused_connects"), 1u);
  auto& greedy = on.ws();
  greedy.join("/a");
  greedy.say("40/b,");
  EXPECT_EQ(hits(on, "namespaces"), 1u);
}

// S29
TEST(limits, nesting_of_json) {
  server_options o;
  o.limits.json_depth = 4;
  stage on(o);
  on.io.on_connection([](jf::socket s) { s.on("echo", [](jf::arg a, jf::ack reply) { reply(a); }); });
  auto& c = on.ws().join();
  EXPECT_EQ(c.say(R"(420["echo",[[[1]]]])").heard(), packets{"430[[[[1]]]]"});
  c.say(R"(420["echo",[[[[1]]]]])");
  EXPECT_TRUE(c.closed());
}

// S43
TEST(limits, memory_for_sessions_of_those_who_are_away) {
  server_options o;
  o.connection_state_recovery.emplace();
  o.limits.recovery_session_bytes = 10;
  stage on(o);
  on.ws().join().lose();
  EXPECT_EQ(hits(on, "recovery_sessions"), 1u);
  EXPECT_EQ(on.shard.recovery_pool()->sessions(), 0u);
}

// S27
TEST(limits, a_middleware_that_never_answers) {
  stage on;
  on.io.use([](jf::socket, jf::next) {});
  on.ws().say("40");
  on.advance(11s);
  EXPECT_EQ(hits(on, "middleware_time"), 1u);
}

// S28
TEST(limits, rooms_and_pending_acknowledgements) {
  server_options o;
  o.limits.rooms_per_socket = 1;
  o.limits.pending_acks = 1;
  stage on(o);
  on.io.on_connection([](jf::socket s) {
    s.join("one");
    s.join("two");
    s.emit("q", [](jf::error) {});
    s.emit("q", [](jf::error) {});
  });
  on.ws().say("40");
  EXPECT_EQ(hits(on, "rooms"), 1u);
  EXPECT_EQ(hits(on, "pending_acks"), 1u);
}

// S26
TEST(limits, attachments_in_number_in_time_and_in_bytes) {
  server_options o;
  o.limits.attachment_bytes = 100;
  stage on(o);
  auto& eleven = on.ws();
  eleven.join();
  eleven.say("4511-[\"e\"]");
  EXPECT_EQ(hits(on, "attachments"), 1u);
  auto& slow = on.ws();
  slow.join();
  slow.say("451-[\"e\",{\"_placeholder\":true,\"num\":0}]");
  on.advance(46s);
  EXPECT_EQ(hits(on, "attachment_time"), 1u);
  auto& large = on.ws();
  large.join();
  large.say("452-[\"" + std::string(200, 'e') + "\",{\"_placeholder\":true,\"num\":0}]");
  EXPECT_EQ(hits(on, "attachment_bytes"), 1u);
}

}  // namespace
}  // namespace jackfield::test
