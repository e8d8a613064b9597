// tls_channel: the TLS side of one stream, at either end: handshake, records in and out, the end that is said (close_notify) and
// the one that is not. It reads and writes the stream's descriptor itself, never blocks, and knows when the kernel has no more,
// which an edge-triggered owner has to know. Where the kernel encrypts (kTLS), output passes it by. Owner: its stream, and with
// it whatever worker that moves to: nothing here belongs to a thread. Errors: outcomes; failure() is a sentence. Cost:
// docs/benchmarks.md; the record buffers exist only while a record is under way.
#pragma once

#include "net/openssl_ptr.hpp"
#include "net/out_queue.hpp"
#include "net/tls_counters.hpp"

#include <jackfield/tls_info.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace jackfield::net {

class tls_channel {
 public:
  enum class outcome : std::uint8_t {
    done,       // as far as there was something to do
    again,      // the kernel has nothing, or takes nothing, for now
    closed,     // the peer said that it is the end
    truncated,  // the peer went without a word: what came last may have been cut off
    broken,     // the connection, or a rule of the protocol
  };
  struct progress {
    std::size_t bytes = 0;
    outcome what = outcome::done;
  };

  /// `made` by a context, connect or accept state set. The descriptor stays the stream's.
  tls_channel(ssl_ptr made, int fd);
  ~tls_channel();
  tls_channel(const tls_channel&) = delete;
  tls_channel& operator=(const tls_channel&) = delete;

  // --- what the stream knows of the kernel
  void input_came() noexcept { input_ = true; }
  /// Nothing that comes short means that there is no more.
  void peer_ended() noexcept { input_ = peer_ended_ = true; }
  /// There is, or may be, something to read, in the kernel or here.
  bool input_left() const noexcept;
  /// What was under way can go on only when the kernel takes output.
  bool wants_write() const noexcept { return wants_write_; }

  /// As far into the handshake as it goes now. `done`: it is over.
  outcome shake();
  /// Fills `into` as far as input goes. An end is told by the call that has no bytes before it.
  progress read(std::span<char> into);
  /// Takes from the queue what the kernel takes, in records of up to 16 KiB put together in `scratch` (record_bytes of it).
  progress write(out_queue& from, std::span<char> scratch);
  /// Says that it is the end of what we send. `again`: call it again when the kernel takes more.
  outcome say_goodbye();
  /// Output is to be written to the descriptor as it is: the kernel makes records of it.
  bool kernel_sends() const noexcept { return kernel_sends_; }

  /// Of a finished handshake.
  const tls_info_ref& info();
  /// What went wrong, for people; empty: nothing did.
  const std::string& failure() const noexcept { return failure_; }
  /// The first byte that came is none of TLS, but may be a letter of HTTP's.
  bool looks_like_http() const noexcept { return first_ >= 'A' && first_ <= 'Z'; }
  /// It ended because the peer was gone.
  bool peer_went() const noexcept { return went_; }
  /// Where a truncated end is counted; nothing: nowhere.
  void count_in(std::shared_ptr<tls_counters> counters) noexcept { counters_ = std::move(counters); }

  /// For contexts: the channel of one of OpenSSL's objects, a sentence of a verification, sessions to resume.
  static tls_channel& of(const SSL* s) noexcept { return *static_cast<tls_channel*>(SSL_get_app_data(s)); }
  void refuse(std::string why) { refusal_ = std::move(why); }
  SSL* ssl() const noexcept { return ssl_.get(); }

  static constexpr std::size_t record_bytes = 16 * 1024;

 private:
  friend struct descriptor_bio;
  outcome judge(int result);
  outcome fail(std::string why);

  ssl_ptr ssl_;
  int fd_;
  bool input_ = true;  // the kernel may have input
  bool peer_ended_ = false, eof_ = false;
  bool wants_write_ = false;  // also before a client's handshake has begun
  bool more_follows_ = false;
  bool kernel_sends_ = false, ended_ = false, went_ = false, said_goodbye_ = false;
  outcome end_ = outcome::done;  // when ended_
  char first_ = 0;
  tls_info_ref info_;
  std::shared_ptr<tls_counters> counters_;
  std::string failure_, refusal_;
};

}  // namespace jackfield::net
