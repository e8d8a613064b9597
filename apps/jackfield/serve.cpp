#include "serve.hpp"

#include "base/log.hpp"
#include "chat.hpp"
#include "pages.hpp"

#include <jackfield/server.hpp>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>
#include <thread>

namespace jackfield::app {

namespace {

spdlog::level::level_enum level_of(base::log_level l) {
  switch (l) {
    case base::log_level::debug: return spdlog::level::debug;
    case base::log_level::info: return spdlog::level::info;
    case base::log_level::warning: return spdlog::level::warn;
    case base::log_level::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

base::log_level library_level(const std::string& name) {
  if (name == "debug") return base::log_level::debug;
  if (name == "warning") return base::log_level::warning;
  if (name == "error") return base::log_level::error;
  return base::log_level::info;
}

void set_up_log(const std::string& level) {
  auto logger = std::make_shared<spdlog::logger>("jackfield", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%-7l%$ %v");
  logger->set_level(level_of(library_level(level)));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
  base::set_log_level(library_level(level));
  base::set_sink([](base::log_level l, std::string_view text) { spdlog::log(level_of(l), "{}", text); });
}

/// share/jackfield/client beside the folder of the program.
std::string default_client_dir() {
  std::error_code e;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", e);
  return e ? std::string() : (self.parent_path().parent_path() / "share/jackfield/client").string();
}

sigset_t signals_of(const serve_options& o) {
  sigset_t s;
  sigemptyset(&s);
  sigaddset(&s, SIGTERM);
  sigaddset(&s, SIGINT);
  if (!o.tls_cert.empty()) sigaddset(&s, SIGHUP);
  return s;
}

void reload(server& io) try {
  io.reload_tls();
  spdlog::info("SIGHUP: the certificate was read again; new connections get it");
} catch (const tls_error& e) {
  spdlog::error("SIGHUP: the certificate stays the one it was: {}", e.what());
}

/// A thread that takes the signals: SIGHUP reads the certificate again; the first other one drains, the second ends at once.
/// REQUIRES: they are blocked in every thread.
class signal_taker {
 public:
  signal_taker(server& io, const sigset_t& known) : io_(io), known_(known), thread_([this] { run(); }) {}
  signal_taker(const signal_taker&) = delete;
  signal_taker& operator=(const signal_taker&) = delete;
  /// The server goes: no signal counts any more.
  ~signal_taker() {
    over_.store(true);
    pthread_kill(thread_.native_handle(), SIGTERM);
    thread_.join();
  }

 private:
  /// The next that is not SIGHUP. 0: it is over.
  template <class F>
  int next(F on_hangup) {
    int which = 0;
    while (sigwait(&known_, &which) == 0 && !over_.load() && which == SIGHUP) on_hangup();
    return over_.load() ? 0 : which;
  }
  void run() {
    const int first = next([this] { reload(io_); });
    if (first == 0) return;
    spdlog::info("{}: closing the listener, telling the clients, at most 10 s", first == SIGTERM ? "SIGTERM" : "SIGINT");
    io_.stop();
    if (const int second = next([] {}); second != 0) std::_Exit(128 + second);
  }

  server& io_;
  const sigset_t known_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

std::string text_of(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "an exception of another kind";
  }
}

void log_connections(server& io) {
  io.on_connection([](socket s) {
    spdlog::debug("{} came from {} over {}", s.id().substr(0, 6), s.handshake().address, s.conn().transport());
    s.on_disconnect(
        [id = std::string(s.id().substr(0, 6))](disconnect_reason why) { spdlog::debug("{} left: {}", id, name_of(why)); });
  });
  io.on_connection_error(
      [](const connection_error& e) { spdlog::debug("refused: {} ({})", e.message, base::escaped(e.request->target())); });
  io.on_fault([](const fault& f) { spdlog::error("{}: {}", base::escaped(f.where), base::escaped(text_of(f.thrown))); });
}

std::string url_of(const serve_options& o, std::uint16_t port) {
  const std::string& host = o.host;
  const bool v6 = host.find(':') != std::string::npos;
  return std::string(o.tls_cert.empty() ? "http://" : "https://") + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

void say_what_is_served(const std::string& url, const serve_options& o, const std::string& client_dir) {
  spdlog::info("jackfield {} serves {} at {}", JACKFIELD_VERSION, o.chat ? "the chat" : "Socket.IO",
               o.chat ? url + "/" : url + "/socket.io/");
  if (!std::filesystem::exists(std::filesystem::path(client_dir) / "socket.io.js"))
    spdlog::warn("no browser client in {}: run ./dev setup and build again; other clients can connect", client_dir);
}

}  // namespace

int serve(const serve_options& o) {
  const sigset_t signals = signals_of(o);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before any thread: obey_signals takes them
  std::signal(SIGPIPE, SIG_IGN);
  set_up_log(o.log_level);

  server_options options;
  options.workers = o.workers;
  options.io_uring = o.io_uring;
  options.queue_turns = o.queue_turns;
  options.client_dir = o.client_dir.empty() ? default_client_dir() : o.client_dir;
  if (!o.origins.empty()) options.cors.origin = o.origins;
  const std::string client_dir = options.client_dir;
  server io(std::move(options));
  log_connections(io);
  std::unique_ptr<chat> talk;
  if (o.chat) {
    talk = std::make_unique<chat>(io);
    serve_pages(io.http());
  }
  std::uint16_t port = 0;
  try {
    port = o.tls_cert.empty()
               ? io.listen(o.host, o.port)
               : io.listen_tls(o.host, o.port, {.certificates = {{.chain_file = o.tls_cert, .key_file = o.tls_key}}});
  } catch (const std::exception& e) {
    std::fprintf(stderr, "jackfield: cannot listen on %s: %s\n", url_of(o, o.port).c_str(), e.what());
    return 1;
  }
  say_what_is_served(url_of(o, port), o, client_dir);
  const signal_taker taker(io, signals);
  io.run();
  spdlog::info("ended");
  return 0;
}

}  // namespace jackfield::app
