// Recording roads of a client, and the dialer that hands them out: for tests of the client's session and of what is above it.
//
//   fake_dialer dialer;                        every dial is written down: dialer.dials
//   dialer.poll(0)->answer(s, {"0{…}"})        the GET under way is answered with these packets
//   dialer.poll(0)->acknowledge(s)             the POST under way is answered; take_posts() says what was in it
//   s.on_transport_ready(*dialer.ws(1))        a WebSocket's opening handshake is done
#pragma once

#include "engine/client_session.hpp"
#include "support/fake_transport.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::test {

/// Polling from the client's end: a GET is under way from the beginning, and begun again after each answer unless paused.
class fake_client_poll final : public fake_transport {
 public:
  engine::transport_kind kind() const noexcept override { return engine::transport_kind::polling; }
  bool ready() const noexcept override { return opened_ && !closed && !post_; }
  bool idle() const noexcept override { return ready(); }
  bool quiet() const noexcept override { return !get_ && !post_; }
  std::size_t unsent_bytes() const noexcept override { return posted_bytes_; }
  void send(std::span<const protocol::eio_packet> batch, engine::compression c) override {
    misused |= detached || !ready() || batch.empty();
    packets body;
    for (const auto& p : batch) {
      body.push_back(written(p));
      posted_bytes_ += p.data.size() + 1;
    }
    posts_.push_back(std::move(body));
    post_ = true;
    last_compression = c;
  }
  using fake_transport::send;
  void close() override {
    misused |= detached;
    closed = true;
  }
  void pause_reading(bool p) override {
    fake_transport::pause_reading(p);
    if (!p && opened_) get_ = true;
  }

  void answer(engine::session& s, const packets& payload) {
    misused |= !get_;
    get_ = false;
    opened_ = true;
    for (const auto& p : payload)
      if (!s.on_packet(*this, packet_of(p))) return;
    if (closed || detached) return;
    get_ = !paused;
    if (!get_) s.on_transport_ready(*this);
  }
  void acknowledge(engine::session& s) {
    misused |= !post_;
    post_ = false;
    posted_bytes_ = 0;
    s.on_transport_ready(*this);
  }
  bool getting() const noexcept { return get_; }
  bool posting() const noexcept { return post_; }
  std::vector<packets> take_posts() { return std::exchange(posts_, {}); }

 private:
  std::vector<packets> posts_;
  std::size_t posted_bytes_ = 0;
  bool opened_ = false, get_ = true, post_ = false;
};

class fake_dialer final : public engine::dialer {
 public:
  struct call {
    engine::transport_kind kind;
    std::string sid;
    engine::transport_ref road;
  };

  engine::transport_ref dial(engine::session&, engine::transport_kind kind, std::string_view sid) override {
    engine::transport_ref road;
    if (kind == engine::transport_kind::polling)
      road = base::make_ref<fake_client_poll>();
    else
      road = base::make_ref<fake_stream>();
    dials.push_back({kind, std::string(sid), road});
    return road;
  }
  /// The road of the i-th dial.
  fake_client_poll* poll(std::size_t i) { return static_cast<fake_client_poll*>(dials.at(i).road.get()); }
  fake_stream* ws(std::size_t i) { return static_cast<fake_stream*>(dials.at(i).road.get()); }
  bool misused() const {
    bool any = false;
    for (const auto& d : dials) any |= static_cast<const fake_transport&>(*d.road).misused;
    return any;
  }

  std::vector<call> dials;
};

}  // namespace jackfield::test
