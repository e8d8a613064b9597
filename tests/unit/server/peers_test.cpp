// server_side_emit: what one server tells another, over a road that a test is.
#include "server/bus.hpp"
#include "server/crew.hpp"
#include "server/realm.hpp"
#include "unit/server/stage.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace jackfield::test {
namespace {

/// Brings what is said on one stage to the namespaces of another.
class wire final : public srv::bus {
 public:
  explicit wire(stage& to) : to_(to) {}

  void server_side_emit(const srv::realm& from, srv::peer_event e, answers_fn done) override {
    ++sent;
    std::vector<base::json::element> items;
    ASSERT_TRUE(base::json::scan_array(e.json, items));
    std::string name;
    base::json::unescape(items.front().text, name);
    std::vector<bytes_view> attachments;
    for (const auto& a : e.attachments) attachments.push_back(a.view());
    const args arguments(std::span<const base::json::element>(items).subspan(1), attachments);
    srv::peer_call::answer_fn answer;
    if (done) answer = [d = std::move(done)](value first) mutable { d({{std::move(first)}, {}}); };
    to_.shard.of(from.name())->on_peer_event(name, arguments, std::move(answer));
  }
  int sent = 0;

 private:
  stage& to_;
};

struct pair_of_servers {
  pair_of_servers() { here.shard.of_server().set_road_to_peers(&road); }
  stage here, there;
  wire road{there};
};

TEST(peers, a_server_that_is_alone_has_no_answers_at_once_and_hears_nothing) {
  stage on;
  bool heard = false;
  std::optional<std::size_t> count;
  on.io.on_server_side("hello", [&] { heard = true; });
  on.io.server_side_emit("hello");
  on.io.server_side_emit("hello", 1, [&](jf::error e, std::vector<jf::value> all) {
    EXPECT_FALSE(e);
    count = all.size();
  });
  EXPECT_EQ(count, 0u);
  const auto later = on.io.server_side_emit_with_ack("hello").as_result();
  EXPECT_TRUE(later.await_ready());
  EXPECT_FALSE(heard);
}

TEST(peers, an_event_reaches_the_same_namespace_of_the_other_server_and_no_client) {
  pair_of_servers two;
  std::vector<std::string> log;
  two.here.io.on_server_side("hello", [&](std::string) { log.push_back("here"); });
  two.there.io.on_server_side("hello", [&](std::string s, jf::bytes b) { log.push_back(s + std::to_string(b.size())); });
  two.there.io.of("/other").on_server_side("hello", [&](std::string s) { log.push_back("other " + s); });
  auto& client = two.there.ws();
  client.join();
  two.here.io.server_side_emit("hello", "x", jf::bytes(3));
  two.here.io.of("/other").server_side_emit("hello", "y");
  EXPECT_EQ(log, (packets{"x3", "other y"}));
  EXPECT_EQ(client.heard(), packets{});
}

TEST(peers, answers_come_back_the_first_argument_once) {
  pair_of_servers two;
  two.there.io.on_server_side("sum", [](int a, int b) { return a + b; });
  two.there.io.on_server_side("later", [&](jf::ack reply) {
    two.there.host.inner.post([r = std::make_shared<jf::ack>(std::move(reply))] {
      (*r)("first", "second");
      (*r)("again");
    });
  });
  std::vector<jf::value> got;
  const auto keep = [&](jf::error e, std::vector<jf::value> all) {
    EXPECT_FALSE(e);
    got = all;
  };
  two.here.io.server_side_emit("sum", 2, 3, keep);
  EXPECT_EQ(got, std::vector<jf::value>{5});
  two.here.io.server_side_emit("later", keep);
  EXPECT_EQ(got, std::vector<jf::value>{5});
  two.there.host.inner.settle();
  EXPECT_EQ(got, std::vector<jf::value>{"first"});
}

TEST(peers, arguments_that_do_not_fit_are_answered_and_reported) {
  pair_of_servers two;
  std::string where;
  two.there.io.on_fault([&](const jf::fault& f) { where = f.where; });
  two.there.io.on_server_side("n", [](int) { return 1; });
  std::vector<jf::value> got;
  two.here.io.server_side_emit("n", "x", [&](jf::error, std::vector<jf::value> all) { got = all; });
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0]["error"]["code"].text_or(""), "bad_argument");
  EXPECT_EQ(where, "n");
}

TEST(peers, handlers_throw_come_and_go) {
  pair_of_servers two;
  int faults = 0, heard = 0;
  two.there.io.on_fault([&](const jf::fault&) { ++faults; });
  two.there.io.on_server_side("e", [] { throw 1; });
  const auto id = two.there.io.on_server_side("e", [&] { ++heard; });
  two.here.io.server_side_emit("e");
  two.there.io.off(id);
  two.here.io.server_side_emit("e");
  EXPECT_EQ(faults, 2);
  EXPECT_EQ(heard, 1);
}

TEST(peers, children_hear_what_their_parent_said_they_would) {
  pair_of_servers two;
  std::string got;
  two.there.io.of(std::regex("^/dyn")).on_server_side("e", [&](std::string s) { got = s; });
  two.here.io.of("/dyn-1").server_side_emit("e", "x");
  EXPECT_EQ(got, "x");
}

TEST(peers, names_of_the_librarys_events_are_refused_and_threads_wait_their_turn) {
  pair_of_servers two;
  for (const char* name : {"connect", "connection", "new_namespace"}) {
    EXPECT_THROW(two.here.io.server_side_emit(name), jf::bad_result) << name;
  }
  two.here.host.foreign = true;
  two.here.io.server_side_emit("e");
  EXPECT_EQ(two.road.sent, 0);
  two.here.host.foreign = false;
  two.here.host.inner.settle();
  EXPECT_EQ(two.road.sent, 1);
}

}  // namespace
}  // namespace jackfield::test
