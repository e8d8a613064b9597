// tls_line: the TLS side of one line of the load generator: bytes in, bytes out, and what the epoll set has to wait for. The
// handshake is the first read's and write's. Owner: its peer; thread: the crowd's. Errors: an outcome, and failure() in words.
#pragma once

#include "net/tls_channel.hpp"
#include "net/tls_context.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace jackfield::bench {

/// What the lines of one crowd share.
class tls_lines {
 public:
  /// Throws tls_error, a sentence.
  explicit tls_lines(const tls_client_options& o) : context_(o) {}

 private:
  friend class tls_line;
  net::tls_client_context context_;
  net::out_pool pool_;
  std::string scratch_ = std::string(net::tls_channel::record_bytes, '\0');
};

class tls_line {
 public:
  using outcome = net::tls_channel::outcome;

  /// Of a connected descriptor, which stays its owner's. `of` outlives it.
  tls_line(tls_lines& of, std::string_view host, std::uint16_t port, int fd);

  /// Takes all of `bytes`, and sends as much as goes now of what it has.
  outcome write(std::string_view bytes);
  /// What has come, up to the size of `into`; `bytes` of nothing come with `again` or an end.
  net::tls_channel::progress read(std::span<char> into);
  bool wants_write() const noexcept { return shaken_ ? !unsent_.empty() : channel_->wants_write(); }
  std::size_t unsent() const noexcept { return unsent_.size(); }
  bool shaken() const noexcept { return shaken_; }
  /// Tells the other end that this is all, if that goes without waiting.
  void say_goodbye() { channel_->say_goodbye(); }
  const std::string& failure() const noexcept { return channel_->failure(); }
  bool peer_went() const noexcept { return channel_->peer_went(); }

 private:
  outcome shake();

  tls_lines& of_;
  std::unique_ptr<net::tls_channel> channel_;
  net::out_queue unsent_;
  bool shaken_ = false;
};

}  // namespace jackfield::bench
