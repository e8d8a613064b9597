// loop.cpp: where a client meets the network; the only file of client/ that knows net/ and transport/.
//
// Whoever ends a client of a loop has to wait for the handler that is under way. A thread of our own is asked and waited for. The
// other two kinds may have nobody who runs them, so each of their turns is begun behind a gate: who gets through it from outside
// is alone with the loop, and ends the client himself. Inside a handler of some other loop nobody waits, since that one may wait
// for us.
#include "client/loop.hpp"

#include "net/turn_gate.hpp"
#include "net/worker.hpp"
#include "transport/client_dialer.hpp"

#include <jackfield/client.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <future>
#include <map>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace jackfield::cl {
namespace {

transport::dial_options dial_options_of(const address& server, const client_options& o) {
  transport::dial_options out;
  out.host = server.host;
  out.port = server.port;
  out.secure = server.secure;
  out.tls = o.tls;
  out.path = o.path;
  out.add_trailing_slash = o.add_trailing_slash;
  if (server.query)
    out.raw_query = *server.query;
  else
    out.query = o.query;
  out.timestamp_param = o.timestamp_param;
  if (o.timestamp_requests)
    out.stamped = *o.timestamp_requests ? transport::stamped_requests::all : transport::stamped_requests::none;
  out.base64_only = o.force_base64;
  out.extra_headers = o.extra_headers;
  out.protocols = o.protocols;
  out.with_credentials = o.with_credentials;
  out.deflate = o.per_message_deflate;
  out.deflate_threshold = o.deflate_threshold;
  out.proxy = o.proxy;
  // The client's own limit is that of the whole attempt; without one the system decides.
  out.connect_time = std::chrono::milliseconds(0);
  out.request_time = o.request_timeout;
  out.head_bytes = o.limits.header_bytes;
  out.message_bytes = o.limits.message_bytes;
  return out;
}

enum class running : std::uint8_t { on_a_thread, as_guest, by_hand };

/// Lasts until nothing of it is on any stack.
struct core : std::enable_shared_from_this<core> {
  explicit core(running h) : how(h) {}
  core(boost::asio::io_context& c) : how(running::as_guest), context(&c), worker(c, gate) {}

  void start() {
    if (how == running::on_a_thread) thread = std::thread([self = shared_from_this()] { self->run(); });
  }
  void run() {
    worker.run();
    wind_up();
  }
  base::ref<manager> make(std::string_view url, client_options o);
  void end(const base::ref<manager>& m);
  void end_behind_gate(const base::ref<manager>& m);
  bool poll();
  void stop();
  void stop_thread();
  void wind_up();
  void forget(const manager& m);

  const running how;
  boost::asio::io_context* context = nullptr;
  std::shared_ptr<net::turn_gate> gate = std::make_shared<net::turn_gate>();
  net::worker worker;
  home_ref where = base::make_ref<home>(worker);
  std::thread thread;
  std::mt19937 chance{std::random_device()()};
  std::mutex mutex;                                      // guards what follows
  std::vector<base::ref<manager>> managers;              // those that have not finished
  std::map<std::string, engine::remembered_road> roads;  // by server; what is in them is the loop's
};

base::ref<manager> core::make(std::string_view url, client_options o) {
  surroundings around{where, parse_address(url), nullptr, nullptr, {}, {}};
  around.dialer = std::make_shared<transport::client_dialer>(worker, dial_options_of(around.server, o));
  around.draw = [this] { return std::uniform_real_distribution<>(0, 1)(chance); };
  around.on_finished = [this](const manager& m) { forget(m); };
  const std::lock_guard lock(mutex);
  around.memory = &roads[around.server.key(o.path)];
  auto m = base::make_ref<manager>(std::move(around), std::move(o));
  managers.push_back(m);
  return m;
}

void core::forget(const manager& m) {
  base::ref<manager> last;  // goes when the lock has gone
  const std::lock_guard lock(mutex);
  std::erase_if(managers, [&](base::ref<manager>& one) {
    if (one.get() != &m) return false;
    last = std::move(one);
    return true;
  });
}

void core::end(const base::ref<manager>& m) {
  if (worker.current()) return m->end();
  if (how != running::on_a_thread) return end_behind_gate(m);
  const auto done = std::make_shared<std::promise<void>>();
  where->post([m, done] {
    m->end();
    done->set_value();
  });
  if (!net::worker::in_a_turn()) done->get_future().wait();
}

void core::end_behind_gate(const base::ref<manager>& m) {
  if (gate->mine()) return m->end();  // this thread is in a turn, and inside of it in one of another loop
  std::unique_lock alone(*gate, std::defer_lock);
  if (!net::worker::in_a_turn())
    alone.lock();
  else if (!alone.try_lock())
    return where->post([m] { m->end(); });
  worker.inside([&] {
    where->run_letters();  // what was asked of the client before is asked of it before its end
    m->end();
  });
  worker.post([] {});  // the next turn sets the clock to what is due now
}

bool core::poll() {
  if (how != running::by_hand || gate->mine()) return false;
  const std::unique_lock alone(*gate, std::try_to_lock);
  return alone.owns_lock() && worker.poll() > 0;
}

/// The last handle is gone: nobody asks for anything any more.
void core::stop() {
  switch (how) {
    case running::on_a_thread: return stop_thread();
    case running::by_hand: return wind_up();  // whoever is in poll() holds a handle
    case running::as_guest:
      if (!net::worker::in_a_turn()) return wind_up();
      boost::asio::post(*context, [self = shared_from_this()] { self->wind_up(); });
  }
}

void core::stop_thread() {
  worker.post([this] { worker.leave(); });
  if (net::worker::in_a_turn())
    thread.detach();
  else
    thread.join();
}

/// What was to go in peace goes now.
void core::wind_up() {
  const std::lock_guard alone(*gate);
  worker.inside([this] {
    std::vector<base::ref<manager>> left;
    {
      const std::lock_guard lock(mutex);
      left = managers;
    }
    for (const auto& m : left) m->abandon();
  });
  worker.inside([this] { where->close(); });
  worker.leave();
}

class network_loop final : public loop_owner {
 public:
  explicit network_loop(running how) : core_(std::make_shared<core>(how)) { core_->start(); }
  explicit network_loop(boost::asio::io_context& context) : core_(std::make_shared<core>(context)) {}
  ~network_loop() override { core_->stop(); }

  base::ref<manager> make(std::string_view url, client_options options) override { return core_->make(url, std::move(options)); }
  void end(const base::ref<manager>& m) noexcept override { core_->end(m); }
  bool poll() override { return core_->poll(); }

 private:
  std::shared_ptr<core> core_;
};

}  // namespace
}  // namespace jackfield::cl

namespace jackfield {

client_loop::client_loop() : owner_(std::make_shared<cl::network_loop>(cl::running::on_a_thread)) {}
client_loop::client_loop(boost::asio::io_context& context) : owner_(std::make_shared<cl::network_loop>(context)) {}
client_loop::client_loop(by_hand_t) : owner_(std::make_shared<cl::network_loop>(cl::running::by_hand)) {}

client::client(std::string_view url, client_options options) : client(client_loop(), url, std::move(options)) {}
client::client(boost::asio::io_context& context, std::string_view url, client_options options)
    : client(client_loop(context), url, std::move(options)) {}
client::client(by_hand_t, std::string_view url, client_options options) : client(client_loop(by_hand), url, std::move(options)) {}

client_socket connect(std::string_view url, client_options options) {
  static auto* const of_the_process = new client_pool();  // never destroyed: handlers may run until the process ends
  return of_the_process->connect(url, std::move(options));
}

}  // namespace jackfield
