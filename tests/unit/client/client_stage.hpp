// client_stage: a whole client in one thread: the public API on a manager, a server that the test plays through fake roads, and a
// clock that stands still until a test moves it.
//
//   client_stage on({.reconnection_delay = 100ms});
//   auto s = on.io.socket("/");                // WebSocket alone, unless the options say otherwise
//   on.open();                                 // the server accepts the road: its open packet
//   EXPECT_EQ(on.heard(), packets{"40"});      // what the client has sent since
//   on.say("40{\"sid\":\"a\"}");               // the server speaks
#pragma once

#include "client/access.hpp"
#include "client/manager.hpp"
#include "support/fake_dialer.hpp"
#include "support/virtual_host.hpp"

#include <jackfield/client.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace jackfield::test {

using namespace std::chrono_literals;
namespace jf = jackfield;

/// A virtual host that can be told that the caller is another thread: what it asks for waits in the mailbox.
class client_host final : public base::host {
 public:
  base::timer_wheel& timers() noexcept override { return inner.timers(); }
  void post(base::unique_function<void()> f) override { inner.post(std::move(f)); }
  void defer(base::unique_function<void()> f) override { inner.defer(std::move(f)); }
  bool current() const noexcept override { return !foreign; }

  virtual_host inner;
  bool foreign = false;
};

class client_stage {
 public:
  explicit client_stage(client_options o = {}, std::string_view url = "http://h")
      : where(base::make_ref<cl::home>(host)), io(make(std::move(o), url)) {}
  ~client_stage() {
    host.foreign = false;
    manager->abandon();
    settle();
    EXPECT_FALSE(roads->misused());
  }

  void settle() { host.inner.settle(); }
  void advance(std::chrono::milliseconds t) { host.inner.advance(t); }

  /// How often a road was dialled, candidates too.
  std::size_t dials() {
    settle();
    return roads->dials.size();
  }
  engine::session& session() { return *roads->sessions.back(); }
  fake_stream& ws() { return *roads->ws(roads->dials.size() - 1); }
  fake_client_poll& poll() { return *roads->poll(roads->dials.size() - 1); }

  static std::string hello(int ping_interval = 25000, std::string_view upgrades = "[]") {
    return R"(0{"sid":"engine","upgrades":)" + std::string(upgrades) + R"(,"pingInterval":)" + std::to_string(ping_interval) +
           R"(,"pingTimeout":20000,"maxPayload":1000000})";
  }
  /// The newest road, a WebSocket, is open.
  void open() {
    settle();
    session().on_transport_ready(ws());
    say(hello());
  }
  /// Opens, and "/" (or another namespace) is accepted.
  void join(const std::string& nsp = "", const std::string& sid = "s1", const std::string& more = "") {
    open();
    heard();
    accept(nsp, sid, more);
  }
  void accept(const std::string& nsp = "", const std::string& sid = "s1", const std::string& more = "") {
    say("40" + (nsp.empty() ? nsp : nsp + ",") + R"({"sid":")" + sid + '"' + more + "}");
  }
  /// The server sends these on the newest road.
  void say(const packets& all) {
    settle();
    deliver(session(), *roads->dials.back().road, all);
    settle();
  }
  void say(const std::string& one) { say(packets{one}); }
  /// What the client sent since on the newest road, pongs left out.
  packets heard() {
    settle();
    packets out;
    for (auto& p : ws().take()) {
      if (p != "3") out.push_back(std::move(p));
    }
    return out;
  }
  /// The connection breaks.
  void lose(engine::close_reason why = engine::close_reason::transport_close, std::string_view text = {}) {
    session().on_transport_lost(*roads->dials.back().road, why, text);
    settle();
  }
  /// The newest attempt to open fails.
  void fail(std::string_view text = "no") { lose(engine::close_reason::transport_error, text); }

  /// Remembers for whom it dialled.
  struct dialer final : engine::dialer {
    engine::transport_ref dial(engine::session& s, engine::transport_kind kind, std::string_view sid) override {
      sessions.emplace_back(&s);
      return inner.dial(s, kind, sid);
    }
    fake_client_poll* poll(std::size_t i) { return inner.poll(i); }
    fake_stream* ws(std::size_t i) { return inner.ws(i); }
    bool misused() const { return inner.misused(); }
    fake_dialer inner;
    std::vector<fake_dialer::call>& dials = inner.dials;
    std::vector<engine::session_ref> sessions;
  };

  client_host host;
  cl::home_ref where;
  std::shared_ptr<dialer> roads = std::make_shared<dialer>();
  base::ref<cl::manager> manager;
  double chance = 0;
  int finished = 0;
  client io;

 private:
  client make(client_options o, std::string_view url) {
    if (o.transports.size() == 2) o.transports = {client_transport::websocket};
    cl::surroundings around{where, cl::parse_address(url), roads, nullptr, [this] { return chance; }};
    around.on_finished = [this](cl::manager&) { ++finished; };
    manager = base::make_ref<cl::manager>(std::move(around), std::move(o));
    return cl::client_access::make(nullptr, manager);
  }
};

}  // namespace jackfield::test
