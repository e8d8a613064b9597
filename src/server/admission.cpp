// The way into a namespace: middlewares one after another, each answering when it likes, then welcome or refusal
// (protocol.md 3.7, security.md S27).
#include "base/json.hpp"
#include "base/timer_wheel.hpp"
#include "server/connection.hpp"
#include "server/nsp.hpp"
#include "server/old_client.hpp"
#include "server/shard.hpp"
#include "socket/sending.hpp"

#include <charconv>
#include <optional>
#include <utility>

namespace jackfield::srv {
namespace {

/// The built-in text writes binary outside of events as the reference's runtime does: {"type":"Buffer","data":[…]}
/// (protocol.md 3.3).
value plain(const value& v) {
  if (!v.has_binary()) return v;
  if (const auto* b = v.if_binary()) {
    array data;
    for (auto byte : *b) data.emplace_back(static_cast<int>(byte));
    return object{{"type", "Buffer"}, {"data", std::move(data)}};
  }
  if (const auto* a = v.if_array()) {
    array out;
    for (const auto& each : *a) out.push_back(plain(each));
    return out;
  }
  object out;
  for (const auto& [key, each] : *v.if_object()) out.append(key, plain(each));
  return out;
}

/// A payload, and what its placeholders stand for.
struct payload {
  std::string json;
  std::vector<bytes_view> attachments;  // borrowed from the refusal
};

/// The data of a refusal; empty: there is none, or it is nested too deeply.
payload data_of(const refuse& no, const parser* packets) {
  payload out;
  if (!no.data) return out;
  const bool fits = packets != nullptr ? base::json::write(*no.data, out.json, out.attachments)
                                       : base::json::write(plain(*no.data), out.json, out.attachments);
  return fits ? out : payload();
}

payload refusal(const refuse& no, const parser* packets) {
  auto data = data_of(no, packets);
  std::string json = R"({"message":)";
  base::json::write_string(no.message, json);
  if (!data.json.empty()) json.append(R"(,"data":)").append(data.json);
  data.json = std::move(json += '}');
  return data;
}

payload old_refusal(const refuse& no, const parser* packets) {
  if (no.data && old_client::speaks_for_itself(*no.data)) {
    if (auto data = data_of(no, packets); !data.json.empty()) return data;
  }
  payload out;
  base::json::write_string(no.message, out.json);
  return out;
}

void send_refusal(socket& s, const refuse& no) {
  if (s.session() == nullptr) return;
  const parser* const packets = s.env().packets;
  const bool old = s.client().revision() == protocol::eio_revision::v3;
  const auto body = old ? old_refusal(no, packets) : refusal(no, packets);
  sio::send_packet(*s.session(), packets, {packet_type::connect_error, s.nsp_name(), std::nullopt, body.json, body.attachments});
}

}  // namespace

/// One client before the door. Kept by those middlewares that have its `next`, and by the namespace until its time is up.
class nsp::admission final : public detail::chain {
 public:
  admission(nsp& n, socket& s, std::shared_ptr<const hooks> h) : nsp_(&n), socket_(&s), hooks_(std::move(h)) {}

  void start() {
    run();
    if (step_ == done) return;
    place_ = nsp_->at_door_.size();
    nsp_->at_door_.emplace_back(this);
    nsp_->home().host().timers().arm(timer_, nsp_->home().options().limits.middleware_time);
  }
  void answer(std::size_t step, std::optional<refuse> no) override {
    socket_->on_worker(
        [self = detail::ref<admission>(this), step, n = std::move(no)]() mutable { self->go_on(step, std::move(n)); });
  }

 private:
  void run() {
    if (step_ == hooks_->middlewares.size()) return admit();
    const auto step = step_;
    try {
      (*hooks_->middlewares[step])(jackfield::socket(detail::ref<socket>(socket_.get())),
                                   next(detail::ref<detail::chain>(this), step));
    } catch (const refuse& no) {
      go_on(step, no);
    } catch (...) {
      socket_->on_fault("middleware", std::current_exception());
      go_on(step, refuse("internal error"));
    }
  }
  void go_on(std::size_t step, std::optional<refuse> no) {
    if (step != step_ || socket_->state() != sio::life::connecting) return;
    if (const auto* session = socket_->session(); session == nullptr || session->state() != engine::ready_state::open) {
      leave();  // the connection is about to end: nothing is sent, no handler hears of it
      return socket_->turn_away();
    }
    if (no) return turn_away(*no);
    ++step_;
    run();
  }
  void admit() {
    leave();
    nsp_->welcome(*socket_, *hooks_);
  }
  void turn_away(const refuse& no) {
    leave();
    send_refusal(*socket_, no);
    auto& client = socket_->client();
    socket_->turn_away();
    client.count_refusal();
  }
  void on_timeout() {
    if (socket_->state() != sio::life::connecting) return leave();
    nsp_->home().host().hit(base::limit::middleware_time);
    turn_away(refuse("timeout"));
  }
  void leave() {
    step_ = done;
    timer_.cancel();
    if (place_ == nowhere) return;
    auto& all = nsp_->at_door_;
    nsp_->home().host().defer([mine = std::move(all[place_])] {});
    all[place_] = std::move(all.back());
    all.pop_back();
    if (place_ < all.size()) static_cast<admission&>(*all[place_]).place_ = place_;
    place_ = nowhere;
  }

  static constexpr std::size_t done = static_cast<std::size_t>(-1), nowhere = done;
  base::ref<nsp> nsp_;
  base::ref<socket> socket_;
  std::shared_ptr<const hooks> hooks_;
  std::size_t step_ = 0;
  std::size_t place_ = nowhere;  // among those at the door
  base::member_timer<admission, &admission::on_timeout> timer_{*this};
};

void nsp::admit(socket& s) {
  auto h = registered().now();
  const auto& recovered = home().options().connection_state_recovery;
  const bool skips = recovered && recovered->skip_middlewares && s.recovery_outcome().outcome == recovery_outcome::complete;
  if (h->middlewares.empty() || skips) return welcome(s, *h);
  detail::ref<admission>(new admission(*this, s, std::move(h)))->start();
}

}  // namespace jackfield::srv
