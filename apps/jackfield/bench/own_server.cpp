#include "own_server.hpp"

#include "work.hpp"

#include <jackfield/server.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <stdexcept>

extern char** environ;

namespace jackfield::bench {

namespace {

constexpr std::uint64_t many_descriptors = 65'536;
constexpr std::string_view announcement = "listening on port ";

void offer_contract(server& io) {
  io.on_connection([&io](socket s) {
    s.on("echo", [](arg payload, ack reply) { reply(payload); });
    s.on("cast", [&io](arg payload) { io.emit("cast", payload); });
    s.on("join", [](socket self, std::string room, ack reply) {
      self.join(room);
      reply();
    });
    s.on("room", [&io](std::string_view room, arg payload) { io.to(room).emit("room", payload); });
  });
}

// The port out of the child's first line; 0 when it ended without one.
std::uint16_t read_announcement(int from) {
  std::string text;
  char c = 0;
  while (text.size() < 200 && ::read(from, &c, 1) == 1 && c != '\n') text += c;
  if (!text.starts_with(announcement)) return 0;
  std::uint16_t port = 0;
  std::from_chars(text.data() + announcement.size(), text.data() + text.size(), port);
  return port;
}

int spawn(const std::string& program, int standard_output) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, standard_output, STDOUT_FILENO);
  std::string words[] = {"jackfield", "bench", "serve", "--port", "0", "--child"};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(),
                       words[4].data(), words[5].data(), nullptr};
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, arguments, environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error) throw std::runtime_error("cannot start a server of its own: " + std::string(std::strerror(error)));
  return pid;
}

}  // namespace

int serve_contract(const contract_options& o) {
  if (o.child) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    ::setpgid(0, 0);  // Ctrl-C is for the one who measures; it ends this one when it has finished
  }
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit(many_descriptors);
  server io;
  offer_contract(io);
  io.stop_on_signals();
  std::uint16_t port = o.port;
  try {
    if (o.tls_cert.empty())
      port = io.listen("127.0.0.1", port);
    else
      port = io.listen_tls("127.0.0.1", port, {.certificates = {{.chain_file = o.tls_cert, .key_file = o.tls_key}}});
  } catch (const std::exception& e) {
    std::fprintf(stderr, "jackfield: cannot listen on 127.0.0.1: %s\n", e.what());
    return 1;
  }
  std::printf("%.*s%u\n", static_cast<int>(announcement.size()), announcement.data(), port);
  std::fflush(stdout);
  io.run();
  return 0;
}

own_server::own_server(const std::string& program) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe: " + std::string(std::strerror(errno)));
  try {
    pid_ = spawn(program, ends[1]);
  } catch (...) {
    ::close(ends[0]);
    ::close(ends[1]);
    throw;
  }
  ::close(ends[1]);
  port_ = read_announcement(ends[0]);
  ::close(ends[0]);
  if (port_) return;
  ::waitpid(pid_, nullptr, 0);
  throw std::runtime_error("the server of its own ended before it listened");
}

own_server::~own_server() {
  ::kill(pid_, SIGKILL);  // nobody's data is in it, and its clients are gone
  ::waitpid(pid_, nullptr, 0);
}

}  // namespace jackfield::bench
