// tunnel: a connection through an HTTP proxy (CONNECT, RFC 9110 §9.3.6): asks for the host on a connected descriptor and gives it
// back once the proxy has agreed: from there on it is a connection to that host. Reads not one byte more than the proxy's answer.
// Owner: itself until it is over, and whoever holds the ref. Thread: the worker's. A failure is a sentence.
#pragma once

#include "base/function.hpp"
#include "base/ref.hpp"
#include "net/unique_fd.hpp"
#include "net/worker.hpp"
#include "wire/http_reply_parser.hpp"
#include "wire/proxy_address.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace jackfield::net {

class tunnel final : public base::ref_counted<tunnel>, pollable {
 public:
  /// Once, in a later turn: the descriptor, or none and why.
  using done_fn = base::unique_function<void(unique_fd, std::string why)>;

  static base::ref<tunnel> start(worker& w, unique_fd proxy, const wire::proxy_address& of, std::string_view host,
                                 std::uint16_t port, std::chrono::milliseconds limit, done_fn done);
  ~tunnel();
  /// The end at once; `done` is not called.
  void cancel();

 private:
  friend class base::ref_counted<tunnel>;
  tunnel(worker& w, unique_fd fd, std::chrono::milliseconds limit, done_fn done);
  void on_events(std::uint32_t events) override;
  bool write();
  void read();
  void on_limit();
  void over(std::string why);

  worker& worker_;
  unique_fd fd_;
  std::chrono::milliseconds time_;
  done_fn done_;
  std::string request_;  // what is left of it
  wire::http_reply_parser parser_;
  base::member_timer<tunnel, &tunnel::on_limit> limit_{*this};
  base::ref<tunnel> self_;
};

}  // namespace jackfield::net
