// What the hot paths may cost: counted allocations of this program.
#include "engine_rig.hpp"

#include <cstdlib>
#include <new>

namespace {
thread_local std::size_t allocations = 0;
thread_local long alive = 0;

void* counted(std::size_t n) {
  ++allocations;
  ++alive;
  if (void* p = std::malloc(n)) return p;
  throw std::bad_alloc();
}

void uncounted(void* p) noexcept {
  if (!p) return;
  --alive;
  std::free(p);
}
}  // namespace

void* operator new(std::size_t n) { return counted(n); }
void* operator new[](std::size_t n) { return counted(n); }
void operator delete(void* p) noexcept { uncounted(p); }
void operator delete(void* p, std::size_t) noexcept { uncounted(p); }
void operator delete[](void* p) noexcept { uncounted(p); }
void operator delete[](void* p, std::size_t) noexcept { uncounted(p); }

namespace jackfield::test {
namespace {

/// A WebSocket that takes everything and remembers nothing.
struct sink final : engine::transport {
  engine::transport_kind kind() const noexcept override { return engine::transport_kind::websocket; }
  bool ready() const noexcept override { return true; }
  bool idle() const noexcept override { return true; }
  std::size_t unsent_bytes() const noexcept override { return 0; }
  void send(std::span<const protocol::eio_packet> batch, engine::compression) override { sent += batch.size(); }
  void send(const engine::outgoing& shared) override { sent += shared.messages().size(); }
  void close() override {}
  void detach() noexcept override {}
  void pause_reading(bool) override {}
  std::size_t sent = 0;
};

struct deaf final : engine::session_listener {
  void on_message(engine::session&, protocol::payload_kind, std::string_view) override { ++heard; }
  void on_close(engine::session&, engine::close_reason, std::string_view) override {}
  std::size_t heard = 0;
};

TEST(cost, a_websocket_session_sends_hears_and_pings_without_an_allocation) {
  virtual_host host;
  const engine::session_options options;
  deaf ear;
  const auto road = base::make_ref<sink>();
  const auto s = base::make_ref<engine::session>(host, options, "lv_VI97HAXpY6yYWAAAC", nullptr, "192.0.2.1");
  s->set_listener(&ear);
  s->open(road, "{}");
  const engine::outgoing_ref shared(new engine::outgoing({{protocol::payload_kind::text, base::shared_bytes("x")}}));
  const engine::message_view group[]{{protocol::payload_kind::text, "text"}, {protocol::payload_kind::binary, "bytes"}};
  const auto before = allocations;
  for (int i = 0; i < 100; ++i) {
    s->send(group);
    s->send(shared);
    s->on_packet(*road, packet_of("4hello"));
    s->on_transport_ready(*road);
  }
  host.timers().advance(host.now() + options.ping_interval);
  s->on_packet(*road, packet_of("3"));
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(road->sent, 302u);
  EXPECT_EQ(ear.heard, 100u);
}

TEST(cost, a_session_is_one_small_allocation) {
  virtual_host host;
  const engine::session_options options;
  const auto before = allocations;
  const auto s = base::make_ref<engine::session>(host, options, "lv_VI97HAXpY6yYWAAAC", nullptr, "255.255.255.255");
  EXPECT_EQ(allocations, before + 1);
  EXPECT_LE(sizeof(engine::session), 176u);
}

TEST(cost, an_upgraded_session_holds_no_more_than_one_that_began_on_a_websocket) {
  virtual_host host;
  const engine::session_options options;
  const auto poll = base::make_ref<fake_poll>();
  const auto road = base::make_ref<sink>();
  const auto before = alive;
  auto s = base::make_ref<engine::session>(host, options, "lv_VI97HAXpY6yYWAAAC", nullptr, "192.0.2.1");
  s->open(poll, "{}");
  s->offer_candidate(road);
  s->on_packet(*road, packet_of("2probe"));
  const engine::message_view m{protocol::payload_kind::text, "waits for the switch"};
  s->send({&m, 1});
  s->on_packet(*road, packet_of("5"));
  host.run_turn();
  EXPECT_EQ(road->sent, 3u);
  EXPECT_EQ(alive, before + 1);
  s->discard();
  s.reset();
  host.run_turn();
  EXPECT_EQ(alive, before);
}

}  // namespace
}  // namespace jackfield::test
