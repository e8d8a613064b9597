#include "net/http_caller.hpp"

#include "wire/header_list.hpp"
#include "wire/http_text.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace jackfield::net {

namespace {

/// "timeout=5, max=100" (Keep-Alive, RFC 2068 §19.7.1).
std::chrono::seconds kept_by_server(std::string_view value) noexcept {
  while (value.data() != nullptr) {
    auto element = wire::take_element(value, ',');
    if (!wire::equal_ignoring_case(wire::take_element(element, '='), "timeout")) continue;
    int n = 0;
    std::from_chars(element.data(), element.data() + element.size(), n);
    return std::chrono::seconds(std::clamp(n, 0, 3600));
  }
  return std::chrono::seconds(0);
}

}  // namespace

http_caller::http_caller(std::unique_ptr<stream> s, const wire::http_reply_limits& limits)
    : worker_(s->on()), stream_(std::move(s)), parser_(limits) {}

http_caller::~http_caller() = default;

void http_caller::start() {
  self_ = this;
  since_ = worker_.timers().now();
  stream_->start(*this);
}

void http_caller::call(const http_call& c, call_handler& h) {
  calling_ = true;
  handler_ = &h;
  kind_ = c.kind;
  time_ = c.limit;
  parser_.expect(c.kind);
  stream_->out().append(c.head);
  stream_->out().append(c.body);
  stream_->touch();
  if (c.limit.count() > 0) worker_.timers().arm(limit_, c.limit);
}

void http_caller::on_data(std::span<char> data) {
  using outcome = wire::http_reply_parser::outcome;
  base::ref<http_caller> self(this);
  if (data.empty()) return;
  if (!calling_) return leave();  // an answer that nobody asked for
  std::string_view input(data.data(), data.size());
  switch (parser_.feed(input)) {
    case outcome::more: return;
    case outcome::whole: return answered(input);
    case outcome::broken: return fail("the server's answer cannot be understood: " + std::string(parser_.error()));
  }
}

void http_caller::answered(std::string_view behind) {
  calling_ = false;
  limit_.cancel();
  since_ = worker_.timers().now();
  auto& reply = parser_.reply();
  const bool switched = kind_ == wire::http_request_kind::upgrade && reply.status == 101;
  if (switched) {
    early_ = behind;
    stream_->pause(true);  // until somebody takes it
  } else {
    if (const auto kept = reply.header("Keep-Alive"); !kept.empty()) kept_for_ = kept_by_server(kept);
    if (!parser_.keep_alive() || !behind.empty()) leave();
  }
  if (auto* h = std::exchange(handler_, nullptr)) h->on_reply(*this, reply);
  if (switched && stream_) leave();  // it was not taken
}

void http_caller::on_end(stream_end how) {
  base::ref<http_caller> self(this);
  const bool started = parser_.started();
  if (!calling_) return leave();
  if (how == stream_end::closed && parser_.end() == wire::http_reply_parser::outcome::whole) {
    leave();
    return answered({});
  }
  fail(how == stream_end::stalled ? "the server does not take what it is sent"
       : started                  ? "the connection ended in the middle of an answer"
                                  : "the connection ended without an answer");
}

void http_caller::on_limit() {
  base::ref<http_caller> self(this);
  fail("no answer within " + std::to_string(time_.count()) + " ms");
}

void http_caller::fail(std::string_view why) {
  calling_ = false;
  leave();
  if (auto* h = std::exchange(handler_, nullptr)) h->on_call_failed(*this, why);
}

/// The stream is done with.
void http_caller::leave() {
  limit_.cancel();
  if (stream_) stream::drop(std::move(stream_));
  if (self_) worker_.bury(std::move(self_));
}

void http_caller::drop() {
  handler_ = nullptr;
  calling_ = false;
  leave();
}

std::unique_ptr<stream> http_caller::take_stream(std::string& early) {
  early = std::move(early_);
  auto s = std::move(stream_);
  if (s) s->pause(false);
  leave();
  return s;
}

}  // namespace jackfield::net
