// bench-client URL CLIENTS SECONDS: so many clients on one thread. First they are idle: what each costs of memory. Then each asks
// "echo" again and again, one question at a time, for so many seconds after one of warming up: how long an answer takes. Prints a
// line of JSON.
#include <jackfield/client.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <fstream>
#include <string>
#include <vector>

namespace {

namespace jf = jackfield;
using clock_type = std::chrono::steady_clock;

std::int64_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::int64_t all = 0, resident = 0;
  in >> all >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

double cpu_seconds() {
  rusage u{};
  ::getrusage(RUSAGE_SELF, &u);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec); };
  return seconds(u.ru_utime) + seconds(u.ru_stime);
}

class bench {
 public:
  bench(const std::string& url, std::size_t n) : url_(url), count_(n), loop_(context_) {}

  void run(std::chrono::seconds measured) {
    const auto before = resident_bytes();
    connect_more();
    context_.run();  // until all are there
    const auto idle = resident_bytes() - before;
    ask_all(measured);
    std::sort(times_.begin(), times_.end());
    const auto at = [this](double part) {
      return times_.empty() ? 0 : times_[static_cast<std::size_t>(part * static_cast<double>(times_.size() - 1))];
    };
    std::printf(
        "{\"clients\":%zu,\"idle_kib\":%.2f,\"per_s\":%.0f,\"cpu_us\":%.2f,\"p50_us\":%.1f,\"p90_us\":%.1f,\"p99_us\":%.1f}\n",
        count_, static_cast<double>(idle) / 1024 / static_cast<double>(count_),
        static_cast<double>(times_.size()) / static_cast<double>(measured.count()),
        1e6 * cpu_ / static_cast<double>(std::max<std::size_t>(times_.size(), 1)), at(.5), at(.9), at(.99));
  }

 private:
  /// A few handshakes at a time, so that no listener's queue overflows.
  void connect_more() {
    for (; clients_.size() < count_ && clients_.size() < connected_ + 64;) {
      auto& io = clients_.emplace_back(loop_, url_, options());
      sockets_.push_back(io.socket("/", [this](jf::client_socket s) {
        s.on_connect([this] {
          if (++connected_ == count_) return context_.stop();
          connect_more();
        });
        s.on_connect_error([](const jf::connect_error& e) { fail(e.message); });
        s.on_disconnect([](jf::disconnect_reason why) { fail(std::string(name_of(why))); });
      }));
    }
  }
  static jf::client_options options() {
    jf::client_options o;
    o.transports = {jf::client_transport::websocket};
    o.reconnection = false;
    return o;
  }
  [[noreturn]] static void fail(const std::string& why) {
    std::fprintf(stderr, "bench-client: %s\n", why.c_str());
    std::exit(1);
  }

  void ask_all(std::chrono::seconds measured) {
    context_.restart();
    for (const auto& s : sockets_) ask(s);
    boost::asio::steady_timer begin(context_, std::chrono::seconds(1)), end(context_, measured + std::chrono::seconds(1));
    begin.async_wait([this](const boost::system::error_code&) {
      measuring_ = true;
      cpu_ = cpu_seconds();
    });
    end.async_wait([this](const boost::system::error_code&) {
      cpu_ = cpu_seconds() - cpu_;
      context_.stop();
    });
    context_.run();
  }
  void ask(const jf::client_socket& s) {
    const auto since = clock_type::now();
    s.emit("echo", payload_, [this, s, since](jf::error e, const jf::arg&) {
      if (e) return;
      if (measuring_) times_.push_back(std::chrono::duration<double, std::micro>(clock_type::now() - since).count());
      ask(s);
    });
  }

  const std::string url_, payload_ = std::string(64, 'x');
  const std::size_t count_;
  boost::asio::io_context context_;
  jf::client_loop loop_;
  std::deque<jf::client> clients_;
  std::vector<jf::client_socket> sockets_;
  std::vector<double> times_;  // microseconds
  std::size_t connected_ = 0;
  bool measuring_ = false;
  double cpu_ = 0;
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::fprintf(stderr, "bench-client URL CLIENTS SECONDS\n");
    return 2;
  }
  rlimit files{};  // a descriptor for each client
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  bench(argv[1], static_cast<std::size_t>(std::atoi(argv[2]))).run(std::chrono::seconds(std::atoi(argv[3])));
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench-client: %s\n", e.what());
  return 1;
}
