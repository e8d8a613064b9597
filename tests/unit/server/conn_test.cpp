// The Engine.IO connection below sockets: what it says of itself, and its events.
#include "unit/server/stage.hpp"

#include <optional>
#include <string>
#include <vector>

namespace jackfield::test {
namespace {

/// A stage that keeps its first socket.
struct with_socket {
  explicit with_socket(bool polling = false) {
    on.io.on_connection([&](jf::socket s) { socket = s; });
    client = polling ? &on.polling() : &on.ws();
    if (polling) client->get();
    client->join();
  }
  jf::connection conn() const { return socket->conn(); }
  stage on;
  std::optional<jf::socket> socket;
  stage::client* client;
};

TEST(conn, tells_what_it_is) {
  with_socket t;
  const auto c = t.conn();
  EXPECT_EQ(c.id(), "session0");
  EXPECT_EQ(c.remote_address(), "127.0.0.1");
  EXPECT_EQ(c.request().query("k"), "v");
  EXPECT_EQ(t.socket->request().query("k"), "v");
  EXPECT_EQ(c.transport(), "websocket");
  EXPECT_EQ(c.protocol(), 4);
  EXPECT_EQ(c.ready_state(), jf::conn_state::open);
  EXPECT_FALSE(c.upgrading() || c.upgraded());
  EXPECT_TRUE(c.writable());
  EXPECT_TRUE(t.socket->connected());
  t.client->lose();
  EXPECT_EQ(c.ready_state(), jf::conn_state::closed);
  EXPECT_EQ(c.transport(), "");
  EXPECT_FALSE(c.writable());
  EXPECT_EQ(c.request().query("k"), "v");
  EXPECT_TRUE(t.socket->disconnected());
}

TEST(conn, packets_that_come_are_told_before_anything_is_done_about_them) {
  with_socket t;
  std::vector<std::string> log;
  t.conn().on_packet(
      [&](const jf::conn_packet& p) { log.push_back(std::string(p.type) + " " + (p.binary ? "binary" : std::string(p.data))); });
  t.socket->on("x", [&](jf::value) { log.push_back("handler"); });
  t.client->say(R"(42["x",1])");
  t.client->say("451-[\"x\",{\"_placeholder\":true,\"num\":0}]").say(std::string("b\1\2", 3));
  t.client->say("3");
  EXPECT_EQ(log, (packets{"message 2[\"x\",1]", "handler", "message 51-[\"x\",{\"_placeholder\":true,\"num\":0}]",
                          "message binary", "handler", "pong "}));
}

TEST(conn, packets_that_go_are_told_but_not_what_was_dropped) {
  with_socket t(true);
  std::vector<std::string> log;
  t.conn().on_packet_create([&](const jf::conn_packet& p) { log.push_back(std::string(p.type) + " " + std::string(p.data)); });
  t.socket->emit("a");
  t.socket->emit("b", jf::bytes(1));
  t.socket->volatile_().emit("dropped");
  t.on.io.emit("all");
  EXPECT_EQ(log.size(), 4u);
  EXPECT_EQ(log.front(), "message 2[\"a\"]");
  EXPECT_EQ(log.back(), "message 2[\"all\"]");
  t.on.host.inner.advance(25s);
  EXPECT_EQ(log.back(), "ping ");
}

TEST(conn, heartbeats_and_drains) {
  with_socket t;
  int beats = 0, drains = 0;
  t.conn().on_heartbeat([&] { ++beats; });
  const auto id = t.conn().on_drain([&] { ++drains; });
  t.client->say("3");
  EXPECT_EQ(beats, 1);
  t.client->session->on_transport_ready(*t.client->road());
  EXPECT_EQ(drains, 1);
  t.conn().off(id);
  t.client->session->on_transport_ready(*t.client->road());
  EXPECT_EQ(drains, 1);
}

TEST(conn, an_upgrade_is_told_with_the_new_transport) {
  with_socket t(true);
  std::string to;
  t.conn().on_upgrade([&](std::string_view transport) { to = transport; });
  auto ws = base::make_ref<fake_stream>();
  ASSERT_TRUE(t.client->session->offer_candidate(ws));
  EXPECT_TRUE(t.conn().upgrading());
  deliver(*t.client->session, *ws, {"2probe"});
  EXPECT_EQ(to, "");
  deliver(*t.client->session, *ws, {"5"});
  EXPECT_EQ(to, "websocket");
  EXPECT_TRUE(t.conn().upgraded());
  EXPECT_FALSE(t.conn().upgrading());
  EXPECT_EQ(t.conn().transport(), "websocket");
}

TEST(conn, the_close_comes_before_those_of_the_sockets) {
  with_socket t;
  std::vector<std::string> log;
  t.conn().on_close([&](jf::disconnect_reason why, std::string_view text) {
    log.push_back(std::string(name_of(why)) + ": " + std::string(text));
  });
  t.socket->on_disconnecting([&] { log.push_back("disconnecting"); });
  t.client->lose(engine::close_reason::transport_error, "reset");
  EXPECT_EQ(log, (packets{"transport error: reset", "disconnecting"}));
  t.conn().on_packet([&](const jf::conn_packet&) { log.push_back("never"); });  // nothing happens, and nothing leaks
}

TEST(conn, handlers_may_throw_come_go_and_close) {
  with_socket t;
  std::string where;
  int first = 0, second = 0;
  t.on.io.on_fault([&](const jf::fault& f) { where = f.where; });
  std::optional<jf::listener_id> other;
  t.conn().on_packet([&](const jf::conn_packet&) {
    ++first;
    t.conn().off(*other);
    t.conn().close();
    throw 1;
  });
  other = t.conn().on_packet([&](const jf::conn_packet&) { ++second; });
  t.client->say(R"(42["x"])");
  EXPECT_EQ(where, "connection event");
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 0);
  EXPECT_TRUE(t.client->closed());
}

TEST(conn, a_handler_of_what_is_sent_may_end_the_connection) {
  with_socket t;
  t.conn().on_packet_create([&](const jf::conn_packet&) { t.conn().close(); });
  t.socket->emit("a", jf::bytes(1));
  EXPECT_TRUE(t.client->closed());
  with_socket pinged;
  pinged.conn().on_packet_create([&](const jf::conn_packet&) { pinged.conn().close(); });
  pinged.on.host.inner.advance(25s);
  EXPECT_TRUE(pinged.client->closed());
}

TEST(conn, close_sends_what_waits_unless_told_otherwise) {
  for (const auto what : {jf::unsent::flush, jf::unsent::discard}) {
    with_socket t(true);
    t.socket->emit("waits");  // for a GET
    t.conn().close(what);
    EXPECT_EQ(t.conn().ready_state(), what == jf::unsent::flush ? jf::conn_state::closing : jf::conn_state::closed);
  }
}

TEST(conn, raw_messages_go_as_they_are) {
  with_socket t;
  t.conn().send("2[\"x\"]");
  t.on.host.foreign = true;
  t.conn().send(as_bytes("ab"));
  t.conn().on_heartbeat([] {});
  t.on.host.foreign = false;
  const auto heard = t.client->heard();
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_EQ(heard[0], R"(42["x"])");
}

TEST(conn, the_server_hears_of_connections_counts_them_and_waits_for_their_end) {
  stage on;
  std::vector<std::string> ids;
  on.io.on_engine_connection([&](jf::connection c) { ids.emplace_back(c.id()); });
  EXPECT_EQ(on.io.clients_count(), 0u);
  auto& a = on.ws();
  on.ws();
  EXPECT_EQ(ids, (packets{"session0", "session1"}));
  EXPECT_EQ(on.io.clients_count(), 2u);
  bool empty = false;
  on.shard.when_empty([&] { empty = true; });
  a.lose();
  EXPECT_EQ(on.io.clients_count(), 1u);
  EXPECT_FALSE(empty);
  on.shard.shutdown();
  on.host.inner.settle();
  EXPECT_TRUE(empty);
  empty = false;
  on.shard.when_empty([&] { empty = true; });
  EXPECT_TRUE(empty) << "at once when nobody is there";
}

}  // namespace
}  // namespace jackfield::test
