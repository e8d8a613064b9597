#include "wire/http_parser.hpp"

#include "wire/http_chunk_scan.hpp"
#include "wire/http_head_scan.hpp"
#include "wire/http_request.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace jackfield::wire {

struct http_parser::impl {
  enum class phase : std::uint8_t { head, body_begin, sized_body, chunk_framing, chunk_data, complete, failed };

  impl(const http_limits& l, const tls_info_ref& connection) : limits(&l), body_limit(l.body_bytes), tls(connection) {}

  http_event next(std::string_view& input);
  http_event take_head(std::string_view& input);
  http_event parse_head(std::string_view text);
  http_event begin_body();
  http_event take_sized_body(std::string_view& input);
  http_event take_chunk_framing(std::string_view& input);
  http_event take_chunk_data(std::string_view& input);
  http_event read(std::string_view& input);
  http_event complete();
  http_event fail(const http_refusal& why);

  const http_limits* limits;
  std::size_t body_limit;
  phase at = phase::head;
  bool started = false;
  bool body_started = false;
  http_head_scan scan;
  http_chunk_scan chunks;
  std::uint64_t chunk_left = 0;         // data bytes of this chunk still to come
  std::string held;                     // an unfinished head or stretch of chunk framing
  std::optional<http_request> request;  // from the end of the head
  tls_info_ref tls;                     // of the connection
  http_refusal refusal;
};

namespace {

constexpr http_event found(http_event::what kind) noexcept { return {kind, 0, {}}; }
constexpr http_event go_on = found(http_event::what::need_more);

}  // namespace

// Every step either makes an event or uses up the input; need_more with input left means: on to the next phase.
http_event http_parser::impl::next(std::string_view& input) {
  started = started || !input.empty();
  for (;;) {
    http_event event;
    switch (at) {
      case phase::head: event = take_head(input); break;
      case phase::body_begin: event = begin_body(); break;
      case phase::sized_body: event = take_sized_body(input); break;
      case phase::chunk_framing: event = take_chunk_framing(input); break;
      case phase::chunk_data: event = take_chunk_data(input); break;
      case phase::complete: return found(http_event::what::complete);
      case phase::failed: return fail(refusal);
    }
    if (event.kind != http_event::what::need_more || input.empty()) return event;
  }
}

// A head that lies whole in the input is parsed where it lies; otherwise it is collected up to what the limits allow.
http_event http_parser::impl::take_head(std::string_view& input) {
  if (input.empty()) return go_on;
  const auto before = held.size();
  if (before != 0) {
    const auto most = limits->request_line_bytes + limits->header_bytes + 8;  // more than any head that is not refused
    held.append(input.substr(0, most - std::min(most, before)));
  }
  const auto outcome = scan.scan(before == 0 ? input : std::string_view(held), *limits);
  if (outcome == http_head_scan::found::refused) return fail(scan.refusal());
  if (outcome == http_head_scan::found::more) {
    if (before == 0) held = input;
    input = {};
    return go_on;
  }
  const auto whole = std::exchange(held, {});
  const auto text = (before == 0 ? input : std::string_view(whole)).substr(0, scan.size());
  input.remove_prefix(scan.size() - before);
  return parse_head(text.substr(scan.begin()));
}

http_event http_parser::impl::parse_head(std::string_view text) {
  request.emplace();
  if (!request->read_head(text, tls)) return fail(request->refusal());
  at = phase::body_begin;
  return found(http_event::what::head);
}

http_event http_parser::impl::begin_body() {
  if (request->is_done()) return complete();
  if (request->announces_too_much(body_limit)) return fail({413, "body is too big"});
  request->set_body_limit(body_limit);
  at = request->chunked() ? phase::chunk_framing : phase::sized_body;
  return go_on;
}

http_event http_parser::impl::take_sized_body(std::string_view& input) { return read(input); }

// A stretch that lies whole in the input is parsed where it lies.
http_event http_parser::impl::take_chunk_framing(std::string_view& input) {
  if (input.empty()) return go_on;
  std::size_t used = 0;
  const auto outcome = chunks.scan(input, limits->chunk_overhead_bytes, used);
  body_started = true;
  if (outcome == http_chunk_scan::found::refused) return fail(chunks.refusal());
  auto stretch = input.substr(0, used);
  input.remove_prefix(used);
  if (outcome == http_chunk_scan::found::more || !held.empty()) held.append(stretch);
  if (outcome == http_chunk_scan::found::more) return go_on;
  const auto text = std::exchange(held, {});
  if (!text.empty()) stretch = text;
  chunk_left = chunks.size();
  at = phase::chunk_data;
  const auto event = read(stretch);
  if (event.kind == http_event::what::error) return event;
  const bool last = event.kind == http_event::what::complete;
  return stretch.empty() && last == (chunk_left == 0) ? event : fail({400, "malformed chunk framing"});
}

http_event http_parser::impl::take_chunk_data(std::string_view& input) {
  auto data = input.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left, input.size())));
  input.remove_prefix(data.size());
  chunk_left -= data.size();
  if (chunk_left == 0) at = phase::chunk_framing;
  return read(data);
}

http_event http_parser::impl::read(std::string_view& input) {
  if (input.empty()) return go_on;
  body_started = true;
  std::size_t used = 0;
  if (!request->read(input, used)) return fail(request->refusal());
  input.remove_prefix(used);
  return request->is_done() ? complete() : go_on;
}

http_event http_parser::impl::complete() {
  at = phase::complete;
  return found(http_event::what::complete);
}

http_event http_parser::impl::fail(const http_refusal& why) {
  at = phase::failed;
  refusal = why;
  return {http_event::what::error, why.status, why.text};
}

http_parser::http_parser(const http_limits& limits) : limits_(limits) {}

http_parser::~http_parser() = default;

http_event http_parser::next(std::string_view& input) {
  if (!impl_) {
    if (input.empty()) return go_on;
    impl_ = std::make_unique<impl>(limits_, tls_);
  }
  const auto event = impl_->next(input);
  if (event.kind == http_event::what::head) head_ = impl_->request->take_head();
  return event;
}

bool http_parser::keep_alive() const noexcept {
  return head() && impl_->at != impl::phase::failed && impl_->request->keep_alive();
}

bool http_parser::upgrade() const noexcept { return head() && impl_->request->upgrades(); }

bool http_parser::expects_continue() const noexcept {
  const bool waits = impl_ && impl_->at >= impl::phase::body_begin && impl_->at < impl::phase::complete && !impl_->body_started;
  return waits && impl_->request->expects_continue() && !impl_->request->is_done();
}

bool http_parser::started() const noexcept { return impl_ && impl_->started; }

std::string http_parser::take_body() {
  return impl_ && impl_->request ? std::exchange(impl_->request->body(), {}) : std::string();
}

void http_parser::set_body_limit(std::size_t bytes) noexcept {
  if (impl_) impl_->body_limit = bytes;
}

void http_parser::set_tls(tls_info_ref connection) noexcept { tls_ = std::move(connection); }

void http_parser::close() noexcept {
  head_.reset();
  impl_.reset();
}

void http_parser::reset() noexcept {
  if (!impl_) return;
  auto& self = *impl_;
  if (self.at == impl::phase::failed) return;
  self.at = impl::phase::head;
  self.body_limit = self.limits->body_bytes;
  self.started = self.body_started = false;
  self.scan = {};
  self.chunks = {};
  self.chunk_left = 0;
  self.held = {};
  self.request.reset();
  head_.reset();
}

}  // namespace jackfield::wire
