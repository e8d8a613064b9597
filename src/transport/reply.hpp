// What an http_reply handle holds: the request that waits, and the answer as it grows.
#pragma once

#include "base/host.hpp"
#include "net/http_connection.hpp"

#include <jackfield/routes.hpp>

#include <atomic>
#include <memory>
#include <string>

namespace jackfield {

/// Shared by the handles of one reply. Any thread; the connection is touched on the worker's alone.
struct http_reply::core {
  core(base::host& h, net::http_connection& c, std::string l) : host(h), connection(&c), lines(std::move(l)) {}
  ~core();
  core(const core&) = delete;
  core& operator=(const core&) = delete;

  void send(std::string_view body, std::string_view content_type);
  /// Somebody else answers: the handles go mute.
  void release() noexcept { done.store(true); }

  base::host& host;
  base::ref<net::http_connection> connection;
  std::atomic<bool> done{false};
  int status = 200;
  std::string lines;  // header lines, each with its CRLF
};

}  // namespace jackfield
