#include "net/tls_door.hpp"

#include "base/log.hpp"

#include <unistd.h>

#include <string>
#include <utility>

namespace jackfield::net {

namespace {

constexpr std::string_view not_http =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\nContent-Length: 47\r\n\r\n"
    "This port speaks TLS: use https:// or wss://.\r\n";
static_assert(not_http.size() - not_http.find("\r\n\r\n") - 4 == 47);

}  // namespace

/// One handshake. Owner: itself until it is over.
class tls_door::visitor final : public base::ref_counted<visitor>, stream_handler {
 public:
  visitor(tls_door& d, std::unique_ptr<stream> s) : door_(d), stream_(std::move(s)) {
    next_ = door_.visitors_;
    link_ = &door_.visitors_;
    if (next_) next_->link_ = &next_;
    door_.visitors_ = this;
    ++door_.pending_;
  }

  void begin() {
    self_ = this;
    door_.worker_.timers().arm(deadline_, door_.context_->current()->options().handshake_time);
    stream_->start_shaking(*this);
  }

  void step() {
    in_line_ = false;
    if (!stream_) return;
    if (!set_) {  // the first bytes: from here on it costs memory
      set_ = door_.context_->current();
      set_->tickets().advance(door_.worker_.timers().now());
      stream_->secure(std::make_unique<tls_channel>(set_->make(), stream_->descriptor()));
    }
    switch (stream_->shake()) {
      case tls_channel::outcome::again: return;
      case tls_channel::outcome::done: return succeed();
      default: return fail();
    }
  }

  void give_up() {
    over();
    stream::drop(std::move(stream_));
  }

 private:
  friend class tls_door;
  void on_data(std::span<char>) override {}
  void on_shake() override {
    if (!std::exchange(in_line_, true)) door_.line_up(this);
  }
  void on_end(stream_end) override {
    door_.context_->counters().count(tls_event::went);
    give_up();
  }
  void on_retire(retirement r) override {
    if (r == retirement::now) give_up();
  }
  void on_deadline() {
    door_.context_->counters().count(tls_event::timed_out);
    door_.worker_.hit(base::limit::handshake_time);
    give_up();
  }

  void succeed() {
    auto& counters = door_.context_->counters();
    const tls_info& info = *stream_->tls()->info();
    counters.count(tls_event::completed);
    if (info.resumed) counters.count(tls_event::resumed);
    if (info.kernel_sends) counters.count(tls_event::kernel);
    stream_->tls()->count_in(std::shared_ptr<tls_counters>(door_.context_, &counters));
    over();
    door_.admit_(std::move(stream_));
  }

  void fail() {
    const tls_channel& c = *stream_->tls();
    auto& counters = door_.context_->counters();
    if (c.looks_like_http()) {
      counters.count(tls_event::plain_http);
      stream_->give_up_tls();
      stream_->send(not_http);
    } else {
      counters.count(c.peer_went() ? tls_event::went : tls_event::failed);
      say_why(c.failure());
      stream_->give_up_tls();  // an alert said why, if there was one to say it to
    }
    over();
    stream::finish(std::move(stream_));
  }

  void say_why(const std::string& why) {
    if (!base::log_enabled(base::log_level::debug)) return;
    base::log(base::log_level::debug, "TLS: a handshake with " + stream_->remote_address() + " failed: " + why);
  }

  // The door forgets it; it lives to the end of the turn.
  void over() {
    deadline_.cancel();
    door_.gone(*this);
    door_.worker_.bury(std::move(self_));
  }

  tls_door& door_;
  std::unique_ptr<stream> stream_;
  std::shared_ptr<const tls_server_set> set_;
  base::member_timer<visitor, &visitor::on_deadline> deadline_{*this};
  base::ref<visitor> self_;
  visitor* next_ = nullptr;  // of all of the door's
  visitor** link_ = nullptr;
  bool in_line_ = false;
};

tls_door::tls_door(worker& w, std::shared_ptr<tls_server_context> context, std::chrono::milliseconds stall_limit, admit_fn admit)
    : worker_(w), context_(std::move(context)), stall_limit_(stall_limit), admit_(std::move(admit)) {}

tls_door::~tls_door() {
  worker_.not_again(*this);
  line_.clear();
  while (visitors_) visitors_->give_up();
}

void tls_door::accept(int fd) {
  if (pending_ >= context_->current()->options().pending_handshakes) {
    context_->counters().count(tls_event::refused);
    worker_.hit(base::limit::pending_handshakes);
    ::close(fd);
    return;
  }
  base::make_ref<visitor>(*this, std::make_unique<stream>(worker_, fd, stall_limit_))->begin();
}

void tls_door::line_up(base::ref<visitor> v) {
  line_.push_back(std::move(v));
  if (!std::exchange(awaited_, true)) worker_.again(*this);
}

void tls_door::gone(visitor& v) noexcept {
  *v.link_ = v.next_;
  if (v.next_) v.next_->link_ = v.link_;
  --pending_;
}

void tls_door::on_resume() {
  awaited_ = false;
  const auto share = context_->current()->options().handshake_share;
  const auto since = worker_.exact_time();
  while (!line_.empty()) {
    auto v = std::move(line_.front());
    line_.pop_front();
    v->step();
    ++steps_;
    if (worker_.exact_time() - since >= share) break;
  }
  if (!line_.empty() && !std::exchange(awaited_, true)) worker_.again(*this);
}

}  // namespace jackfield::net
