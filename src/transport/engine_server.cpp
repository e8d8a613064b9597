// engine_server: Engine.IO used alone: the public handles over engine::session.
#include "transport/frontend.hpp"
#include "transport/guarded.hpp"

#include <jackfield/engine.hpp>

#include <stdexcept>

namespace jackfield {

/// One session and the application's callbacks; kept by the server while the session is open.
struct engine_socket::core final : engine::session_listener {
  explicit core(engine::session& s) : session(&s) {}

  template <class F, class... A>
  void call(const F& f, A&&... a) {
    transport::call_kept("an Engine.IO handler", f, std::forward<A>(a)...);
  }
  void on_message(engine::session&, protocol::payload_kind kind, std::string_view data) override {
    if (kind == protocol::payload_kind::text)
      call(text, data);
    else
      call(binary, as_bytes(data));
  }
  void on_drain(engine::session&) override { call(drain); }
  void on_upgrade(engine::session&, engine::transport_kind k) override { call(upgrade, name_of(k)); }
  void on_close(engine::session&, engine::close_reason why, std::string_view description) override {
    auto keep = std::move(self);
    call(closed, name_of(why), description);
    over = true;
    text = upgrade = nullptr;  // they may hold handles to this very socket
    binary = nullptr;
    drain = nullptr;
    closed = nullptr;
  }
  template <class F>
  void set(F& place, F f) {
    if (!over) place = std::move(f);
  }
  void send(protocol::payload_kind kind, std::string_view data) {
    engine::message_view m{kind, data};
    session->send(std::span(&m, 1));
  }

  engine::session_ref session;
  std::shared_ptr<core> self;  // while the session is open
  std::function<void(std::string_view)> text, upgrade;
  std::function<void(bytes_view)> binary;
  std::function<void()> drain;
  std::function<void(std::string_view, std::string_view)> closed;
  bool over = false;  // nothing is called any more
};

std::string_view engine_socket::id() const noexcept { return core_->session->id(); }
const http_head& engine_socket::request() const noexcept { return core_->session->request(); }
std::string_view engine_socket::remote_address() const noexcept { return core_->session->remote_address(); }
std::string_view engine_socket::transport() const noexcept {
  auto* road = core_->session->road();
  return road ? name_of(road->kind()) : std::string_view();
}
int engine_socket::protocol() const noexcept { return static_cast<int>(core_->session->revision()); }
void engine_socket::on_text(std::function<void(std::string_view)> f) { core_->set(core_->text, std::move(f)); }
void engine_socket::on_binary(std::function<void(bytes_view)> f) { core_->set(core_->binary, std::move(f)); }
void engine_socket::on_upgrade(std::function<void(std::string_view)> f) { core_->set(core_->upgrade, std::move(f)); }
void engine_socket::on_drain(std::function<void()> f) {
  core_->set(core_->drain, std::move(f));
  core_->session->watch_drain(core_->drain != nullptr);
}
void engine_socket::on_close(std::function<void(std::string_view, std::string_view)> f) {
  core_->set(core_->closed, std::move(f));
}

void engine_socket::send(std::string_view text) {
  auto& host = core_->session->host();
  if (host.current()) return core_->send(protocol::payload_kind::text, text);
  host.post([c = core_, t = std::string(text)] { c->send(protocol::payload_kind::text, t); });
}

void engine_socket::send(bytes_view data) {
  auto& host = core_->session->host();
  if (host.current()) return core_->send(protocol::payload_kind::binary, as_chars(data));
  host.post([c = core_, d = std::string(as_chars(data))] { c->send(protocol::payload_kind::binary, d); });
}

void engine_socket::close() {
  auto& host = core_->session->host();
  if (host.current()) return core_->session->close();
  host.post([c = core_] { c->session->close(); });
}

namespace {

/// Refuses what would be ignored without a word: what belongs to Socket.IO, which an engine_server does not speak.
engine_options engine_only(engine_options o) {
  const auto usual = engine_options().connect_timeout;
  if (o.connect_timeout != usual && o.connect_timeout != std::chrono::milliseconds::zero())
    throw std::invalid_argument("connect_timeout is Socket.IO's: an engine_server has no namespaces to join");
  if (o.connection_state_recovery)
    throw std::invalid_argument("connection_state_recovery is Socket.IO's: an engine_server has no sockets to recover");
  if (o.parser) throw std::invalid_argument("parser is Socket.IO's: an engine_server sends messages as they are");
  if (!o.client_dir.empty()) throw std::invalid_argument("client_dir is Socket.IO's: an engine_server serves no browser client");
  return o;
}

}  // namespace

struct engine_server::impl final : transport::session_sink {
  impl(engine_options o, boost::asio::io_context* context) : options(engine_only(std::move(o))), net(options, context) {
    net.open(*this);
  }
  ~impl() {
    net.stop_listening();
    net.inside([this](std::size_t worker) { close(worker); });
  }

  void on_session(engine::session& s) override {
    auto core = std::make_shared<engine_socket::core>(s);
    core->self = core;
    s.set_listener(core.get());
    core->call(connection, engine_socket(core));
  }
  void close(std::size_t worker) {
    net.door(worker).sessions().close_all(engine::close_reason::forced_close, engine::farewell::discard);
  }
  void drain() {
    net.drain([this](std::size_t worker) {
      net.door(worker).sessions().close_all(engine::close_reason::server_shutdown, engine::farewell::graceful);
    });
  }

  engine_options options;
  transport::frontend net;
  std::function<void(engine_socket)> connection;
};

engine_server::engine_server(engine_options options) : impl_(std::make_unique<impl>(std::move(options), nullptr)) {}
engine_server::engine_server(boost::asio::io_context& context, engine_options options)
    : impl_(std::make_unique<impl>(std::move(options), &context)) {}
engine_server::~engine_server() = default;

engine_hooks& engine_server::hooks() noexcept { return impl_->net.hooks(); }
routes& engine_server::http() noexcept { return impl_->net.routes(); }
void engine_server::on_connection(std::function<void(engine_socket)> f) { impl_->connection = std::move(f); }
std::uint16_t engine_server::listen(std::uint16_t port, const std::string& host) { return impl_->net.listen(host, port); }
std::uint16_t engine_server::listen_tls(std::uint16_t port, tls_server_options tls, const std::string& host) {
  return impl_->net.listen_tls(host, port, std::move(tls));
}
void engine_server::reload_tls() { impl_->net.reload_tls(); }
void engine_server::reload_tls(std::uint16_t port, const tls_server_options& tls) { impl_->net.reload_tls(port, tls); }
tls_counts engine_server::tls_handshakes() const { return impl_->net.tls_handshakes(); }
void engine_server::run() { impl_->net.run(); }
void engine_server::stop() {
  impl_->net.host().post([i = impl_.get()] { i->drain(); });
}
void engine_server::stop_on_signals() {
  impl_->net.on_ending_signal([i = impl_.get()] { i->drain(); });
}
void engine_server::close() {
  impl_->net.host().post([i = impl_.get()] { i->net.stop_listening(); });
  for (std::size_t w = 0; w < impl_->net.workers(); ++w) impl_->net.host(w).post([i = impl_.get(), w] { i->close(w); });
}

}  // namespace jackfield
