// 10 000 cut connections from seeds: at every kind of packet boundary, on every road, noticed by the server or not. The client
// is a model of the official one: it keeps what arrives before CONNECT over a cut, takes the last string of an event for its
// offset, and sends what it knows with CONNECT. Nothing may be lost, nothing come twice, no claim be wrong.
#include "unit/server/stage.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <set>

namespace jackfield::test {
namespace {

std::string member(const std::string& packet, const std::string& key) {
  const auto at = packet.find("\"" + key + "\":\"");
  if (at == std::string::npos) return {};
  const auto begin = at + key.size() + 4;
  return packet.substr(begin, packet.find('"', begin) - begin);
}

/// What the client side of the official library does with what arrives.
struct model_client {
  struct event {
    std::string what;                   // the event, without its last string
    std::optional<std::string> string;  // that
  };

  std::string connect_packet() const {
    if (pid.empty()) return "40";
    std::string p = R"(40{"pid":")" + pid + '"';
    if (offset) p += R"(,"offset":")" + *offset + '"';
    return p + "}";
  }

  void take(const std::string& p) {
    if (p.starts_with("40")) return on_connect(p);
    if (p.starts_with("42")) return on_event(p);
    if (p.starts_with("45")) header = p;
    if (p.front() == 'b' && !header.empty()) {
      attachments += p.substr(1);
      if (attachments.size() == static_cast<std::size_t>(header[2] - '0')) {
        on_event(std::exchange(header, {}) + std::exchange(attachments, {}));
      }
    }
  }
  void cut() {
    connected = false;
    header.clear(), attachments.clear();
  }

  void on_event(const std::string& p) {
    const auto end = p.rfind("\"]");
    event e{p, std::nullopt};
    if (end != std::string::npos) {
      const auto begin = p.rfind('"', end - 1);
      e = {p.substr(0, begin) + p.substr(end + 1), p.substr(begin + 1, end - begin - 1)};
    }
    connected ? emit(e) : buffer.push_back(e);
  }
  void emit(const event& e) {
    delivered.push_back(e.what);
    if (!pid.empty() && e.string) offset = e.string;
  }
  void on_connect(const std::string& p) {
    const auto sid_now = member(p, "sid"), pid_now = member(p, "pid");
    recovered = pid_now == pid;
    if (!recovered) delivered.clear();
    sid = sid_now, pid = pid_now;
    connected = true;
    for (const auto& e : std::exchange(buffer, {})) emit(e);
  }

  std::string sid, pid;
  std::optional<std::string> offset;
  bool connected = false, recovered = false;
  std::vector<event> buffer;
  std::vector<std::string> delivered;  // since it was fresh last
  std::string header, attachments;
};

/// A server, one client that is cut again and again, another that is not, and what each was sent by the rules of rooms.
class play {
 public:
  play(unsigned seed, stage& s) : random_(seed), on_(s) {}

  void cut_once() {
    connect(turn::one_of_many);
    for (auto n = pick(6); n > 0; --n) act();
    cut();
    for (auto n = pick(5); n > 0; --n) act();
    if (pick(4) == 0) on_.host.inner.advance(std::chrono::milliseconds(pick(3000)));
  }
  /// The last time without a cut: everything must be there.
  void settle() {
    connect(turn::last);
    arrive(all);
    EXPECT_TRUE(client_.connected);
    EXPECT_EQ(client_.delivered, expected_[client_.sid].events);
  }

  std::size_t complete = 0, fresh = 0, unnoticed = 0, inside = 0;

 private:
  static constexpr std::size_t all = static_cast<std::size_t>(-1);
  struct truth {
    std::set<std::string> rooms;
    std::vector<std::string> events;
  };
  enum class way { polling, websocket, upgrading };

  std::size_t pick(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
  std::string room() { return std::string(1, "abc"[pick(3)]); }

  enum class turn { one_of_many, last };
  void connect(turn which) {
    const bool last = which == turn::last;
    linked_ = true;
    const auto kind = static_cast<way>(pick(3));
    c_ = kind == way::websocket ? &on_.ws() : &on_.polling();
    candidate_.reset();
    on_.host.inner.run_turn();
    flush_road();
    wire_.clear();  // the open packet
    if (kind == way::upgrading && pick(2) == 0) upgrade(1 + pick(2));
    if (kind != way::websocket && pick(2) == 0) c_->get();
    if (!last && pick(12) == 0) return;  // cut before CONNECT
    const auto asked = client_.pid;
    say(client_.connect_packet());
    if (kind == way::upgrading && !candidate_) upgrade(1 + pick(3));
    check_claim(asked);
  }
  /// What the server believes is what the client will be told.
  void check_claim(const std::string& asked) {
    if (on_.io.main().size() == 0) return;
    const auto s = latest_;
    ASSERT_TRUE(s.has_value());
    const auto id = std::string(s->id());
    if (s->recovered()) {
      ++complete;
      EXPECT_TRUE(expected_.contains(id));
    } else {
      ++fresh;
      EXPECT_TRUE(asked.empty() || lost_identity_) << "nothing was dropped, so nothing need be fresh";
      lost_identity_ = false;
    }
  }
  void upgrade(std::size_t steps) {
    auto ws = base::make_ref<fake_stream>();
    if (!c_->session->offer_candidate(ws)) return;
    candidate_ = ws;
    deliver(*c_->session, *ws, {"2probe"});
    if (steps > 1) {
      c_->get();  // the client waits for its poll before it goes on
      on_.host.inner.run_turn();
      flush_road();
    }
    if (steps > 2) deliver(*c_->session, *ws, {"5"});
    on_.host.inner.run_turn();
    flush_road();
  }

  void say(const std::string& p) {
    auto road = c_->session->road();
    if (road != nullptr) deliver(*c_->session, *road, {p});
    on_.host.inner.run_turn();
    flush_road();
  }

  /// Server's output goes onto the wire: one unit is what arrives whole.
  void flush_road() {
    on_.host.inner.run_turn();
    if (c_->poll) {
      for (auto& answer : c_->poll->take()) wire_.push_back(std::move(answer));
    } else {
      for (auto& p : c_->stream->take()) wire_.push_back({std::move(p)});
    }
    if (candidate_) {
      for (auto& p : candidate_->take()) wire_.push_back({std::move(p)});
    }
    if (!linked_) wire_.clear();
  }
  void arrive(std::size_t units) {
    while (linked_ && units-- > 0) {
      if (wire_.empty() && c_->poll && c_->poll->parked() == false && c_->session->state() == engine::ready_state::open) {
        c_->get();
        flush_road();
      }
      if (wire_.empty()) return;
      const auto unit = std::move(wire_.front());
      wire_.pop_front();
      for (const auto& p : unit) client_.take(p);
    }
  }

  void act() {
    ++number_;
    const auto n = std::to_string(number_);
    switch (pick(10)) {
      case 0: emit(on_.io.main().to("nobody"), {"nobody"}, {}, "x" + n); break;
      case 1: broadcast("x" + n); break;
      case 2:
      case 3: {
        const auto r = room();
        emit(on_.io.to(r), {r}, {}, "r" + n);
        break;
      }
      case 4: {
        const auto r = room(), not_in = room();
        emit(on_.io.to(r).except(not_in), {r}, {not_in}, "e" + n);
        break;
      }
      case 5: binary(n); break;
      case 6: self(n); break;
      case 7:
        if (latest_ && latest_->connected()) move(room());
        break;
      case 8: arrive(1 + pick(3)); break;
      default:
        if (c_->poll && !candidate_) c_->get();
    }
    flush_road();
    if (pick(3) == 0) arrive(1 + pick(2));
  }
  void emit(const broadcast_operator& to, std::set<std::string> rooms, std::set<std::string> except, const std::string& name) {
    for (auto& [sid, t] : expected_) {
      const auto in = [&t = t](const std::string& r) { return t.rooms.contains(r); };
      if (std::any_of(rooms.begin(), rooms.end(), in) && std::none_of(except.begin(), except.end(), in))
        t.events.push_back("42[\"" + name + "\",]");
    }
    to.emit(name);
  }
  void broadcast(const std::string& name) {
    for (auto& [sid, t] : expected_) t.events.push_back("42[\"" + name + "\",]");
    on_.io.emit(name);
  }
  void binary(const std::string& n) {
    for (auto& [sid, t] : expected_)
      t.events.push_back(R"(452-["b)" + n + R"(",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1},]bc)");
    on_.io.emit("b" + n, jf::bytes{std::byte{'b'}}, jf::bytes{std::byte{'c'}});
  }
  /// By a handle that may be of a socket that is gone.
  void self(const std::string& n) {
    if (!latest_) return;
    expected_[std::string(latest_->id())].events.push_back("42[\"s" + n + "\",]");
    EXPECT_TRUE(latest_->emit("s" + n) || !latest_->connected() || c_->session->state() != engine::ready_state::open);
  }
  void move(const std::string& r) {
    auto& rooms = expected_[std::string(latest_->id())].rooms;
    if (rooms.erase(r) > 0) return latest_->leave(r);
    rooms.insert(r);
    latest_->join(r);
  }

  void cut() {
    flush_road();
    const auto on_the_way = wire_.size();
    arrive(pick(on_the_way + 2));
    if (!client_.header.empty()) ++inside;
    const bool told = client_.connected;
    client_.cut();
    linked_ = false;
    wire_.clear();
    if (!told && latest_ && std::string(latest_->id()) != client_.sid) lost_identity_ = true;  // it never learned its pid
    if (pick(4) == 0) {
      ++unnoticed;  // the server goes on talking to nobody
      return;
    }
    static constexpr engine::close_reason why[] = {engine::close_reason::transport_close, engine::close_reason::transport_error,
                                                   engine::close_reason::ping_timeout};
    if (auto* road = c_->session->road()) c_->session->on_transport_lost(*road, why[pick(3)], {});
    on_.host.inner.settle();
  }

 public:
  void joined(jf::socket s) {
    latest_ = s;
    if (!s.recovered()) expected_[std::string(s.id())] = {};
  }

 private:
  std::mt19937 random_;
  stage& on_;
  model_client client_;
  stage::client* c_ = nullptr;
  base::ref<fake_stream> candidate_;
  std::deque<packets> wire_;
  std::optional<jf::socket> latest_;
  std::map<std::string, truth> expected_;
  std::size_t number_ = 0;
  bool linked_ = false;  // what the server sends reaches the client
  bool lost_identity_ = false;
};

TEST(cuts, ten_thousand_lose_nothing_repeat_nothing_and_claim_nothing_wrong) {
  constexpr unsigned plays = 500, cuts_each = 20;
  std::size_t complete = 0, fresh = 0, unnoticed = 0, inside = 0;
  for (unsigned seed = 1; seed <= plays && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    server_options o;
    o.connection_state_recovery = recovery_options{};
    stage on(o);
    play p(seed, on);
    on.io.on_connection([&p](jf::socket s) { p.joined(s); });
    for (unsigned i = 0; i < cuts_each; ++i) p.cut_once();
    p.settle();
    complete += p.complete, fresh += p.fresh, unnoticed += p.unnoticed, inside += p.inside;
  }
  RecordProperty("complete", static_cast<int>(complete));
  RecordProperty("fresh", static_cast<int>(fresh));
  EXPECT_GT(complete, plays * cuts_each / 2) << "most cuts are recovered from";
  EXPECT_GT(unnoticed, plays);
  EXPECT_GT(inside, plays / 10) << "some cuts lie between a packet and its attachments";
}

}  // namespace
}  // namespace jackfield::test
