// A socket's lists of handlers, its handshake written down, and a namespace's lists.
#include "unit/server/stage.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace jackfield::test {
namespace {

TEST(listeners, in_front_once_and_in_lists) {
  stage on;
  std::string log;
  std::optional<jf::socket> socket;
  on.io.on_connection([&](jf::socket s) {
    socket = s;
    const auto b = s.on("e", [&] { log += "b"; });
    const auto a = s.prepend("e", [&] { log += "a"; });
    const auto o = s.prepend_once("e", [&] { log += "o"; });
    EXPECT_EQ(s.listeners("e"), (std::vector<jf::listener_id>{o, a, b}));
    EXPECT_EQ(s.listener_count("e"), 3u);
    EXPECT_EQ(s.listener_count("f"), 0u);
    s.on("f", [] {});
    s.on_disconnect([&] { log += "!"; });
    EXPECT_EQ(s.event_names(), (packets{"e", "f"}));
    const auto any = s.on_any([&](std::string_view) { log += "*"; });
    EXPECT_EQ(s.listeners_any(), std::vector<jf::listener_id>{any});
    EXPECT_TRUE(s.listeners_any_outgoing().empty());
    const auto out = s.prepend_any_outgoing([&](std::string_view) {});
    EXPECT_EQ(s.listeners_any_outgoing(), std::vector<jf::listener_id>{out});
  });
  auto& c = on.ws();
  c.join().say(R"(42["e"])").say(R"(42["e"])");
  EXPECT_EQ(log, "*oab*ab");
  socket->off();
  EXPECT_TRUE(socket->event_names().empty());
  log.clear();
  c.say(R"(42["e"])").lose();
  EXPECT_EQ(log, "*") << "any-listeners stay";
}

TEST(listeners, what_is_put_in_front_while_handlers_run_is_listed_and_called_next_time) {
  stage on;
  std::string log;
  std::optional<jf::socket> socket;
  on.io.on_connection([&](jf::socket s) {
    socket = s;
    s.on("e", [&](jf::socket self) {
      log += "e";
      if (self.listener_count("e") == 1) self.prepend("e", [&] { log += "new"; });
      EXPECT_EQ(self.listener_count("e"), 2u);
      EXPECT_EQ(self.event_names(), packets{"e"});
    });
  });
  on.ws().join().say(R"(42["e"])").say(R"(42["e"])");
  EXPECT_EQ(log, "enewe");
}

TEST(listeners, write_is_send_and_flags_go_into_broadcasts) {
  stage on;
  std::optional<jf::socket> first;
  on.io.on_connection([&](jf::socket s) { first = first ? *first : s; });
  auto &a = on.ws(), &b = on.ws();
  a.join(), b.join();
  first->write(1);
  first->compress(false).write(2);
  on.io.write(3);
  on.io.to(first->id()).write(4);
  EXPECT_EQ(a.heard(), (packets{R"(42["message",1])", R"(42["message",2])", R"(42["message",3])", R"(42["message",4])"}));
  EXPECT_EQ(b.heard(), packets{R"(42["message",3])"});
  first->compress(false).local().emit("x");
  first->volatile_().except({"nobody"}).emit("y");
  EXPECT_EQ(b.heard(), (packets{R"(42["x"])", R"(42["y"])"}));
  EXPECT_EQ(a.heard(), packets{});
}

// P151
TEST(listeners, a_namespace_finds_and_lists_its_sockets_and_rooms) {
  stage on;
  std::vector<std::string> ids;
  on.io.on_connection([&](jf::socket s) {
    ids.emplace_back(s.id());
    s.join("r");
  });
  on.ws().join();
  on.ws().join();
  const auto n = on.io.main();
  EXPECT_EQ(n.sockets().size(), 2u);
  ASSERT_TRUE(n.find(ids[1]));
  EXPECT_EQ(n.find(ids[1])->id(), ids[1]);
  EXPECT_FALSE(n.find("nobody"));
  EXPECT_EQ(n.rooms(), packets{"r"});
  EXPECT_EQ(n.room_size("r"), 2u);
  EXPECT_EQ(n.room_size("s"), 0u);
  std::vector<std::string> all;
  on.io.all_sockets().then([&](jf::result<std::vector<std::string>> r) { all = std::move(*r); });
  std::sort(all.begin(), all.end());
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(all, ids);
  on.io.in("nobody").all_sockets().then([&](jf::result<std::vector<std::string>> r) { all = std::move(*r); });
  EXPECT_TRUE(all.empty());
}

TEST(listeners, connection_handlers_can_be_removed) {
  stage on;
  int calls = 0;
  const auto id = on.io.on_connection([&](jf::socket) { ++calls; });
  on.ws().join();
  on.io.off(id);
  on.ws().join();
  EXPECT_EQ(calls, 1);
}

// P159
TEST(listeners, a_handshake_can_be_written_down) {
  stage on;
  jf::value told;
  on.io.on_connection([&](jf::socket s) { told = jf::to_value(s.handshake()); });
  const auto head = http_head::builder()
                        .request_line("GET", "/socket.io/?EIO=4&transport=websocket&k=%26")
                        .header("Host", "h")
                        .header("X-A", "1")
                        .header("x-a", "2")
                        .header("Cookie", "a=1")
                        .header("Cookie", "b=2")
                        .header("Origin", "http://o")
                        .build();
  on.ws(head).say(R"(40{"token":"t"})");
  EXPECT_EQ(told["headers"]["x-a"].text_or(""), "1, 2");
  EXPECT_EQ(told["headers"]["cookie"].text_or(""), "a=1; b=2");
  EXPECT_EQ(told["address"].text_or(""), "127.0.0.1");
  EXPECT_EQ(told["url"].text_or(""), "/socket.io/?EIO=4&transport=websocket&k=%26");
  EXPECT_EQ(told["query"]["k"].text_or(""), "&");
  EXPECT_EQ(told["query"]["EIO"].text_or(""), "4");
  EXPECT_EQ(told["auth"]["token"].text_or(""), "t");
  EXPECT_TRUE(told["xdomain"].bool_or(false));
  EXPECT_FALSE(told["secure"].bool_or(true));
  EXPECT_NE(told["time"].text_or("").find(" GMT"), std::string::npos);
  EXPECT_TRUE(told["issued"].is_number());
}

}  // namespace
}  // namespace jackfield::test
