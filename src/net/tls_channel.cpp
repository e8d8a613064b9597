#include "net/tls_channel.hpp"

#include "net/descriptor_bio.hpp"
#include "net/tls_pem.hpp"

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace jackfield::net {

namespace {

/// From this size on a piece makes a record alone; smaller ones are put together.
constexpr std::size_t record_alone = 12 * 1024;

/// The next record's content: where it lies, or copied together. It only ever gets longer at its end when it is asked for
/// again before anything was consumed, as OpenSSL wants it for a record that is half sent.
std::string_view next_record(out_queue& from, std::span<char> scratch) {
  std::array<iovec, 64> pieces;
  const std::size_t count = from.gather(pieces);
  const std::string_view first(static_cast<const char*>(pieces[0].iov_base), pieces[0].iov_len);
  if (count == 1 || first.size() >= record_alone) return first.substr(0, tls_channel::record_bytes);
  std::size_t size = 0;
  for (std::size_t i = 0; i < count && size < tls_channel::record_bytes; ++i) {
    const std::size_t fits = std::min(pieces[i].iov_len, tls_channel::record_bytes - size);
    std::memcpy(scratch.data() + size, pieces[i].iov_base, fits);
    size += fits;
  }
  return {scratch.data(), size};
}

}  // namespace

tls_channel::tls_channel(ssl_ptr made, int fd) : ssl_(std::move(made)), fd_(fd) {
  wants_write_ = SSL_is_server(ssl_.get()) == 0;
  SSL_set_app_data(ssl_.get(), this);
  BIO* bio = make_descriptor_bio(*this, fd);
  SSL_set_bio(ssl_.get(), bio, bio);
}

// A connection that ends without our close_notify would take its session with it: the next one could not resume it.
tls_channel::~tls_channel() {
  if (!ended_ || end_ != outcome::broken) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

bool tls_channel::input_left() const noexcept { return input_ || ended_ || SSL_has_pending(ssl_.get()) == 1; }

tls_channel::outcome tls_channel::fail(std::string why) {
  failure_ = std::move(why);
  ended_ = true;
  return end_ = outcome::broken;
}

// What OpenSSL says of a call that did not succeed.
tls_channel::outcome tls_channel::judge(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ: return outcome::again;
    case SSL_ERROR_WANT_WRITE: wants_write_ = true; return outcome::again;
    case SSL_ERROR_ZERO_RETURN: ended_ = true; return end_ = outcome::closed;
    case SSL_ERROR_SYSCALL: {
      const int why = errno;
      ERR_clear_error();
      went_ = true;
      return fail(why ? std::generic_category().message(why) : "the connection ended");
    }
    default: break;
  }
  if (!refusal_.empty()) {
    ERR_clear_error();
    return fail(std::move(refusal_));
  }
  if (eof_) {
    ERR_clear_error();
    fail("the connection ended without a word");
    went_ = true;
    if (counters_) counters_->count(tls_event::truncated);
    return end_ = outcome::truncated;
  }
  return fail(openssl_reason());
}

tls_channel::outcome tls_channel::shake() {
  if (ended_) return end_;
  wants_write_ = false;
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result != 1) return judge(result);
  kernel_sends_ = BIO_get_ktls_send(SSL_get_wbio(ssl_.get()));
  return outcome::done;
}

tls_channel::progress tls_channel::read(std::span<char> into) {
  wants_write_ = false;
  progress p;
  while (p.bytes < into.size()) {
    if (ended_) {
      p.what = end_;
      break;
    }
    ERR_clear_error();
    const int n = SSL_read(ssl_.get(), into.data() + p.bytes, static_cast<int>(into.size() - p.bytes));
    if (n <= 0) {
      p.what = judge(n);
      break;
    }
    p.bytes += static_cast<std::size_t>(n);
    if (!input_left()) break;
  }
  return p;
}

tls_channel::progress tls_channel::write(out_queue& from, std::span<char> scratch) {
  progress p;
  if (ended_ && end_ != outcome::closed) return {0, end_};
  while (!from.empty()) {
    const std::string_view record = next_record(from, scratch);
    more_follows_ = record.size() < from.size();
    ERR_clear_error();
    const int n = SSL_write(ssl_.get(), record.data(), static_cast<int>(record.size()));
    if (n <= 0) {
      p.what = judge(n);
      break;
    }
    from.consume(static_cast<std::size_t>(n));
    p.bytes += static_cast<std::size_t>(n);
  }
  more_follows_ = false;
  return p;
}

tls_channel::outcome tls_channel::say_goodbye() {
  if (said_goodbye_) return outcome::done;
  if ((ended_ && end_ != outcome::closed) || SSL_is_init_finished(ssl_.get()) == 0) return outcome::broken;
  ERR_clear_error();
  const int result = SSL_shutdown(ssl_.get());
  if (result >= 0) {
    said_goodbye_ = true;
    return outcome::done;
  }
  return judge(result);
}

const tls_info_ref& tls_channel::info() {
  if (info_) return info_;
  boost::intrusive_ptr<tls_info> i(new tls_info);
  i->version = SSL_get_version(ssl_.get());
  i->cipher = SSL_get_cipher_name(ssl_.get());
  const unsigned char* alpn = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &alpn, &size);
  if (size) i->alpn.assign(reinterpret_cast<const char*>(alpn), size);
  if (const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name)) i->server_name = name;
  i->resumed = SSL_session_reused(ssl_.get()) == 1;
  i->kernel_sends = kernel_sends_;
  const X509* peer = SSL_get0_peer_certificate(ssl_.get());
  if (peer && SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE) i->peer = describe(peer);
  info_ = std::move(i);
  return info_;
}

}  // namespace jackfield::net
