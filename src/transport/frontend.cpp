#include "transport/frontend.hpp"

#include "net/stream.hpp"
#include "net/turn_queue.hpp"

#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace jackfield::transport {

namespace {

constexpr std::size_t most_workers = 256;

// S45: as many descriptors as the machine allows us.
void prepare_process() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

/// Those that this process may use.
std::size_t cores() noexcept {
  cpu_set_t mine;
  CPU_ZERO(&mine);
  if (::sched_getaffinity(0, sizeof mine, &mine) != 0) return 1;
  const int n = CPU_COUNT(&mine);
  return n < 1 ? 1 : std::min(static_cast<std::size_t>(n), most_workers);
}

std::size_t workers_of(const engine_options& o, const boost::asio::io_context* context) {
  if (o.workers > most_workers)
    throw std::invalid_argument("workers is " + std::to_string(o.workers) + ": at most " + std::to_string(most_workers) +
                                " can be had (0: one for each core)");
  if (context && o.workers != 1)
    throw std::invalid_argument("workers is " + std::to_string(o.workers) +
                                ": a server in an io_context has one, the thread that runs the io_context; let it run its own "
                                "loops to have more");
  return o.workers == 0 ? cores() : o.workers;
}

}  // namespace

frontend::frontend(const engine_options& options, boost::asio::io_context* context) : options_(options) {
  const auto n = workers_of(options, context);
  prepare_process();
  for (std::size_t i = 0; i < n; ++i)
    workers_.push_back(context ? std::make_unique<net::worker>(*context) : std::make_unique<net::worker>());
  auto team = std::make_shared<net::team>();
  for (auto& w : workers_) {
    w->set_number(team->size());
    team->push_back(w.get());
  }
  if (n > 1)
    for (auto& w : workers_) w->join(team);
  if (options.io_uring)
    for (auto& w : workers_) w->send_together();
  if (options.queue_turns && n > 1) {
    auto queue = std::make_shared<net::turn_queue>(n);
    for (auto& w : workers_) w->take_turns_in(queue);
  }
  doors_.resize(n);
}

frontend::~frontend() {
  stop_listening();
  abandon();
}

void frontend::open(const std::vector<session_sink*>& sinks) {
  for (std::size_t i = 0; i < workers(); ++i)
    gateways_.push_back(std::make_unique<gateway>(*workers_[i], options_, hooks_, routes_, *sinks[i], group_));
}

std::uint16_t frontend::listen(const std::string& host, std::uint16_t port, std::shared_ptr<net::tls_server_context> tls) {
  std::vector<net::bound_socket> bound;  // all of them, or the caller hears why not
  bound.emplace_back(host, port, workers() > 1 ? net::port_sharing::shared : net::port_sharing::alone);
  const auto got = bound.front().port();
  while (bound.size() < workers()) bound.push_back(net::bound_socket::beside(bound.front()));
  for (std::size_t i = 0; i < workers(); ++i)
    at(i, [this, i, tls, b = std::move(bound[i])]() mutable { open_door(i, std::move(b), tls); });
  return got;
}

void frontend::open_door(std::size_t worker, net::bound_socket s, const std::shared_ptr<net::tls_server_context>& tls) {
  auto& w = *workers_[worker];
  auto& here = doors_[worker];
  gateway* g = gateways_[worker].get();
  net::listener::accept_fn accept = [g](int fd, std::string from) { g->accept(fd, std::move(from)); };
  if (tls) {
    auto admit = [g](std::unique_ptr<net::stream> shaken) { g->accept(std::move(shaken)); };
    here.tls.push_back(std::make_unique<net::tls_door>(w, tls, options_.limits.write_stall, std::move(admit)));
    accept = [g, d = here.tls.back().get()](int fd, std::string) {
      if (!g->turns_away(fd)) d->accept(fd);
    };
  }
  here.listeners.push_back(std::make_unique<net::listener>(w, std::move(s), std::move(accept)));
}

std::uint16_t frontend::listen_tls(const std::string& host, std::uint16_t port, tls_server_options tls) {
  auto context = std::make_shared<net::tls_server_context>(std::move(tls));
  const auto got = listen(host, port, context);
  std::lock_guard lock(tls_mutex_);
  tls_ports_.push_back({got, std::move(context)});
  return got;
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

void frontend::close_doors(std::size_t worker) noexcept {
  for (auto& l : doors_[worker].listeners) l->close();
}

void frontend::stop_listening() {
  for (std::size_t i = 0; i < workers(); ++i) at(i, [this, i] { close_doors(i); });
}

void frontend::at(std::size_t worker, base::unique_function<void()> f) {
  auto& w = *workers_[worker];
  const bool others_run = workers() > 1 && running_.load(std::memory_order_acquire);
  if (w.current() || !others_run) return f();
  w.post(std::move(f));
}

/// The workers behind the first, each on a thread, for a scope.
class frontend::other_threads {
 public:
  explicit other_threads(frontend& f) : frontend_(f) {
    f.running_.store(true, std::memory_order_release);
    try {
      for (std::size_t i = 1; i < f.workers(); ++i) threads_.emplace_back([w = f.workers_[i].get()] { w->run(); });
    } catch (...) {
      end();
      throw;
    }
  }
  other_threads(const other_threads&) = delete;
  other_threads& operator=(const other_threads&) = delete;
  ~other_threads() { end(); }

 private:
  void end() noexcept {
    for (std::size_t i = 0; i < threads_.size(); ++i) {
      auto* w = frontend_.workers_[i + 1].get();
      w->post([w] { w->leave(); });
    }
    for (auto& t : threads_) t.join();
    frontend_.running_.store(false, std::memory_order_release);
  }
  frontend& frontend_;
  std::vector<std::thread> threads_;
};

void frontend::run() {
  if (workers_.front()->guest()) throw std::logic_error("this server is a guest of an io_context: run that one");
  const other_threads others(*this);
  workers_.front()->run();
}

std::size_t frontend::poll() {
  if (workers_.front()->guest()) throw std::logic_error("this server is a guest of an io_context: poll that one");
  std::size_t turns = 0;
  for (auto& w : workers_) turns += w->poll();
  return turns;
}

void frontend::inside(const std::function<void(std::size_t)>& f) {
  for (std::size_t i = 0; i < workers(); ++i) workers_[i]->inside([&] { f(i); });
}

// --- the end, in steps that all workers take together: a client may be told by any of them

void frontend::drain(std::function<void(std::size_t)> end_sessions, std::chrono::milliseconds limit) {
  if (drain_limit_.armed()) return;
  workers_.front()->timers().arm(drain_limit_, limit);
  awaited_ = workers();
  for (std::size_t i = 0; i < workers(); ++i) {
    auto begin = [this, i, f = end_sessions] { begin_drain(i, f); };
    workers_[i]->current() ? begin() : workers_[i]->post(std::move(begin));
  }
}

void frontend::begin_drain(std::size_t worker, const std::function<void(std::size_t)>& end_sessions) {
  auto& w = *workers_[worker];
  gateways_[worker]->retire();
  w.retire_all(net::retirement::last_answer);
  end_sessions(worker);
  // A polling client is told with its next request, which may come on a new connection: until then the door stays open.
  gateways_[worker]->sessions().when_empty([this, &w] { w.defer([this] { done(&frontend::on_sessions_gone); }); });
}

/// A worker is done with this step. Behind the last one comes the next.
void frontend::done(void (frontend::*next)()) {
  auto& first = *workers_.front();
  auto count = [this, next] {
    if (awaited_ > 0 && --awaited_ == 0) (this->*next)();
  };
  first.current() ? count() : first.post(count);
}

void frontend::on_sessions_gone() {
  group_.settle();
  awaited_ = workers();
  for (std::size_t i = 0; i < workers(); ++i) {
    auto close = [this, i, w = workers_[i].get()] {
      close_doors(i);
      w->retire_all(net::retirement::now);
      w->when_empty([this] { done(&frontend::leave); });
    };
    workers_[i]->current() ? close() : workers_[i]->post(close);
  }
}

void frontend::on_ending_signal(base::unique_function<void()> f) {
  signals_.reset();
  signals_ = std::make_unique<net::signals>(*workers_.front(), std::move(f));
}

void frontend::leave() {
  drain_limit_.cancel();
  awaited_ = 0;
  for (std::size_t i = 0; i < workers(); ++i) {
    auto go = [this, i, w = workers_[i].get()] {
      close_doors(i);
      w->leave();
    };
    workers_[i]->current() ? go() : workers_[i]->post(go);
  }
}

void frontend::discard_letters() {
  for (bool more = true; more;) {
    more = false;
    for (auto& w : workers_) more |= w->discard_letters();
  }
}

void frontend::abandon() {
  for (auto& w : workers_) w->abandon_all();
}

}  // namespace jackfield::transport
