// client_files: the official browser client, served below the engine's path (protocol.md 4.13) from a folder.
// Files are read at their first request and kept, plain and gzipped. Owner: the server. Thread: the worker's.
#pragma once

#include <jackfield/options.hpp>
#include <jackfield/routes.hpp>

#include <map>
#include <string>

namespace jackfield::transport {

class client_files {
 public:
  /// `options` outlive this.
  explicit client_files(const server_options& options) noexcept : options_(options) {}
  /// Serving is on and the folder has the client.
  bool present() const;
  /// Adds a route per file.
  void serve_on(routes& r);

 private:
  struct file {
    std::string text, packed, tag;
  };
  const file* load(const std::string& name);
  void answer(const std::string& name, const http_request& q, http_reply reply);

  const server_options& options_;
  std::map<std::string, file> loaded_;
};

}  // namespace jackfield::transport
