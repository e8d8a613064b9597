// server.cpp: where the Socket.IO server meets the network; the only file of server/ that knows transport/.
#include "server/crew.hpp"
#include "server/gather.hpp"
#include "server/realm.hpp"
#include "server/shard.hpp"
#include "transport/client_files.hpp"
#include "transport/frontend.hpp"

#include <jackfield/server.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace jackfield {
/// The workers, their loops, listeners and gateways, and the shards above them.
struct server::network final {
  network(server_options o, boost::asio::io_context* context)
      : options(std::move(o)), net(options, context), crew(options, net.workers()), files(options) {
    std::vector<transport::session_sink*> sinks;
    for (std::size_t i = 0; i < net.workers(); ++i) {
      sides.push_back(std::make_unique<side>(crew, net.host(i)));
      sinks.push_back(sides.back().get());
    }
    net.open(sinks);
    if (files.present()) files.serve_on(net.routes());
  }
  ~network() {
    net.stop_listening();
    net.inside([this](std::size_t worker) {
      sides[worker]->shard.shutdown();
      net.door(worker).sessions().close_all(engine::close_reason::server_shutdown, engine::farewell::discard);
    });
    net.abandon();
    net.discard_letters();
  }
  network(const network&) = delete;
  network& operator=(const network&) = delete;

  void drain() {
    net.drain([this](std::size_t worker) { sides[worker]->shard.shutdown(); });
  }
  void close(std::function<void()> done);

  /// One worker's: from its gateway to its shard.
  struct side final : transport::session_sink {
    side(srv::crew& c, base::host& h) : shard(c, h) {}
    bool has_room() noexcept override { return shard.has_room(); }
    void on_session(engine::session& s) override { shard.on_session(s); }
    srv::shard shard;
  };

  server_options options;
  transport::frontend net;
  srv::crew crew;
  std::vector<std::unique_ptr<side>> sides;
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
      crew_(&network_->crew),
      main_(detail::ref<srv::realm>(crew_->of("/").get())) {}

server::server(boost::asio::io_context& context, server_options options)
    : network_(new network(std::move(options), &context), destroy<network>),
      crew_(&network_->crew),
      main_(detail::ref<srv::realm>(crew_->of("/").get())) {}

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

void server::close(std::function<void()> done) { network_->close(std::move(done)); }

void server::network::close(std::function<void()> done) {
  struct nothing {};
  using end = srv::gather<nothing>;
  const detail::ref<end> all(new end(net.host(), [this, f = std::move(done)](nothing&&, srv::gathered how) {
    if (!f || how == srv::gathered::some) return;
    try {
      f();
    } catch (...) {
      crew.report({"close", {}, {}, std::current_exception()});
    }
  }));
  end::share open(all);
  net.host().post([this] { net.stop_listening(); });
  for (auto& s : sides) {
    s->shard.host().post([shard = &s->shard, mine = end::share(all)]() mutable {
      shard->shutdown();
      shard->when_empty([m = std::move(mine)]() mutable { m.done(); });
    });
  }
  open.done();
}

engine_hooks& server::engine() const noexcept { return network_->net.hooks(); }
routes& server::http() const noexcept { return network_->net.routes(); }

}  // namespace jackfield
