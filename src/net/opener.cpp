#include "net/opener.hpp"

#include <utility>

namespace jackfield::net {

opener::opener(worker& w, const route& to, done_fn done) : worker_(w), to_(to), done_(std::move(done)) {}

opener::~opener() { cancel(); }

base::ref<opener> opener::start(worker& w, const route& to, done_fn done) {
  base::ref<opener> o(new opener(w, to, std::move(done)));
  const auto& host = to.proxy ? to.proxy->host : to.host;
  const auto port = to.proxy ? to.proxy->port : to.port;
  o->connector_ = connector::start(w, host, port, to.times, [me = o.get()](unique_fd fd, std::string why) {
    me->on_connected(std::move(fd), std::move(why));
  });
  return o;
}

void opener::on_connected(unique_fd fd, std::string why) {
  base::ref<opener> keep(this);
  connector_.reset();
  if (!fd && to_.proxy) return on_reached(std::move(fd), "the proxy: " + std::move(why));
  if (!fd || !to_.proxy || to_.use == route::proxy_use::forward) return on_reached(std::move(fd), std::move(why));
  tunnel_ = tunnel::start(worker_, std::move(fd), *to_.proxy, to_.host, to_.port, to_.times.limit,
                          [this](unique_fd through, std::string problem) { on_reached(std::move(through), std::move(problem)); });
}

void opener::on_reached(unique_fd fd, std::string why) {
  base::ref<opener> keep(this);
  tunnel_.reset();
  if (!fd) return over(nullptr, std::move(why));
  auto s = std::make_unique<stream>(worker_, fd.release(), to_.stall_limit);
  if (!to_.tls) return over(std::move(s), {});
  handshake_ = tls_connect::start(
      std::move(s), *to_.tls, to_.host, to_.port,
      [this](std::unique_ptr<stream> secured, std::string problem) { on_secured(std::move(secured), std::move(problem)); });
}

void opener::on_secured(std::unique_ptr<stream> s, std::string why) {
  base::ref<opener> keep(this);
  handshake_.reset();
  over(std::move(s), why.empty() ? std::move(why) : "TLS: " + std::move(why));
}

void opener::over(std::unique_ptr<stream> s, std::string why) {
  auto done = std::exchange(done_, {});
  if (done) return done(std::move(s), std::move(why));
  stream::drop(std::move(s));
}

void opener::cancel() {
  done_ = {};
  if (auto c = std::move(connector_)) c->cancel();
  if (auto t = std::move(tunnel_)) t->cancel();
  if (auto h = std::move(handshake_)) h->cancel();
}

}  // namespace jackfield::net
