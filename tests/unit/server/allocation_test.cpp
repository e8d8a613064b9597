// What a message may cost: no allocation between the session and a handler, none per receiver of a broadcast, and how much
// memory an idle socket holds (design.md 6).
#include "unit/server/stage.hpp"

#include <atomic>
#include <cstdlib>
#include <new>
#include <optional>

namespace {
std::atomic<std::size_t> allocations = 0, live_bytes = 0;  // other tests of this program have threads
}  // namespace

// The whole program's: counts, and keeps each block's size in front of it.
void* operator new(std::size_t n) {
  ++allocations;
  live_bytes += n;
  auto* p = static_cast<std::size_t*>(std::malloc(n + 16));
  if (p == nullptr) throw std::bad_alloc();
  *p = n;
  return reinterpret_cast<char*>(p) + 16;
}
// std::stable_sort takes its buffer this way: what is deleted here must have come from here.
void* operator new(std::size_t n, const std::nothrow_t&) noexcept {
  try {
    return operator new(n);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* p) noexcept {
  if (p == nullptr) return;
  auto* block = reinterpret_cast<std::size_t*>(static_cast<char*>(p) - 16);
  live_bytes -= *block;
  std::free(block);
}
void operator delete(void* p, std::size_t) noexcept { operator delete(p); }

namespace jackfield::test {
namespace {

/// Takes everything and keeps nothing.
class sink final : public engine::transport {
 public:
  engine::transport_kind kind() const noexcept override { return engine::transport_kind::websocket; }
  bool ready() const noexcept override { return true; }
  bool idle() const noexcept override { return true; }
  std::size_t unsent_bytes() const noexcept override { return 0; }
  void send(std::span<const protocol::eio_packet> p, engine::compression) override { packets += p.size(); }
  void send(const engine::outgoing&) override { ++packets; }
  void close() override {}
  void abort() override {}
  void detach() noexcept override {}
  void pause_reading(bool) override {}
  std::size_t packets = 0;
};

struct bare {
  explicit bare(stage& s)
      : road(base::make_ref<sink>()),
        session(base::make_ref<engine::session>(s.host, s.session_options, "id", stage::request(), "a")) {
    s.shard.on_session(*session);
    session->open(road, "{}");
    say("40");
  }
  void say(std::string_view text) {
    session->on_packet(*road, {protocol::eio_type::message, protocol::payload_kind::text, text.substr(1)});
  }
  base::ref<sink> road;
  engine::session_ref session;
};

TEST(allocation, an_echo_allocates_nothing) {
  stage on;
  on.io.on_connection([](jf::socket s) {
    s.on("echo", [](jf::arg payload, jf::ack a) { a(payload); });
    s.on("sum", [](int a, int b) { return a + b; });
    s.on("view", [](std::string_view t) { return t.size(); });
  });
  bare c(on);
  const std::string_view events[] = {R"(421["echo",{"text":"hello","n":[1,2,3]}])", R"(422["sum",1,2])",
                                     R"(423["view","plain text"])"};
  for (auto e : events) c.say(e);
  on.host.inner.settle();
  for (auto e : events) {
    const auto packets = c.road->packets;
    const auto before = allocations.load();
    c.say(e);
    EXPECT_EQ(allocations - before, 0u) << e;
    EXPECT_EQ(c.road->packets - packets, 1u) << e;
  }
}

struct move {
  int x = 0, y = 0;
  std::string piece;
  std::optional<bool> check;
};
BOOST_DESCRIBE_STRUCT(move, (), (x, y, piece, check))

TEST(allocation, typed_handlers_cost_what_their_types_need) {
  stage on;
  double sum = 0;
  on.io.on_connection([&](jf::socket s) {
    s.on("move", [&](const move& m) { sum += m.x + m.y; });
    s.on("echo move", [](move m) { return m; });
    s.on("several", [&](bool b, double d, std::optional<int> o, std::string_view t) {
      sum += b ? d + o.value_or(0) + static_cast<double>(t.size()) : 0;
    });
    s.on("all", [&](const jf::args& a) { sum += static_cast<double>(a.size()); });
  });
  bare c(on);
  struct {
    std::string_view text;
    std::size_t most;  // a struct is read from a tree, and written as one: an allocation for each object, as it grows
  } events[] = {{R"(42["several",true,1.5,7,"\u00e9, \"short\""])", 0},
                {R"(421["all",1,[2],{"three":3}])", 0},
                {R"(42["move",{"x":1,"y":2,"piece":"rook"}])", 1},
                {R"(421["echo move",{"x":1,"y":2,"piece":"rook","check":true}])", 4}};
  for (const auto& e : events) c.say(e.text);
  on.host.inner.settle();
  for (const auto& e : events) {
    const auto before = allocations.load();
    for (int i = 0; i < 10; ++i) c.say(e.text);
    EXPECT_LE(allocations - before, 10 * e.most) << e.text;
  }
  EXPECT_GT(sum, 0);
}

TEST(allocation, a_room_is_walked_without_any) {
  stage on;
  std::vector<std::unique_ptr<bare>> all;
  on.io.on_connection([&](jf::socket s) {
    s.join("one");
    if (all.size() % 2 == 0) s.join("two");
    s.on("to one", [](jf::socket self, jf::arg v) { self.to("one").emit("e", v); });
    s.on("to two rooms", [&on](jf::arg v) { on.io.to({"one", "two"}).emit("e", v); });
    s.on("except", [&on](jf::arg v) { on.io.to("one").except("two").emit("e", v); });
  });
  constexpr std::size_t per_event = 4;  // the packet, its list, its text, its frame-to-be: for all receivers together
  for (const int clients : {10, 200}) {
    while (all.size() < static_cast<std::size_t>(clients)) all.push_back(std::make_unique<bare>(on));
    for (const std::string_view e : {R"(42["to one","text"])", R"(42["to two rooms","text"])", R"(42["except","text"])"}) {
      for (int i = 0; i < 10; ++i) all.front()->say(e);  // memory of earlier walks
      on.host.inner.settle();
      const auto before = allocations.load();
      all.front()->say(e);
      EXPECT_LE(allocations - before, per_event) << e << " to " << clients;
    }
  }
}

/// A poll that is always there.
class poll final : public engine::transport {
 public:
  engine::transport_kind kind() const noexcept override { return engine::transport_kind::polling; }
  bool ready() const noexcept override { return true; }
  bool idle() const noexcept override { return true; }
  std::size_t unsent_bytes() const noexcept override { return 0; }
  void send(std::span<const protocol::eio_packet> p, engine::compression) override { packets += p.size(); }
  void send(const engine::outgoing&) override {}
  void close() override {}
  void detach() noexcept override {}
  void pause_reading(bool) override {}
  std::size_t packets = 0;
};

TEST(allocation, over_polling_only_what_waits_costs_something) {
  stage on;
  int heard = 0;
  on.io.on_connection([&](jf::socket s) {
    s.on("tell", [&](int n) { heard += n; });
    s.on("echo", [](jf::arg v) { return v; });
  });
  const auto road = base::make_ref<poll>();
  const auto session = base::make_ref<engine::session>(on.host, on.session_options, "id", stage::request(), "a");
  on.shard.on_session(*session);
  session->open(road, "{}");
  const auto say = [&](std::string_view text) {
    session->on_packet(*road, {protocol::eio_type::message, protocol::payload_kind::text, text.substr(1)});
  };
  say("40");
  on.host.inner.settle();
  for (int i = 0; i < 10; ++i) say(R"(421["echo","text"])");
  on.host.inner.settle();
  auto before = allocations.load();
  for (int i = 0; i < 10; ++i) say(R"(42["tell",1])");
  EXPECT_EQ(allocations - before, 0u);
  EXPECT_EQ(heard, 10);
  before = allocations.load();
  const auto packets = road->packets;
  for (int i = 0; i < 10; ++i) say(R"(421["echo","text"])");
  EXPECT_EQ(allocations - before, 10u) << "one each: the text that waits for the end of the turn";
  on.host.inner.settle();
  EXPECT_EQ(road->packets - packets, 10u);
  on.host.inner.settle();
}

TEST(allocation, receivers_of_a_broadcast_cost_none) {
  stage on;
  std::vector<std::unique_ptr<bare>> all;
  on.io.on_connection([](jf::socket s) { s.join("room"); });
  std::size_t cost[2];
  for (auto& c : cost) {
    for (int i = 0; i < 50; ++i) all.push_back(std::make_unique<bare>(on));
    on.io.to("room").emit("e", "text");
    on.host.inner.settle();
    const auto before = allocations.load();
    on.io.to("room").emit("e", "text");
    c = allocations - before;
  }
  EXPECT_EQ(cost[0], cost[1]);
  EXPECT_LE(cost[0], 4u);
}

TEST(allocation, an_idle_socket_is_small) {
  stage on;
  on.io.on_connection([&](jf::socket s) {
    s.on("a", [&on](jf::arg v) { on.io.emit("a", v); });
    s.on("b", [&on](std::string room, jf::arg v) { on.io.to(room).emit("b", v); });
    s.on("c", [](int a, int b) { return a + b; });
    s.on_disconnect([] {});
  });
  constexpr std::size_t n = 1000;
  std::vector<std::unique_ptr<bare>> all;
  all.reserve(2 * n);
  std::vector<engine::session_ref> plain;
  plain.reserve(n);
  for (int i = 0; i < 10; ++i) all.push_back(std::make_unique<bare>(on));
  auto before = live_bytes.load();
  for (std::size_t i = 0; i < n; ++i)
    plain.push_back(base::make_ref<engine::session>(on.host, on.session_options, "id", stage::request(), "a"));
  const auto session_bytes = (live_bytes - before) / n;
  before = live_bytes.load();
  for (std::size_t i = 0; i < n; ++i) all.push_back(std::make_unique<bare>(on));
  on.host.inner.settle();
  const auto bytes = (live_bytes - before) / n - session_bytes - sizeof(bare) - sizeof(sink);
  RecordProperty("bytes", static_cast<int>(bytes));
  EXPECT_LE(bytes, 728u);
}

}  // namespace
}  // namespace jackfield::test
