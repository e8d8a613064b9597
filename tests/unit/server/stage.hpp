// stage: a whole server in one thread: the public API on a shard, clients that speak through fake transports, and a clock
// that stands still until a test moves it.
//
//   stage on;                                 // default options
//   on.io.on_connection([](jf::socket s) { … });
//   auto c = on.ws();                         // a WebSocket session, open packet taken
//   c.say("40");                              // the client sends
//   EXPECT_EQ(c.heard(), packets{…});         // everything it was sent since
#pragma once

#include "server/access.hpp"
#include "server/nsp.hpp"
#include "server/shard.hpp"
#include "support/fake_transport.hpp"
#include "support/virtual_host.hpp"

#include <jackfield/server.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace jackfield::test {

using namespace std::chrono_literals;
namespace jf = jackfield;

/// A virtual host that other threads are not part of: what they ask for waits in its mailbox.
class threaded_host final : public base::host {
 public:
  base::timer_wheel& timers() noexcept override { return inner.timers(); }
  void post(base::unique_function<void()> f) override { inner.post(std::move(f)); }
  void defer(base::unique_function<void()> f) override { inner.defer(std::move(f)); }
  bool current() const noexcept override { return !foreign && std::this_thread::get_id() == mine; }

  virtual_host inner;
  bool foreign = false;  // as if the caller were another thread
  std::thread::id mine = std::this_thread::get_id();
};

class stage {
 public:
  explicit stage(server_options o = {}) : options(std::move(o)) {}
  ~stage() {
    clients_.clear();
    host.inner.settle();
  }

  class client {
   public:
    client(stage& s, std::string_view id, http_head_ref head, bool polling) : stage_(s) {
      const auto revision = head->query("EIO") == "3" ? protocol::eio_revision::v3 : protocol::eio_revision::v4;
      session = base::make_ref<engine::session>(s.host, s.session_options, id, std::move(head), "127.0.0.1", revision);
      if (polling) {
        poll = base::make_ref<fake_poll>();
        poll->park();
      } else {
        stream = base::make_ref<fake_stream>();
      }
      session->open(road(), "{}");
      s.host.inner.run_turn();
      if (stream)
        stream->take();  // the open packet
      else
        poll->take();
      s.shard.on_session(*session);
    }
    engine::transport_ref road() const { return poll ? engine::transport_ref(poll) : engine::transport_ref(stream); }

    /// Messages and packets as on a WebSocket: "42[…]", "b" and bytes, "3" …
    client& say(const packets& p) {
      deliver(*session, *road(), p);
      return *this;
    }
    client& say(const std::string& p) { return say(packets{p}); }
    /// What came since, without pings. Polling: one payload after another, a GET parked again each time.
    packets heard() {
      stage_.host.inner.run_turn();
      packets out;
      const auto take = [&](packets got) {
        for (auto& p : got) {
          if (p != "2") out.push_back(std::move(p));
        }
      };
      if (stream)
        take(stream->take());
      else
        for (auto& answer : poll->take()) take(std::move(answer));
      return out;
    }
    void get() { poll->park(*session); }
    /// CONNECT and its answer.
    client& join(const std::string& nsp = {}) {
      say(nsp.empty() ? "40" : "40" + nsp + ",");
      EXPECT_EQ(heard().size(), 1u);
      return *this;
    }
    /// The connection breaks.
    void lose(engine::close_reason why = engine::close_reason::transport_close, std::string_view text = {}) {
      session->on_transport_lost(*road(), why, text);
      stage_.host.inner.settle();
    }
    bool closed() const { return stream ? stream->closed : poll->closed; }

    base::ref<fake_stream> stream;
    base::ref<fake_poll> poll;
    engine::session_ref session;

   private:
    stage& stage_;
  };

  client& ws() { return ws(request()); }
  client& polling() { return polling(request()); }
  /// Clients of revision 3; what they are told unasked is to be heard.
  client& old_ws() { return ws(request("/socket.io/?EIO=3&transport=websocket")); }
  client& old_polling() { return polling(request("/socket.io/?EIO=3&transport=polling")); }
  client& ws(http_head_ref head) { return add(std::move(head), false); }
  client& polling(http_head_ref head) { return add(std::move(head), true); }
  void advance(std::chrono::milliseconds t) {
    // Clients answer pings.
    while (t > 0ms) {
      const auto step = std::min(t, 10000ms);
      host.inner.advance(step);
      for (auto& c : clients_) {
        if (c->session->state() == engine::ready_state::open) deliver(*c->session, *c->road(), {"3"});
      }
      t -= step;
    }
  }

  static http_head_ref request(std::string_view target = "/socket.io/?EIO=4&transport=websocket&k=v") {
    return http_head::builder().request_line("GET", target).header("Host", "h").header("X-Kit", "yes").build();
  }

  server_options options;
  engine::session_options session_options;
  threaded_host host;
  srv::shard shard{host, options};
  server io = srv::server_access::make(shard);

 private:
  client& add(http_head_ref head, bool polling) {
    clients_.push_back(std::make_unique<client>(*this, "session" + std::to_string(clients_.size()), std::move(head), polling));
    return *clients_.back();
  }
  std::vector<std::unique_ptr<client>> clients_;
};

}  // namespace jackfield::test
