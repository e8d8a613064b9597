// ensemble: a server with several workers in one thread: a shard on each of as many virtual hosts, clients that speak through
// fake transports, and a scheduler that gives the workers their turns in an order that a seed decides. Whatever two
// workers may do to each other's letters in time can be had, and had again. With an even seed what can be copied is written on
// sheets.
//
//   ensemble on(seed, 3);                 // three workers
//   auto& c = on.client_at(2).join();     // a WebSocket session on the third
//   on.at(1, [&] { on.io.emit("e"); });   // a handler's place: inside a turn of the second
//   on.settle();                          // turns, until no letter is left
//   c.take();                             // everything that it was sent since
#pragma once

#include "server/access.hpp"
#include "server/crew.hpp"
#include "server/realm.hpp"
#include "server/shard.hpp"
#include "support/fake_transport.hpp"
#include "support/virtual_host.hpp"

#include <jackfield/server.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace jackfield::test {

using namespace std::chrono_literals;
namespace jf = jackfield;

/// A virtual host among others: current only in a turn of its own.
class scheduled_host final : public base::host {
 public:
  base::timer_wheel& timers() noexcept override { return inner.timers(); }
  void post(base::unique_function<void()> f) override {
    if (auto* from = colleague()) from->hand_in(*this);
    inner.post(std::move(f));
    if (prompt && !current()) in_turn([&] { inner.run_some(static_cast<std::size_t>(-1)); });
  }
  void defer(base::unique_function<void()> f) override { inner.defer(std::move(f)); }
  bool current() const noexcept override { return here() == this; }
  base::letter_sheet* sheet(std::size_t cost) override {
    auto* from = writes ? colleague() : nullptr;
    if (from == nullptr) return nullptr;
    auto& s = from->written[this];
    if (s && !s->has_room(cost)) from->hand_in(*this);
    if (!s) s = std::make_shared<base::letter_sheet>();
    return s.get();
  }
  template <class F>
  void in_turn(F&& f) {
    const turn mine(this);
    f();
    while (!written.empty()) hand_in(*written.begin()->first);
  }
  void hand_in(scheduled_host& to) {
    const auto at = written.find(&to);
    if (at == written.end()) return;
    auto s = std::move(at->second);
    written.erase(at);
    if (s && !s->empty()) to.inner.post([s] { s->call_all(); });
  }
  scheduled_host* colleague() const noexcept { return here() == this ? nullptr : static_cast<scheduled_host*>(here()); }

  virtual_host inner;
  bool writes = false;  // others write to it on sheets
  std::map<scheduled_host*, std::shared_ptr<base::letter_sheet>> written;
  bool prompt = false;  // has read a letter before the call that posts it returns
};

class ensemble {
 public:
  explicit ensemble(std::uint64_t seed, std::size_t workers = 3, server_options o = {})
      : options(std::move(o)), random(seed), crew(options, workers) {
    for (std::size_t i = 0; i < workers; ++i) {
      hosts.push_back(std::make_unique<scheduled_host>());
      hosts[i]->set_number(i);
      hosts[i]->writes = seed % 2 == 0;
      shards.push_back(std::make_unique<srv::shard>(crew, *hosts[i]));
    }
    io.emplace(srv::server_access::make(crew));
  }
  ~ensemble() {
    for (auto& c : clients_) at(c->worker, [&] { c.reset(); });
    settle();
    for (std::size_t i = 0; i < shards.size(); ++i) end(i);
  }
  ensemble(const ensemble&) = delete;
  ensemble& operator=(const ensemble&) = delete;

  struct client {
    client(ensemble& e, std::size_t w, std::string_view id) : worker(w), stream(base::make_ref<fake_stream>()), of(e) {
      session =
          base::make_ref<engine::session>(*e.hosts[w], e.session_options, id,
                                          http_head_ref(http_head::builder().request_line("GET", "/socket.io/?EIO=4").build()),
                                          "127.0.0.1", protocol::eio_revision::v4);
      e.at(w, [&] {
        session->open(engine::transport_ref(stream), "{}");
        e.shards[w]->on_session(*session);
      });
      e.end_turn(w);
      stream->take();  // the open packet
    }
    client& say(const std::string& packet) {
      of.at(worker, [&] { deliver(*session, *stream, {packet}); });
      return *this;
    }
    client& join(const std::string& nsp = {}) { return say(nsp.empty() ? "40" : "40" + nsp + ","); }
    void lose() {
      of.at(worker, [&] { session->on_transport_lost(*stream, engine::close_reason::transport_close, {}); });
    }
    /// Without pings and answers to CONNECT.
    packets take() {
      packets out;
      for (auto& p : stream->take())
        if (p != "2" && !p.starts_with("40")) out.push_back(std::move(p));
      return out;
    }
    const std::size_t worker;
    base::ref<fake_stream> stream;
    engine::session_ref session;

   private:
    ensemble& of;
  };
  client& client_at(std::size_t worker) {
    clients_.push_back(std::make_unique<client>(*this, worker, "session" + std::to_string(clients_.size())));
    return *clients_.back();
  }

  /// f in a turn of this worker, which ends later.
  template <class F>
  void at(std::size_t worker, F&& f) {
    hosts[worker]->in_turn(std::forward<F>(f));
  }
  void end_turn(std::size_t worker) {
    at(worker, [&] { hosts[worker]->inner.run_some(0); });
  }
  /// Some letters of some worker. False: nobody has any.
  bool step() {
    std::vector<std::size_t> busy;
    for (std::size_t i = 0; i < hosts.size(); ++i)
      if (!hosts[i]->inner.idle()) busy.push_back(i);
    if (busy.empty()) return false;
    const auto w = busy[random() % busy.size()];
    at(w, [&] { hosts[w]->inner.run_some(1 + random() % 3); });
    return true;
  }
  void settle() {
    while (step()) {
    }
  }
  void advance(std::chrono::milliseconds t) {
    settle();
    for (std::size_t i = 0; i < hosts.size(); ++i) at(i, [&] { hosts[i]->inner.advance(t); });
    settle();
  }
  std::size_t any() { return random() % hosts.size(); }
  /// The worker ends: its letters are torn up.
  void end(std::size_t worker) {
    at(worker, [&] { shards[worker].reset(); });
  }

  server_options options;
  engine::session_options session_options;
  std::mt19937_64 random;
  std::vector<std::unique_ptr<scheduled_host>> hosts;
  srv::crew crew;
  std::vector<std::unique_ptr<srv::shard>> shards;
  std::optional<server> io;

 private:
  std::vector<std::unique_ptr<client>> clients_;
};

}  // namespace jackfield::test
