#include "transport/frontend.hpp"

#include "net/stream.hpp"

#include <sys/resource.h>
#include <stdexcept>

namespace jackfield::transport {

namespace {

// S45: as many descriptors as the machine allows us.
void prepare_process() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

}  // namespace

frontend::frontend(const engine_options& options, boost::asio::io_context* context)
    : options_(options),
      worker_(context ? std::make_unique<net::worker>(*context) : std::make_unique<net::worker>()),
      routes_(*worker_) {
  prepare_process();
}

frontend::~frontend() {
  stop_listening();
  abandon();
}

void frontend::open(session_sink& sink) { gateway_ = std::make_unique<gateway>(*worker_, options_, hooks_, routes_, sink); }

std::uint16_t frontend::listen(const std::string& host, std::uint16_t port) {
  listeners_.push_back(std::make_unique<net::listener>(*worker_, host, port, [this](int fd) { gateway_->accept(fd); }));
  return listeners_.back()->port();
}

std::uint16_t frontend::listen_tls(const std::string& host, std::uint16_t port, tls_server_options tls) {
  auto context = std::make_shared<net::tls_server_context>(std::move(tls));
  auto door = std::make_unique<net::tls_door>(*worker_, context, options_.limits.write_stall,
                                              [this](std::unique_ptr<net::stream> s) { gateway_->accept(std::move(s)); });
  listeners_.push_back(std::make_unique<net::listener>(*worker_, host, port, [this, d = door.get()](int fd) {
    if (!gateway_->turns_away(fd)) d->accept(fd);
  }));
  tls_doors_.push_back(std::move(door));
  std::lock_guard lock(tls_mutex_);
  tls_ports_.push_back({listeners_.back()->port(), std::move(context)});
  return tls_ports_.back().port;
}

std::vector<frontend::tls_port> frontend::tls_ports() const {
  std::lock_guard lock(tls_mutex_);
  return tls_ports_;
}

// Files are read on the caller's thread, and without the lock: nobody waits for them.
void frontend::reload_tls() {
  std::string wrong;
  for (const auto& p : tls_ports()) {
    try {
      p.context->reload();
    } catch (const tls_error& e) {
      wrong += (wrong.empty() ? "port " : "; port ") + std::to_string(p.port) + ": " + e.what();
    }
  }
  if (!wrong.empty()) throw tls_error(wrong);
}

void frontend::reload_tls(std::uint16_t port, const tls_server_options& tls) {
  bool any = false;
  for (const auto& p : tls_ports()) {
    if (p.port != port) continue;
    p.context->reload(tls);
    any = true;
  }
  if (!any) throw tls_error("no listener on port " + std::to_string(port) + " speaks TLS");
}

tls_counts frontend::tls_handshakes() const {
  tls_counts sum;
  for (const auto& p : tls_ports()) p.context->counters().add_to(sum);
  return sum;
}

void frontend::stop_listening() noexcept {
  for (auto& l : listeners_) l->close();
}

void frontend::run() {
  if (worker_->guest()) throw std::logic_error("this server is a guest of an io_context: run that one");
  worker_->run();
}

std::size_t frontend::poll() {
  if (worker_->guest()) throw std::logic_error("this server is a guest of an io_context: poll that one");
  return worker_->poll();
}

void frontend::drain(base::unique_function<void()> end_sessions, std::chrono::milliseconds limit) {
  if (drain_limit_.armed()) return;
  gateway_->retire();
  worker_->retire_all(net::retirement::last_answer);
  worker_->timers().arm(drain_limit_, limit);
  end_sessions();
  // A polling client is told with its next request, which may come on a new connection: until then the door stays open.
  gateway_->sessions().when_empty([this] {
    worker_->defer([this] {
      stop_listening();
      worker_->retire_all(net::retirement::now);
      worker_->when_empty([this] { leave(); });
    });
  });
}

void frontend::on_ending_signal(base::unique_function<void()> f) {
  signals_.reset();
  signals_ = std::make_unique<net::signals>(*worker_, std::move(f));
}

void frontend::leave() {
  drain_limit_.cancel();
  stop_listening();
  worker_->leave();
}

void frontend::abandon() { worker_->abandon_all(); }

}  // namespace jackfield::transport
