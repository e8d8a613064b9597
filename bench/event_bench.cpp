// An event in, its handler, the answer out, and broadcasts: the Socket.IO part alone, on a road that takes everything.
#include "server/access.hpp"
#include "server/shard.hpp"

#include "../tests/support/virtual_host.hpp"

#include <jackfield/server.hpp>

#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

namespace jf = jackfield;

namespace {

struct message {
  std::string room, text;
};
BOOST_DESCRIBE_STRUCT(message, (), (room, text))

class sink final : public jf::engine::transport {
 public:
  jf::engine::transport_kind kind() const noexcept override { return jf::engine::transport_kind::websocket; }
  bool ready() const noexcept override { return true; }
  bool idle() const noexcept override { return true; }
  std::size_t unsent_bytes() const noexcept override { return 0; }
  void send(std::span<const jf::protocol::eio_packet> p, jf::engine::compression) override { benchmark::DoNotOptimize(p.data()); }
  void send(const jf::engine::outgoing& o) override { benchmark::DoNotOptimize(&o); }
  void close() override {}
  void abort() override {}
  void detach() noexcept override {}
  void pause_reading(bool) override {}
};

struct place {
  place() {
    io.on_connection([this](jf::socket s) {
      s.join("room");
      s.on("echo", [](jf::arg v, jf::ack a) { a(v); });
      s.on("sum", [](int a, int b) { return a + b; });
      s.on("struct", [](const message& m) { return m.text.size(); });
      s.on("struct echo", [](const message& m) { return m; });
      s.on("tree", [](jf::value v) { return v; });
      s.on("cast", [this](jf::arg v) { io.to("room").emit("cast", v); });
    });
  }
  jf::engine::session& add() {
    auto road = jf::base::make_ref<sink>();
    sessions.push_back(jf::base::make_ref<jf::engine::session>(
        host, session_options, "id", jf::http_head::builder().request_line("GET", "/").build(), "192.0.2.1"));
    auto& s = *sessions.back();
    shard.on_session(s);
    s.open(road, "{}");
    say(s, "40");
    return s;
  }
  void say(jf::engine::session& s, std::string_view text) {
    s.on_packet(*s.road(), {jf::protocol::eio_type::message, jf::protocol::payload_kind::text, text.substr(1)});
  }

  jf::test::virtual_host host;
  jf::server_options options;
  jf::engine::session_options session_options;
  jf::srv::shard shard{host, options};
  jf::server io = jf::srv::server_access::make(shard);
  std::vector<jf::engine::session_ref> sessions;
};

void event(benchmark::State& state, std::string text) {
  place p;
  auto& s = p.add();
  for (auto _ : state) {
    p.say(s, text);
    p.host.run_turn();
  }
}

void broadcast(benchmark::State& state) {
  place p;
  for (int i = 0; i < state.range(0); ++i) p.add();
  const std::string text = R"(42["cast",")" + std::string(80, 'x') + R"("])";
  for (auto _ : state) {
    p.say(*p.sessions[0], text);
    p.host.run_turn();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

}  // namespace

BENCHMARK_CAPTURE(event, echo,
                  R"(421["echo",{"room":"lobby","text":"a line of talk, not too long, not too short, with words"}])");
BENCHMARK_CAPTURE(event, sum, R"(421["sum",1,2])");
BENCHMARK_CAPTURE(event, described,
                  R"(421["struct",{"room":"lobby","text":"a line of talk, not too long, not too short, with words"}])");
BENCHMARK_CAPTURE(event, described_echo, R"(421["struct echo",{"room":"lobby","text":"a line of talk, not too long"}])");
BENCHMARK_CAPTURE(event, tree,
                  R"(421["tree",{"room":"lobby","text":"a line of talk, not too long, not too short, with words"}])");
BENCHMARK(broadcast)->Arg(1)->Arg(100)->Arg(10000);
BENCHMARK_MAIN();
