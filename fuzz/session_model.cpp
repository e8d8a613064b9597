// Any sequence of moves, legal or not, of client, application, network and time, against what must hold always:
// the close event comes once and last; messages sent while open leave in order, once, over whatever roads there are,
// or the session has ended; what the client says on the current road is heard in order, on other roads never; a road
// is not called after its end; the limits hold.
#include "../tests/support/fake_transport.hpp"
#include "../tests/support/virtual_host.hpp"
#include "base/log.hpp"
#include "engine/registry.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace jackfield::fuzzing {
namespace {

using engine::ready_state;
using protocol::payload_kind;
using namespace std::chrono_literals;

void require(bool held, const char* what) {
  if (held) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

class input {
 public:
  input(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}
  bool empty() const { return at_ == end_; }
  unsigned byte() { return empty() ? 0 : *at_++; }
  unsigned below(unsigned n) { return byte() % n; }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

class model final : public engine::session_listener {
 public:
  model(input& in, protocol::eio_revision revision) : in_(in), revision_(revision) {
    options_.max_unsent_bytes = 2000;
    options_.pause_reading_bytes = 600;
    s_ = base::make_ref<engine::session>(host_, options_, "lv_VI97HAXpY6yYWAAAC", nullptr, "192.0.2.1", revision_);
    sessions_.add(s_);
    s_->set_listener(this);
    if (in_.below(2) == 0) {
      poll_ = base::make_ref<test::fake_poll>();
      if (in_.below(2) == 0) poll_->park();
      s_->open(poll_, "{}");
    } else {
      s_->open(new_stream(), "{}");
    }
  }

  void run() {
    while (!in_.empty()) {
      move();
      inspect();
    }
    end();
  }

  // --- what the session says
  void on_message(engine::session&, payload_kind kind, std::string_view data) override {
    require(closes_ == 0, "a message after the close event");
    require(heard_ < said_.size(), "a message that nobody said");
    require(said_[heard_] == (kind == payload_kind::binary ? 'b' : '4') + std::string(data), "messages in order, each once");
    ++heard_;
    react();
  }
  void on_packet(engine::session&, const protocol::eio_packet&) override {
    require(closes_ == 0, "a packet after the close event");
  }
  void on_drain(engine::session& s) override {
    require(s.state() == ready_state::open, "drain only while open");
    react();
  }
  void on_upgrade(engine::session& s, engine::transport_kind) override {
    require(closes_ == 0 && ++upgrades_ == 1, "one upgrade, before the close event");
    require(s.road() && s.road()->kind() == engine::transport_kind::websocket, "the road is the candidate");
    react();
  }
  void on_close(engine::session& s, engine::close_reason, std::string_view) override {
    require(++closes_ == 1, "one close event");
    require(s.state() == ready_state::closed && !s.road() && !s.upgrading(), "nothing is left at the close event");
    require(!sessions_.find(s.id()), "the id is forgotten at the close event");
    react();
  }

 private:
  base::ref<test::fake_stream> new_stream() {
    streams_.push_back(base::make_ref<test::fake_stream>());
    return streams_.back();
  }
  test::fake_stream* newest() { return streams_.empty() ? nullptr : streams_.back().get(); }
  bool open() const { return s_->state() == ready_state::open; }

  /// The application does something from inside a callback, sometimes.
  void react() {
    switch (in_.below(16)) {
      case 1: return send(engine::delivery::regular);
      case 2: return send(engine::delivery::if_writable);
      case 3: return s_->close();
      case 4: return s_->discard();
      case 5: return s_->pause_reading(in_.below(2) == 1);
      default: return;
    }
  }

  void move() {
    switch (in_.below(20)) {
      case 0:
      case 1: return send(engine::delivery::regular);
      case 2: return send(engine::delivery::if_writable);
      case 3: return send_shared();
      case 4:
      case 5: return get();
      case 6:
      case 7: return say_on(s_->road());
      case 8: return say_on(newest());
      case 9: return say_on(poll_.get());
      case 10: return offer();
      case 11: return probe(in_.below(40));
      case 12: return lose();
      case 13: return pass_time();
      case 14: return s_->close(in_.below(2) ? engine::close_reason::server_shutdown : engine::close_reason::forced_close);
      case 15: return s_->discard();
      case 16: return s_->pause_reading(in_.below(2) == 1);
      case 17: return stream_moves();
      case 18: return host_.run_turn();
      case 19: return void(s_->road() && s_->on_packet(*s_->road(), test::packet_of(heartbeat())));
    }
  }

  std::string_view heartbeat() const { return revision_ == protocol::eio_revision::v3 ? "2" : "3"; }

  std::string next_message(const char* kind) { return kind + std::to_string(++numbers_) + std::string(in_.below(256), '.'); }

  void send(engine::delivery how) {
    const bool writable = s_->writable(), was_open = open();
    std::vector<std::string> texts{next_message("4")};
    for (auto n = in_.below(3); n > 0; --n) texts.push_back(next_message("b"));
    std::vector<engine::message_view> group;
    for (const auto& t : texts) group.push_back({test::packet_of(t).kind, test::packet_of(t).data});
    const bool taken = s_->send(group, {.how = how}).accepted;
    require(!taken || was_open, "nothing is taken unless open");
    require(!taken || how == engine::delivery::regular || writable, "volatile needs a writable road");
    if (taken) sent_.insert(sent_.end(), texts.begin(), texts.end());
  }

  void send_shared() {
    std::vector<std::string> texts{next_message("4"), next_message("b")};
    std::vector<engine::message> messages;
    for (const auto& t : texts) messages.push_back({test::packet_of(t).kind, base::shared_bytes(test::packet_of(t).data)});
    const auto how = in_.below(2) ? engine::delivery::regular : engine::delivery::if_writable;
    if (s_->send(engine::outgoing_ref(new engine::outgoing(std::move(messages), {.how = how}))))
      sent_.insert(sent_.end(), texts.begin(), texts.end());
  }

  void get() {
    if (poll_ && !poll_->parked()) poll_->park(*s_);
  }

  /// A packet on some road, current, candidate, or gone.
  void say_on(engine::transport* t) {
    if (!t) return;
    if (in_.below(16) == 0) return s_->on_undecodable(*t);
    std::string packet;
    switch (in_.below(8)) {
      case 0: packet = std::string(1, static_cast<char>('0' + in_.below(7))); break;
      case 1: packet = next_message("b"); break;
      case 2: packet = "2probe"; break;
      case 3: packet = "5"; break;
      default: packet = next_message("4");
    }
    const bool message = packet.front() == '4' || packet.front() == 'b';
    if (message && open() && s_->road() == t) said_.push_back(packet);
    s_->on_packet(*t, test::packet_of(packet));
  }

  void offer() {
    const bool polling = s_->road() && s_->road()->kind() == engine::transport_kind::polling;
    const bool welcome = open() && polling && !s_->upgrading();
    const auto candidate = new_stream();
    require(s_->offer_candidate(candidate) == welcome, "one candidate at a time, for polling only");
    if (!welcome) candidate->close();
  }

  void probe(unsigned times) {
    auto* const t = newest();
    if (!t || !s_->upgrading() || s_->road() == t) return;
    for (; times > 0; --times) s_->on_packet(*t, test::packet_of("2probe"));
  }

  void lose() {
    auto* const t = in_.below(2) ? s_->road() : newest();
    if (t) s_->on_transport_lost(*t, engine::close_reason::transport_error, "lost");
  }

  void pass_time() {
    static constexpr std::chrono::milliseconds steps[]{1ms, 50ms, 100ms, 1s, 5s, 10s, 20s, 25s, 30s};
    host_.advance(steps[in_.below(std::size(steps))]);
  }

  void stream_moves() {
    auto* const t = newest();
    if (!t) return;
    if (in_.below(2)) return t->hold();
    t->drain(*s_, in_.below(2) ? t->unsent_bytes() / 2 : 0);
  }

  // --- what must hold after every move

  void inspect() {
    require(s_->unsent_bytes() <= options_.max_unsent_bytes + 2 * 1024, "unsent data has a limit");
    require((s_->state() == ready_state::closed) == (closes_ == 1), "closed and told so");
    require(s_->state() != ready_state::closing || s_->road()->kind() == engine::transport_kind::polling,
            "only polling closes slowly");
    if (poll_) {
      require(!poll_->misused, "polling is called as agreed");
      for (const auto& answer : poll_->take())
        for (const auto& p : answer) delivered(p);
    }
    for (const auto& t : streams_) {
      require(!t->misused, "a stream is called as agreed");
      int probes = 0;
      for (const auto& p : t->take()) {
        probes += p == "3probe" ? 1 : 0;
        if (p != "3probe") delivered(p);
      }
      require(probes <= 16, "probe answers have a limit");
    }
    require(heard_ == said_.size(), "all that was said on the road was heard");
  }

  void delivered(const std::string& packet) {
    if (packet.front() != '4' && packet.front() != 'b') return;
    require(left_ < sent_.size(), "a message that nobody sent");
    require(sent_[left_] == packet, "messages leave in order, each once");
    ++left_;
  }

  /// Whatever state it is in: a client that fetches gets everything; a client that is silent is gone in the end.
  void end() {
    for (const auto& t : streams_)
      if (!t->closed) t->drain(*s_);
    host_.settle();
    get();
    host_.settle();
    inspect();
    if (open()) require(left_ == sent_.size(), "nothing that was taken is lost");
    s_->pause_reading(false);
    host_.advance(2min);
    inspect();
    require(closes_ == 1, "a silent client is gone in the end");
    require(sessions_.size() == 0, "and forgotten");
    require(!poll_ || (poll_->closed && poll_->detached), "polling is let go");
    for (const auto& t : streams_) require(t->closed, "streams are let go");
  }

  input& in_;
  protocol::eio_revision revision_;
  test::virtual_host host_;
  engine::session_options options_;
  engine::registry sessions_;
  base::ref<test::fake_poll> poll_;
  std::vector<base::ref<test::fake_stream>> streams_;
  engine::session_ref s_;
  std::vector<std::string> sent_;  // taken by the session
  std::vector<std::string> said_;  // by the client, on the road
  std::size_t left_ = 0;           // of sent_
  std::size_t heard_ = 0;          // of said_
  unsigned numbers_ = 0;
  int closes_ = 0;
  int upgrades_ = 0;
};

}  // namespace
}  // namespace jackfield::fuzzing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  jackfield::base::set_log_level(jackfield::base::log_level::error);  // limits are hit all the time
  if (size > 4096) return 0;
  using jackfield::protocol::eio_revision;
  const bool old = size > 0 && data[size - 1] % 4 == 3;
  jackfield::fuzzing::input in(data, size);
  jackfield::fuzzing::model(in, old ? eio_revision::v3 : eio_revision::v4).run();
  return 0;
}
