// A peer on HTTP: one request at a time on one connection. It POSTs what it has to say, then GETs until the answer has come;
// the upgrade's handshake answer is read here too.
#include "crowd.hpp"
#include "peer.hpp"
#include "protocol/eio_payload.hpp"
#include "protocol/handshake.hpp"

#include <utility>

namespace jackfield::bench {

namespace {

constexpr std::size_t most_packets = 100'000;  // in one answer
constexpr wire::http_reply_limits answer_limits{.body_bytes = 16u << 20};

}  // namespace

void peer::expect(wire::http_request_kind kind) {
  if (!answer_) answer_ = std::make_unique<wire::http_reply_parser>(answer_limits);
  answer_->expect(kind);
}

void peer::ask(request what) {
  request_ = what;
  if (!answer_) expect(wire::http_request_kind::plain);
  out_ += what == request::post ? "POST " : "GET ";
  out_ += crowd_.settings_.to.path + "?EIO=4&transport=polling" + (sid_.empty() ? "" : "&sid=" + sid_) +
          " HTTP/1.1\r\nHost: " + crowd_.settings_.to.authority + "\r\n";
  if (what == request::post) {
    out_ += "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: " + std::to_string(posts_.size()) + "\r\n\r\n" + posts_;
    posts_.clear();
  } else {
    out_ += "\r\n";
  }
}

// The next request, unless one is under way or there is no reason for one.
void peer::pump() {
  const bool listens = stage_ == stage::joining || awaited_ || crowd_.settings_.park;
  if (request_ != request::none || on_ws_ || off() || (posts_.empty() && !listens)) return;
  if (fd_ < 0) {
    start_line();
    if (off()) return;
  }
  ask(posts_.empty() ? request::get : request::post);
}

void peer::on_answers(std::string_view data) {
  const auto life = life_;
  while (answer_ && life_ == life) {
    using outcome = wire::http_reply_parser::outcome;
    switch (answer_->feed(data)) {
      case outcome::more: return;
      case outcome::broken: return down(trouble::protocol, "the answer is no HTTP");
      case outcome::whole: break;
    }
    if (stage_ == stage::upgrading) {
      if (answer_->reply().status != 101) return down_for_status();
      if (answer_->reply().header("Sec-WebSocket-Accept") != crowd_.accept_)
        return down(trouble::protocol, "Sec-WebSocket-Accept is wrong");
      answer_.reset();
      on_ws_ = true;
      decoder_.emplace(wire::ws_role::client, crowd_.limits_);
      stage_ = sid_.empty() ? stage::opening : stage::probing;
      if (!sid_.empty()) frame("2probe");
      if (!data.empty()) on_frames({const_cast<char*>(data.data()), data.size()});  // of the crowd's own buffer
      return;
    }
    if (request_ == request::none) return down(trouble::protocol, "an HTTP answer that nobody asked for");
    on_answer();
  }
}

void peer::down_for_status() {
  const auto& reply = answer_->reply();
  const std::string words = std::to_string(reply.status) + (reply.body.empty() ? "" : " " + reply.body);
  down(trouble::http_status, words);
}

void peer::on_answer() {
  const auto life = life_;
  if (answer_->reply().status != 200) return down_for_status();
  const bool closes = !answer_->keep_alive();
  const std::string body = std::move(answer_->reply().body);
  answer_->expect(wire::http_request_kind::plain);
  const request was = std::exchange(request_, request::none);
  if (closes) close_line();
  switch (was) {
    case request::open: return on_open(body);
    case request::get: on_payload(body); break;
    case request::post:
    case request::none: break;
  }
  if (life_ == life) pump();
}

void peer::on_open(std::string_view body) {
  protocol::eio_open open;
  if (body.empty() || body[0] != '0' || !protocol::read_open(body.substr(1, body.find('\x1e') - 1), open))
    return down(trouble::protocol, "no Engine.IO open packet");
  sid_ = open.sid;
  if (crowd_.settings_.by == road::upgrade) {
    close_line();
    answer_.reset();
    stage_ = stage::connecting;
    return start_line();
  }
  stage_ = stage::joining;
  posts_ = crowd_.connect_packet_;
  pump();
}

void peer::on_payload(std::string_view body) {
  const auto life = life_;
  protocol::eio_payload_reader reader(body, most_packets);
  for (;;) {
    const auto step = reader.next();
    if (step.what == protocol::eio_payload_reader::outcome::end) break;
    if (step.what != protocol::eio_payload_reader::outcome::packet) return down(trouble::protocol, "no Engine.IO payload");
    using type = protocol::eio_type;
    if (step.packet.type == type::ping) {
      ++crowd_.heartbeats_;
      posts_ += posts_.empty() ? "3"
                               : "\x1e"
                                 "3";
    } else if (step.packet.type == type::close) {
      return down(trouble::closed);
    } else if (step.packet.type == type::message && step.packet.kind == protocol::payload_kind::text) {
      on_message(step.packet.data);
    }
    if (life_ != life || off()) return;
  }
}

}  // namespace jackfield::bench
