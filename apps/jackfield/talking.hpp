// talking: what the commands that are clients share: where the server is, how it is spoken to, and arguments from the command
// line. Thread: the caller's, on an io_context that it runs.
#pragma once

#include <jackfield/client.hpp>

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace jackfield::app {

struct talk_options {
  std::string url;                   // its path is the namespace
  std::string path = "/socket.io";   // of the server's HTTP requests
  std::string auth;                  // JSON, sent with CONNECT; empty: nothing is
  std::vector<std::string> headers;  // "Name: value"
  std::string transport;             // polling, websocket; empty: polling, then an upgrade
  std::string ca_file;               // PEM; empty: the machine's authorities
  std::string proxy;                 // http://[user:password@]host:port
  bool insecure = false;             // the server is not verified
};

/// Adds them to a command.
void add_talk_options(CLI::App& command, talk_options& o);
/// Throws std::invalid_argument with a sentence.
client_options options_of(const talk_options& o);
/// JSON where it is JSON, "@FILE" the bytes of a file ("@-": of the standard input), any other text a string. Throws
/// std::invalid_argument.
array arguments_of(const std::vector<std::string>& texts);
/// A line of JSON on the standard output.
void print_line(const value& v);
/// "jackfield: …" on the standard error.
void complain(const std::string& text);

}  // namespace jackfield::app
