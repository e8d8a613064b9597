// client_rig: a server of ours and clients' Engine.IO sessions, each side with a loop of its own, over loopback.
#pragma once

#include "engine/client_session.hpp"
#include "fake_middle.hpp"
#include "net/worker.hpp"
#include "support/fake_transport.hpp"
#include "transport/client_dialer.hpp"
#include "transport/frontend.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace jackfield::transport {

/// The server's end of a session: says back what it hears.
class echo final : public engine::session_listener {
 public:
  explicit echo(engine::session& s) : session(&s) { s.set_listener(this); }
  ~echo() { session->set_listener(nullptr); }
  void on_message(engine::session& s, protocol::payload_kind kind, std::string_view data) override {
    heard.emplace_back(data);
    const engine::message_view m{kind, data};
    s.send({&m, 1}, {.compress = engine::compression::allowed});
  }
  void on_close(engine::session&, engine::close_reason why, std::string_view) override {
    ++closes;
    reason = why;
  }
  engine::session_ref session;
  std::vector<std::string> heard;
  int closes = 0;
  engine::close_reason reason{};
};

class client_rig : public ::testing::Test, protected session_sink {
 protected:
  ~client_rig() override {
    if (s) s->set_listener(nullptr);
    sessions.clear();
  }
  bool has_room() noexcept override { return room; }
  void on_session(engine::session& one) override { sessions.push_back(std::make_unique<echo>(one)); }

  /// The server's port.
  std::uint16_t serve() {
    front = std::make_unique<frontend>(served);
    front->open(*this);
    return port = front->listen("127.0.0.1", 0);
  }
  /// Something stands in between: the clients connect to it.
  fake_middle& between() {
    middle = std::make_unique<fake_middle>(port);
    dials.port = middle->port;
    return *middle;
  }
  void connect() {
    if (dials.host.empty()) dials.host = "127.0.0.1";
    if (dials.port == 80) dials.port = port;
    dialer = std::make_unique<client_dialer>(w, dials);
    s = base::make_ref<engine::client_session>(w, *dialer, options, &memory);
    s->set_listener(&hears);
    w.inside([this] { s->connect(); });
  }
  /// Both sides work until it is so, for ten seconds at most.
  template <class F>
  ::testing::AssertionResult until(F so) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!so()) {
      if (std::chrono::steady_clock::now() > end) {
        return ::testing::AssertionFailure() << "not within ten seconds; closes: " << hears.closes << " " << hears.description;
      }
      if (front) front->poll();
      if (middle) middle->poll();
      w.poll();
    }
    return ::testing::AssertionSuccess();
  }
  bool open() const { return hears.opens == 1 && hears.closes == 0; }
  bool say(std::string_view text, protocol::payload_kind kind = protocol::payload_kind::text) {
    const engine::message_view m{kind, text};
    bool taken = false;
    w.inside([&] { taken = s->send({&m, 1}, {.compress = engine::compression::allowed}).accepted; });
    return taken;
  }
  void close() {
    w.inside([this] { s->close(); });
  }
  engine::transport_kind road() const { return s->road()->kind(); }

  static constexpr auto polling = engine::transport_kind::polling;
  static constexpr auto websocket = engine::transport_kind::websocket;

  engine_options served;
  bool room = true;
  std::uint16_t port = 0;
  net::worker w;
  std::unique_ptr<frontend> front;
  std::unique_ptr<fake_middle> middle;
  dial_options dials;
  engine::client_session_options options;
  engine::remembered_road memory;
  test::recording_listener hears;
  std::unique_ptr<client_dialer> dialer;
  std::vector<std::unique_ptr<echo>> sessions;
  engine::client_session_ref s;
};

}  // namespace jackfield::transport
