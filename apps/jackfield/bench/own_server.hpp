// own_server: a server of this library with the events of the bench contract, in a process of its own, for a look without setting
// up anything. An own process, because a server that shares the load generator's would share its memory and its processor time.
#pragma once

#include <cstdint>
#include <string>

namespace jackfield::bench {

struct contract_options {
  std::uint16_t port = 0;         // 0: any free one
  std::string tls_cert, tls_key;  // empty: plain
  bool child = false;             // end with the process that started it
};
/// `jackfield bench serve`: the four events on default options, on 127.0.0.1. Says where on standard output, runs until SIGTERM
/// or SIGINT. The program's exit status.
int serve_contract(const contract_options& o);

/// Such a server as a child of this process. Ended, and waited for, with the object.
class own_server {
 public:
  /// Starts it and waits until it listens. Throws std::runtime_error. `program`: the executable.
  explicit own_server(const std::string& program = "/proc/self/exe");
  ~own_server();
  own_server(const own_server&) = delete;
  own_server& operator=(const own_server&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int pid() const noexcept { return pid_; }

 private:
  int pid_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace jackfield::bench
