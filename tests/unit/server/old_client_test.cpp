// Clients of Socket.IO 1 and 2: revision 4 of the protocol, on Engine.IO 3 (protocol.md 3.9).
#include "server/old_client.hpp"
#include "stage.hpp"

namespace jackfield::test {
namespace {

using namespace std::string_literals;

TEST(old_client, the_main_namespace_is_joined_unasked) {  // P162
  stage on;
  jf::value said;
  int protocol = 0;
  std::string id, room;
  on.io.on_connection([&](jf::socket s) {
    protocol = s.conn().protocol();
    id = s.id();
    room = s.rooms().front();
    s.on("hi", [](jf::socket self, jf::value v) { self.emit("hi", v); });
  });
  auto& c = on.old_ws();
  EXPECT_EQ(c.heard(), packets{"40"});
  EXPECT_EQ(protocol, 3);
  EXPECT_EQ(id, c.session->id());
  EXPECT_EQ(room, id);
  c.say(R"(42["hi",1])");
  EXPECT_EQ(c.heard(), packets{R"(42["hi",1])"});
  on.advance(0ms);
  EXPECT_FALSE(c.closed());
}

TEST(old_client, the_welcome_is_in_the_second_answer_over_polling) {  // P162
  stage on;
  auto& c = on.old_polling();
  EXPECT_EQ(c.heard(), packets{});
  c.get();
  EXPECT_EQ(c.heard(), packets{"40"});
}

TEST(old_client, an_explicit_connect_to_the_main_namespace_is_a_violation) {  // P162
  stage on;
  int ends = 0;
  on.io.on_connection([&](jf::socket s) { s.on_disconnect([&] { ++ends; }); });
  auto& c = on.old_ws();
  EXPECT_EQ(c.heard(), packets{"40"});
  c.say("40");
  EXPECT_TRUE(c.closed());
  EXPECT_EQ(ends, 1);
}

TEST(old_client, other_namespaces_get_ids_of_the_session_and_auth_from_the_query) {  // P162
  stage on;
  std::string id;
  jf::value auth;
  on.io.of("/admin").on_connection([&](jf::socket s) {
    id = s.id();
    auth = s.handshake().auth;
    s.on("x", [](jf::socket self) { self.emit("y"); });
  });
  auto& c = on.old_ws();
  c.heard();
  c.say("40/admin?token=1&b=%C3%A9%2C+%22&token=2,");
  EXPECT_EQ(c.heard(), packets{"40/admin,"});
  EXPECT_EQ(id, "/admin#" + std::string(c.session->id()));
  EXPECT_EQ(auth, jf::value(jf::object{{"token", "2"}, {"b", "é, \""}}));
  c.say(R"(42/admin,["x"])");
  EXPECT_EQ(c.heard(), packets{R"(42/admin,["y"])"});
}

TEST(old_client, without_a_query_auth_is_empty_whatever_else_is_said) {  // P162
  stage on;
  jf::value auth;
  on.io.of("/admin").on_connection([&](jf::socket s) { auth = s.handshake().auth; });
  auto& c = on.old_ws();
  c.heard();
  c.say(R"(40/admin,{"token":1})");
  EXPECT_EQ(c.heard(), packets{"40/admin,"});
  EXPECT_EQ(auth, jf::value(jf::object{}));
}

TEST(old_client, a_refusal_is_its_data_or_its_message) {  // P158 P162
  stage on;
  std::optional<jf::value> data;
  on.io.of("/no").use([&](jf::socket, jf::next next) { next(data ? jf::refuse("nope", *data) : jf::refuse("nope")); });
  auto& c = on.old_ws();
  c.heard();
  const auto ask = [&](std::optional<jf::value> d) {
    data = std::move(d);
    c.say("40/no,");
    return c.heard();
  };
  EXPECT_EQ(ask({}), packets{R"(44/no,"nope")"});
  EXPECT_EQ(ask(jf::object{{"code", 7}}), packets{R"(44/no,{"code":7})"});
  EXPECT_EQ(ask(jf::value("said")), packets{R"(44/no,"said")"});
  EXPECT_EQ(ask(jf::value(0.5)), packets{"44/no,0.5"});
  EXPECT_EQ(ask(jf::array{}), packets{"44/no,[]"});
  for (const jf::value& falsy : {jf::value(), jf::value(false), jf::value(0), jf::value("")})
    EXPECT_EQ(ask(falsy), packets{R"(44/no,"nope")"});
}

TEST(old_client, refused_by_the_main_namespace_it_stays_until_its_time_is_up) {  // P162
  stage on;
  on.io.use([](jf::socket, jf::next next) { next(jf::refuse("nope")); });
  auto& c = on.old_ws();
  EXPECT_EQ(c.heard(), packets{R"(44"nope")"});
  on.host.inner.advance(44s);
  EXPECT_FALSE(c.closed());
  on.host.inner.advance(1s);
  EXPECT_TRUE(c.closed());
}

TEST(old_client, an_unknown_namespace_is_refused_with_an_object) {  // P162
  stage on;
  auto& c = on.old_ws();
  c.heard();
  c.say("40/zzz?a=b,");
  EXPECT_EQ(c.heard(), packets{R"(44/zzz,{"message":"Invalid namespace"})"});
}

TEST(old_client, a_query_may_be_longer_than_a_name_and_neither_without_end) {  // S25
  stage on;
  on.io.of("/admin");
  auto& c = on.old_ws();
  c.heard();
  c.say("40/admin?token=" + std::string(4000, 't') + ",");
  EXPECT_EQ(c.heard(), packets{"40/admin,"});
  c.say("40/" + std::string(1024, 'n') + "?a=b,");
  EXPECT_TRUE(c.closed());
  auto& d = on.old_ws();
  d.heard();
  d.say("40/admin?token=" + std::string(10'000, 't') + ",");
  EXPECT_TRUE(d.closed());
  auto& e = on.ws();
  e.say("40/" + std::string(1024, 'n') + ",");
  EXPECT_TRUE(e.closed()) << "the names of new clients have the limit they had";
}

TEST(old_client, one_broadcast_reaches_both_revisions) {  // P102 P146
  stage on;
  auto& old = on.old_ws();
  auto& old_poll = on.old_polling();
  auto& fresh = on.ws();
  fresh.say("40");
  for (auto* c : {&old, &fresh, &old_poll}) c->heard();
  old_poll.get();
  old_poll.heard();
  old_poll.get();
  on.io.emit("news", jf::bytes{std::byte{1}, std::byte{2}});
  const packets both{R"(451-["news",{"_placeholder":true,"num":0}])", "b\x01\x02"};
  EXPECT_EQ(old.heard(), both);
  EXPECT_EQ(fresh.heard(), both);
  EXPECT_EQ(old_poll.heard(), both);
  EXPECT_EQ(old.stream->shared_sends, 1);
  EXPECT_EQ(fresh.stream->shared_sends, 1);
}

TEST(old_client, addresses_are_taken_apart) {
  const auto is = [](std::string_view text, std::string_view nsp, std::string_view query) {
    const auto a = srv::old_client::address_of(text);
    EXPECT_EQ(a.nsp, nsp);
    EXPECT_EQ(a.query, query);
  };
  is("/", "/", "");
  is("/a", "/a", "");
  is("/a?b=1?c", "/a", "b=1?c");
  is("/a?b#c?d", "/a", "b");
  is("/a#b?c", "/a", "");
  is("/?", "/", "");
}

}  // namespace
}  // namespace jackfield::test
