#include "net/tls_connect.hpp"

#include <utility>

namespace jackfield::net {

tls_connect::tls_connect(std::unique_ptr<stream> s, tls_client_context& context, done_fn done)
    : worker_(s->on()), stream_(std::move(s)), context_(context), done_(std::move(done)) {}

tls_connect::~tls_connect() = default;

base::ref<tls_connect> tls_connect::start(std::unique_ptr<stream> s, tls_client_context& context, std::string_view host,
                                          std::uint16_t port, done_fn done) {
  base::ref<tls_connect> c(new tls_connect(std::move(s), context, std::move(done)));
  c->self_ = c;
  stream& on = *c->stream_;
  on.secure(context.make(host, port, on.descriptor()));
  c->worker_.timers().arm(c->deadline_, context.options().handshake_time);
  on.start_shaking(*c);  // the descriptor can be written to: that is told at once, and the first step is taken
  return c;
}

void tls_connect::on_shake() {
  if (!stream_) return;
  base::ref<tls_connect> keep(this);
  switch (stream_->shake()) {
    case tls_channel::outcome::again: return;
    case tls_channel::outcome::done: return over(std::move(stream_), {});
    default: break;
  }
  std::string why = stream_->tls()->failure();
  if (why.empty()) why = "the server closed the connection in the middle of the handshake";
  stream_->give_up_tls();
  stream::finish(std::move(stream_));
  over(nullptr, std::move(why));
}

void tls_connect::on_end(stream_end) {
  base::ref<tls_connect> keep(this);
  stream::drop(std::move(stream_));
  over(nullptr, "the connection ended in the middle of the handshake");
}

void tls_connect::on_deadline() {
  base::ref<tls_connect> keep(this);
  stream::drop(std::move(stream_));
  over(nullptr, "the handshake took longer than " + std::to_string(context_.options().handshake_time.count()) + " ms");
}

void tls_connect::over(std::unique_ptr<stream> s, std::string why) {
  deadline_.cancel();
  auto done = std::move(done_);
  worker_.bury(std::move(self_));
  if (done) done(std::move(s), std::move(why));
}

void tls_connect::cancel() {
  if (!self_) return;
  stream::drop(std::move(stream_));
  done_ = {};
  over(nullptr, {});
}

}  // namespace jackfield::net
