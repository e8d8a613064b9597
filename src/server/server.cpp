// server.cpp: where the Socket.IO server meets the network; the only file of server/ that knows transport/.
#include "server/nsp.hpp"
#include "server/shard.hpp"
#include "transport/client_files.hpp"
#include "transport/frontend.hpp"

#include <jackfield/server.hpp>

#include <utility>

namespace jackfield {

/// The worker, its loop, listeners and gateway, and the shard above them.
struct server::network final : transport::session_sink {
  network(server_options o, boost::asio::io_context* context)
      : options(std::move(o)), net(options, context), shard(net.host(), options), files(options) {
    net.open(*this);
    if (files.present()) files.serve_on(net.routes());
  }
  ~network() {
    net.inside([this] {
      net.stop_listening();
      shard.shutdown();
      net.door().sessions().close_all(engine::close_reason::server_shutdown, engine::farewell::discard);
    });
    net.abandon();
  }
  network(const network&) = delete;
  network& operator=(const network&) = delete;

  void drain() {
    net.drain([this] { shard.shutdown(); });
  }

  bool has_room() noexcept override { return shard.has_room(); }
  void on_session(engine::session& s) override { shard.on_session(s); }

  server_options options;
  transport::frontend net;
  srv::shard shard;
  transport::client_files files;
};

namespace {
template <class N>
void destroy(N* n) {
  delete n;
}
}  // namespace

server::server(server_options options)
    : network_(new network(std::move(options), nullptr), destroy<network>),
      shard_(&network_->shard),
      main_(detail::ref<srv::nsp>(shard_->of("/").get())) {}

server::server(boost::asio::io_context& context, server_options options)
    : network_(new network(std::move(options), &context), destroy<network>),
      shard_(&network_->shard),
      main_(detail::ref<srv::nsp>(shard_->of("/").get())) {}

std::uint16_t server::listen(std::uint16_t port) { return network_->net.listen({}, port); }
std::uint16_t server::listen(const std::string& host, std::uint16_t port) { return network_->net.listen(host, port); }
std::uint16_t server::listen_tls(std::uint16_t port, tls_server_options tls) {
  return network_->net.listen_tls({}, port, std::move(tls));
}
std::uint16_t server::listen_tls(const std::string& host, std::uint16_t port, tls_server_options tls) {
  return network_->net.listen_tls(host, port, std::move(tls));
}
void server::reload_tls() { network_->net.reload_tls(); }
void server::reload_tls(std::uint16_t port, const tls_server_options& tls) { network_->net.reload_tls(port, tls); }
tls_counts server::tls_handshakes() const { return network_->net.tls_handshakes(); }
void server::run() { network_->net.run(); }

void server::stop() {
  network_->net.host().post([n = network_.get()] { n->drain(); });
}

void server::stop_on_signals() {
  network_->net.on_ending_signal([n = network_.get()] { n->drain(); });
}

void server::close(std::function<void()> done) {
  network_->net.host().post([n = network_.get(), done = std::move(done)]() mutable {
    n->net.stop_listening();
    n->shard.shutdown();
    if (!done) return;
    n->shard.when_empty([n, f = std::move(done)] {
      try {
        f();
      } catch (...) {
        n->shard.report({"close", {}, {}, std::current_exception()});
      }
    });
  });
}

engine_hooks& server::engine() const noexcept { return network_->net.hooks(); }
routes& server::http() const noexcept { return network_->net.routes(); }

}  // namespace jackfield
