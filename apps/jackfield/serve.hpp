// `jackfield serve`: one Socket.IO server with the chat on it, from start-up to the drained end.
// Thread: the caller's runs the server, and with more workers so do others; one more waits for signals.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace jackfield::app {

struct serve_options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 3000;         // 0: any free one
  std::size_t workers = 1;           // threads with clients; 0: one for each core
  bool io_uring = true;              // output by it, where the kernel lets us
  bool queue_turns = true;           // workers take turns one after another where cores are short
  bool chat = true;                  // the chat and its pages
  std::string tls_cert, tls_key;     // PEM files; empty: no TLS; no key: it stands in tls_cert
  std::vector<std::string> origins;  // other web origins whose pages may connect
  std::string client_dir;            // of the official browser client; empty: share/jackfield/client beside bin
  std::string log_level = "info";    // debug info warning error
};

/// Runs until a signal. The program's exit status: 0 after SIGTERM or SIGINT, 1 when it could not start.
int serve(const serve_options& options);

}  // namespace jackfield::app
