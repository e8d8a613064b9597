// tls_connect: makes a connected stream speak TLS as a client: the handshake, with the server's certificate checked, its
// deadline, and a sentence when it fails. Then the stream is plain to its next speaker: start() it. Owner: itself until it is
// over, and whoever holds the ref. Thread: the worker's; a handshake is work for that thread.
#pragma once

#include "base/function.hpp"
#include "base/ref.hpp"
#include "net/stream.hpp"
#include "net/tls_context.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace jackfield::net {

class tls_connect final : public base::ref_counted<tls_connect>, stream_handler {
 public:
  /// Once: the stream, or null and why ("certificate has expired (on …)", "certificate is for example.com, not for example.net",
  /// "unknown authority: …", "the handshake took longer than 10000 ms", …).
  using done_fn = base::unique_function<void(std::unique_ptr<stream>, std::string why)>;

  /// `s` is connected to `host` (a name or an address), `port`, and was not started. The context outlives the handshake.
  /// `done` is called in a later turn.
  static base::ref<tls_connect> start(std::unique_ptr<stream> s, tls_client_context& context, std::string_view host,
                                      std::uint16_t port, done_fn done);
  ~tls_connect();
  /// The end at once; `done` is not called.
  void cancel();

 private:
  friend class base::ref_counted<tls_connect>;
  tls_connect(std::unique_ptr<stream> s, tls_client_context& context, done_fn done);
  void on_data(std::span<char>) override {}
  void on_shake() override;
  void on_end(stream_end how) override;
  void on_deadline();
  void over(std::unique_ptr<stream> s, std::string why);

  worker& worker_;
  std::unique_ptr<stream> stream_;
  tls_client_context& context_;
  done_fn done_;
  base::member_timer<tls_connect, &tls_connect::on_deadline> deadline_{*this};
  base::ref<tls_connect> self_;
};

}  // namespace jackfield::net
