#include "net/http_connection.hpp"

#include "wire/http_response.hpp"

#include <charconv>
#include <optional>

namespace jackfield::net {

namespace {
constexpr std::size_t pipelined_bytes = 64 * 1024;  // read ahead of the request in work; more waits in the kernel

/// Appends a number in decimal.
void append(out_queue& out, std::size_t n) {
  char digits[20];
  auto end = std::to_chars(digits, digits + sizeof digits, n).ptr;
  out.append(std::string_view(digits, static_cast<std::size_t>(end - digits)));
}

void append_status(out_queue& out, int status) {
  if (status == 200) return out.append("HTTP/1.1 200 OK\r\n");
  out.append("HTTP/1.1 ");
  append(out, static_cast<std::size_t>(status));
  out.append(" ");
  out.append(wire::reason_phrase(status));
  out.append("\r\n");
}

/// The limit that an answer of the parser's speaks of.
std::optional<base::limit> limit_behind(int status) noexcept {
  switch (status) {
    case 408: return base::limit::request_time;
    case 413: return base::limit::body;
    case 414: return base::limit::request_line;
    case 431: return base::limit::headers;
    default: return std::nullopt;
  }
}

}  // namespace

http_connection::http_connection(std::unique_ptr<stream> s, http_service& service, const http_settings& settings,
                                 std::string remote)
    : worker_(&s->on()),
      stream_(std::move(s)),
      service_(&service),
      settings_(settings),
      parser_(settings.limits),
      remote_(std::move(remote)) {
  if (auto* tls = stream_->tls()) parser_.set_tls(tls->info());
}

http_connection::~http_connection() = default;

void http_connection::start() {
  self_ = this;
  enter(phase::idle, settings_.first_byte);
  stream_->start(*this);
}

const std::string& http_connection::remote_address() {
  if (remote_.empty() && stream_) remote_ = stream_->remote_address();
  return remote_;
}

void http_connection::enter(phase p, std::chrono::milliseconds deadline) {
  phase_ = timed_ = p;
  worker_->timers().arm(deadline_, deadline);
}

/// The head or the body is not whole: its time begins. Most come whole, and need no timer.
void http_connection::time_input() {
  if (phase_ == timed_) return;
  if (phase_ == phase::head) enter(phase::head, settings_.header_time);
  if (phase_ == phase::body) enter(phase::body, settings_.body_time);
}

void http_connection::on_data(std::span<char> data) {
  base::ref<http_connection> self(this);
  if (arrived_) {
    const auto f = std::exchange(arrived_, nullptr);
    moving_ = false;
    return (*f)(*this);
  }
  if (pending_.empty()) return feed({data.data(), data.size()});
  auto all = std::move(pending_);
  pending_.clear();
  all.append(data.data(), data.size());
  feed(all);
}

// Requests are taken out of the input one at a time; what is behind a request that waits for its answer is
// kept, up to a bound, and then reading stops (S6).
void http_connection::feed(std::string_view input) {
  rest_ = input;
  feeding_ = true;
  while (stream_ && !moving_ && phase_ != phase::answering && phase_ != phase::done && step()) {
  }
  feeding_ = false;
  if (!stream_) return;
  if (!moving_) time_input();
  pending_.assign(rest_);
  if (pending_.size() >= pipelined_bytes) stream_->pause(true);
}

// False: more input is needed.
bool http_connection::step() {
  using what = wire::http_event::what;
  if (phase_ == phase::idle) {
    if (rest_.empty()) return false;
    phase_ = phase::head;
  }
  wire::http_event e = parser_.next(rest_);  // with no input left too: after the head comes the end of an empty body
  switch (e.kind) {
    case what::need_more: return false;
    case what::head: head_complete(); break;
    case what::complete: request_complete(); break;
    case what::error: refuse(e.status, e.text); break;
  }
  return true;
}

std::string http_connection::early() {
  if (feeding_) return std::string(std::exchange(rest_, {}));
  return std::move(pending_);
}

void http_connection::head_complete() {
  phase_ = phase::body;
  body_expected_ = true;
  service_->on_head(*this);
  if (stream_ && !moving_ && phase_ == phase::body && parser_.expects_continue()) stream_->send("HTTP/1.1 100 Continue\r\n\r\n");
}

void http_connection::request_complete() {
  phase_ = phase::answering;
  body_expected_ = false;
  deadline_.cancel();
  if (parser_.upgrade()) return service_->on_upgrade(*this);
  service_->on_request(*this, parser_.take_body());
}

// --- to another worker

void http_connection::move_to(worker& there, http_service& service, arrival_fn arrived) {
  moving_ = true;
  deadline_.cancel();
  timed_ = phase::idle;
  stream_->pause(true);
  worker_->after_turn([self = base::ref<http_connection>(this), to = &there, s = &service, f = std::move(arrived)]() mutable {
    if (self->stream_) self->depart(*to, *s, std::move(f));
  });
}

void http_connection::depart(worker& there, http_service& service, arrival_fn arrived) {
  stream_->detach();
  worker_ = &there;
  service_ = &service;
  there.post([self = std::move(self_), f = std::move(arrived)]() mutable {
    auto& c = *self;
    c.self_ = std::move(self);
    c.arrived_ = std::make_unique<arrival_fn>(std::move(f));
    c.stream_->attach(*c.worker_, c);
    c.stream_->pause(false);
    c.stream_->ask_again();  // in the next turn, behind what came here before us: an end of the session's last connection, say
  });
}

void http_connection::resume_at_head() {
  head_complete();
  if (stream_) on_data({});
}

void http_connection::respond(const http_answer& a) {
  if (!stream_ || phase_ == phase::done || phase_ == phase::idle || phase_ == phase::head) return;
  tell_watcher(request_watcher::gone::refused);  // whoever answers for itself has stopped watching
  bool keep = a.then == after_answer::keep_open && !body_expected_ && !retired_ && parser_.keep_alive();
  out_queue& out = stream_->out();
  append_status(out, a.status);
  if (!a.content_type.empty()) {
    out.append("Content-Type: ");
    out.append(a.content_type);
    out.append("\r\n");
  }
  std::size_t size = a.shared ? a.shared->size() : a.body.size();
  if (!wire::bodiless(a.status)) {
    out.append("Content-Length: ");
    append(out, size);
    out.append("\r\n");
  }
  out.append(a.headers);
  if (!keep)
    out.append("Connection: close\r\n");
  else if (parser_.head()->version() == 10)
    out.append("Connection: keep-alive\r\n");
  out.append("\r\n");
  if (parser_.head()->method() != "HEAD") {
    if (a.shared)
      out.append(*a.shared);
    else
      out.append(a.body);
  }
  stream_->touch();
  if (keep)
    next_request();
  else
    finish();
}

void http_connection::next_request() {
  parser_.reset();
  enter(phase::idle, settings_.keep_alive);
  if (stream_->paused()) stream_->pause(false);
  if (feeding_ || pending_.empty()) return;
  stream_->ask_again();
}

// The parser refused: a fixed answer, and the connection ends because its framing is in doubt.
void http_connection::refuse(int status, std::string_view text) {
  if (auto l = limit_behind(status)) worker_->hit(*l);
  service_->on_refused(*this, status);
  tell_watcher(request_watcher::gone::refused);
  if (!stream_) return;
  // fixed texts (S9); 413 has no body in the reference, and clients that look find none
  std::string body = status == 413 ? std::string() : "{\"message\":\"" + std::string(text) + "\"}";
  out_queue& out = stream_->out();
  append_status(out, status);
  if (!body.empty()) out.append("Content-Type: application/json\r\n");
  out.append("X-Content-Type-Options: nosniff\r\ncache-control: no-store\r\nConnection: close\r\nContent-Length: ");
  append(out, body.size());
  out.append("\r\n\r\n");
  out.append(body);
  stream_->touch();
  finish();
}

base::ref<ws_connection> http_connection::upgrade(const ws_settings& settings, std::string_view accept_key,
                                                  std::string_view headers, const wire::deflate_params* agreed) {
  if (!stream_ || phase_ != phase::answering) return nullptr;
  watcher_ = nullptr;
  deadline_.cancel();
  out_queue& out = stream_->out();
  out.append("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ");
  out.append(accept_key);
  out.append("\r\n");
  out.append(headers);
  out.append("\r\n");
  stream_->touch();
  if (stream_->paused()) stream_->pause(false);
  phase_ = phase::done;
  parser_.close();  // many may be upgraded in this turn, and we are buried at its end only
  auto ws = base::make_ref<ws_connection>(std::move(stream_), settings, agreed);
  worker_->bury(std::move(self_));
  return ws;
}

void http_connection::on_end(stream_end) {
  base::ref<http_connection> self(this);
  phase_ = phase::done;
  deadline_.cancel();
  tell_watcher(request_watcher::gone::lost);
  stream::drop(std::move(stream_));
  worker_->bury(std::move(self_));
}

void http_connection::tell_watcher(request_watcher::gone why) {
  if (auto* w = std::exchange(watcher_, nullptr)) w->on_request_gone(*this, why);
}

void http_connection::finish() {
  phase_ = phase::done;
  deadline_.cancel();
  stream::finish(std::move(stream_));
  worker_->bury(std::move(self_));
}

void http_connection::drop() {
  watcher_ = nullptr;
  phase_ = phase::done;
  deadline_.cancel();
  stream::drop(std::move(stream_));
  worker_->bury(std::move(self_));
}

void http_connection::on_retire(retirement r) {
  base::ref<http_connection> self(this);
  retired_ = true;
  if (r == retirement::now && stream_ && phase_ == phase::idle) drop();
}

void http_connection::on_deadline() {
  base::ref<http_connection> self(this);
  if (phase_ == phase::idle) return drop();  // never began, or kept alive long enough
  refuse(408, "Request Timeout");
}

}  // namespace jackfield::net
