#include "transport/client_polling.hpp"

#include "protocol/eio_payload.hpp"
#include "wire/content_decoding.hpp"
#include "wire/http_response.hpp"

#include <algorithm>
#include <utility>

namespace jackfield::transport {

using engine::close_reason;
using protocol::eio_packet;
using protocol::eio_type;
using protocol::payload_kind;

namespace {

constexpr std::size_t most_idle = 2;
constexpr std::string_view polling = "polling";

std::string status_sentence(std::string_view method, int status, bool by_proxy) {
  if (by_proxy && status == 407) return "the proxy wants another user and password (HTTP status 407)";
  return "the polling " + std::string(method) + " was answered with HTTP status " + std::to_string(status);
}

std::string content_problem(wire::decoding_result r) {
  switch (r) {
    case wire::decoding_result::too_big: return "the body of a poll is too big when inflated";
    case wire::decoding_result::corrupt: return "the body of a poll is not what its Content-Encoding says";
    default: return "the body of a poll has a Content-Encoding that was not asked for";
  }
}

}  // namespace

client_polling::client_polling(net::worker& w, dial_plan_ref plan) : worker_(w), plan_(std::move(plan)) {}

client_polling::~client_polling() { end(); }

void client_polling::start(engine::session& s) {
  session_ = &s;
  begin(get_);
}

// --- requests

void client_polling::begin(way& w) {
  w.busy = true;
  if (auto kept = take_idle()) return call(w, std::move(kept));
  w.opening = net::opener::start(worker_, plan_->to_poll, [this, &w](std::unique_ptr<net::stream> s, std::string why) {
    on_opened(w, std::move(s), std::move(why));
  });
}

void client_polling::on_opened(way& w, std::unique_ptr<net::stream> s, std::string why) {
  base::ref<client_polling> self(this);
  worker_.bury(std::move(w.opening));
  if (!s) return lose(why);
  auto on = base::make_ref<net::http_caller>(std::move(s), plan_->reply_limits);
  on->start();
  call(w, std::move(on));
}

void client_polling::call(way& w, base::ref<net::http_caller> on) {
  if (sid_.empty() && session_) sid_ = session_->id();  // a listener of the opening may send, and close, at once
  auto head = plan_->head(w.method, polling, sid_);
  if (&w == &post_) {
    wire::append_header(head, "Content-Type", "text/plain;charset=UTF-8");
    wire::append_header(head, "Content-Length", std::to_string(w.body.size()));
  } else if (plan_->options.compressed_answers) {
    wire::append_header(head, "Accept-Encoding", "gzip, deflate");
  }
  head += "Connection: keep-alive\r\n\r\n";
  w.on = std::move(on);
  const bool parked = &w == &get_ && state_ != state::opening;  // the session's heartbeat watches over it
  w.on->call({.head = head, .body = w.body, .limit = parked ? std::chrono::milliseconds(0) : plan_->options.request_time}, *this);
}

/// The one used last is the least likely to be closed under our hands.
base::ref<net::http_caller> client_polling::take_idle() {
  const auto now = worker_.timers().now();
  while (!idle_.empty()) {
    auto c = std::move(idle_.back());
    idle_.pop_back();
    auto most = base::duration(plan_->options.keep_idle);
    if (c->kept_for().count() > 0)
      most = std::min<base::duration>(std::max(most, base::duration(c->kept_for())), c->kept_for() - std::chrono::seconds(1));
    if (now - c->idle_since() < most && c->usable()) return c;
    c->drop();
  }
  return nullptr;
}

void client_polling::keep(base::ref<net::http_caller> c) {
  if (!c->idle() || state_ == state::done) return c->drop();
  if (idle_.size() >= most_idle) {
    idle_.front()->drop();
    idle_.erase(idle_.begin());
  }
  idle_.push_back(std::move(c));
}

void client_polling::on_reply(net::http_caller& c, wire::http_reply& reply) {
  base::ref<client_polling> self(this);
  way& w = get_.on.get() == &c ? get_ : post_;
  keep(std::move(w.on));
  w.busy = false;
  plan_->take_cookies(reply);
  if (reply.status != 200) {
    if (&w == &get_ && state_ == state::leaving) return;  // the server has forgotten us; the goodbye goes on
    return lose(status_sentence(w.method, reply.status, plan_->forwards()));
  }
  if (&w == &get_) return got(reply);
  posting_bytes_ = 0;
  w.body.clear();
  posted();
}

void client_polling::on_call_failed(net::http_caller& c, std::string_view why) {
  base::ref<client_polling> self(this);
  way& w = get_.on.get() == &c ? get_ : post_;
  worker_.bury(std::move(w.on));
  w.busy = false;
  if (&w == &get_ && state_ == state::leaving) return;
  lose("the polling " + std::string(w.method) + ": " + std::string(why));
}

// --- receiving

void client_polling::got(wire::http_reply& reply) {
  if (!session_) return;  // the goodbye goes on
  const auto decoded = wire::decode_content(reply.header("Content-Encoding"), reply.body, plan_->options.message_bytes);
  if (decoded != wire::decoding_result::ok) return lose(content_problem(decoded));
  if (!deliver(reply.body) || !session_) return;
  if (!paused_ && state_ == state::open) return begin(get_);
  session_->on_transport_ready(*this);
}

/// False: the session wants no more.
bool client_polling::deliver(std::string_view payload) {
  using outcome = protocol::eio_payload_reader::outcome;
  protocol::eio_payload_reader packets(payload, plan_->options.payload_packets);
  for (;;) {
    const auto next = packets.next();
    if (next.what == outcome::end) return true;
    if (next.what == outcome::too_many) worker_.hit(base::limit::payload_packets);
    if (next.what != outcome::packet) {
      session_->on_undecodable(*this);
      return false;
    }
    if (next.packet.type == eio_type::close) told_ = true;
    if (state_ == state::opening && next.packet.type == eio_type::open) state_ = state::open;
    const bool more = session_->on_packet(*this, next.packet);
    if (sid_.empty() && session_) sid_ = session_->id();
    if (!more || !session_) return false;
  }
}

void client_polling::pause_reading(bool paused) {
  paused_ = paused;
  if (!paused && state_ == state::open && !get_.busy) begin(get_);
}

// --- sending

void client_polling::send(std::span<const eio_packet> packets, engine::compression) {
  std::string body;
  for (const auto& p : packets) protocol::append_eio_packet(body, p);
  post(std::move(body));
}

void client_polling::send(const engine::outgoing& shared) {
  std::string body;
  for (const auto& m : shared.messages()) protocol::append_eio_packet(body, {eio_type::message, m.kind, m.data.chars()});
  post(std::move(body));
}

void client_polling::post(std::string body) {
  post_.body = std::move(body);
  posting_bytes_ = post_.body.size();
  begin(post_);
}

void client_polling::posted() {
  if (state_ == state::leaving) return said_goodbye_ ? end() : say_goodbye();
  if (session_) session_->on_transport_ready(*this);
}

// --- the end

void client_polling::lose(std::string_view why) {
  told_ = true;
  auto* s = session_;
  end();
  if (s) s->on_transport_lost(*this, close_reason::transport_error, why);
}

void client_polling::close() {
  if (state_ == state::leaving || state_ == state::done) return;
  if (sid_.empty() && session_) sid_ = session_->id();
  if (state_ == state::opening || told_ || sid_.empty()) return end();
  state_ = state::leaving;
  self_ = this;
  worker_.move_in(*this);
  worker_.timers().arm(goodbye_limit_, plan_->options.goodbye_time);
  if (!post_.busy) say_goodbye();
}

void client_polling::say_goodbye() {
  said_goodbye_ = true;
  const eio_packet goodbye{eio_type::close, payload_kind::text, {}};
  std::string body;
  protocol::append_eio_packet(body, goodbye);
  post(std::move(body));
}

void client_polling::detach() noexcept {
  session_ = nullptr;
  if (state_ != state::leaving) end();
}

void client_polling::give_up(way& w) noexcept {
  w.busy = false;
  if (w.opening) {
    w.opening->cancel();
    worker_.bury(std::move(w.opening));
  }
  if (w.on) {
    w.on->drop();
    worker_.bury(std::move(w.on));
  }
}

void client_polling::end() noexcept {
  state_ = state::done;
  goodbye_limit_.cancel();
  give_up(get_);
  give_up(post_);
  for (auto& c : idle_) c->drop();
  idle_.clear();
  if (!self_) return;
  worker_.move_out(*this);
  worker_.bury(std::move(self_));
}

}  // namespace jackfield::transport
