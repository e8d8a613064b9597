#include "net/descriptor_bio.hpp"

#include "net/tls_channel.hpp"

#include <jackfield/tls.hpp>

#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>

#include <cerrno>
#include <fstream>
#include <new>
#include <string>

namespace jackfield {
namespace net {

namespace {

// OpenSSL gives the keys of one direction to its socket BIO with this command; the number is fixed, its name internal.
constexpr int set_kernel_keys = 72;
constexpr long for_sending = 1;

using write_fn = int (*)(BIO*, const char*, int);
using ctrl_fn = long (*)(BIO*, int, long, void*);

// OpenSSL's own functions for what the kernel encrypts: records that are no data need a control message.
struct socket_functions {
  write_fn write = BIO_meth_get_write(BIO_s_socket());
  ctrl_fn ctrl = BIO_meth_get_ctrl(BIO_s_socket());
};
const socket_functions& socket_bio() {
  static const socket_functions f;
  return f;
}

// For what is written by functions that do not know MSG_NOSIGNAL: holds SIGPIPE back on this thread, and takes away one that
// came.
class no_sigpipe {
 public:
  no_sigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~no_sigpipe() {
    const int why = errno;
    const timespec at_once{0, 0};
    if (!was_pending_)
      while (sigtimedwait(&pipe_, nullptr, &at_once) < 0 && errno == EINTR) {
      }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = why;
  }
  no_sigpipe(const no_sigpipe&) = delete;
  no_sigpipe& operator=(const no_sigpipe&) = delete;

 private:
  sigset_t pipe_, before_;
  bool was_pending_;
};

bool try_later() noexcept { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace

struct descriptor_bio {
  static tls_channel& of(BIO* b) { return *reinterpret_cast<tls_channel*>(BIO_get_callback_arg(b)); }

  static int read(BIO* b, char* to, int size) {
    tls_channel& c = of(b);
    BIO_clear_retry_flags(b);
    if (c.input_) {
      ssize_t n;
      do n = ::recv(c.fd_, to, static_cast<std::size_t>(size), 0);
      while (n < 0 && errno == EINTR);
      if (n > 0) {
        if (n < size && !c.peer_ended_) c.input_ = false;
        if (c.first_ == 0) c.first_ = to[0] ? to[0] : '\x01';
        return static_cast<int>(n);
      }
      if (n == 0) {
        c.eof_ = true;
        BIO_set_flags(b, BIO_FLAGS_IN_EOF);
        return 0;
      }
      if (!try_later()) return -1;
      c.input_ = false;
    }
    BIO_set_retry_read(b);
    return -1;
  }

  static int write(BIO* b, const char* from, int size) {
    tls_channel& c = of(b);
    if (BIO_get_ktls_send(b)) {
      no_sigpipe held;
      return socket_bio().write(b, from, size);
    }
    BIO_clear_retry_flags(b);
    const int more = c.more_follows_ ? MSG_MORE : 0;
    ssize_t n;
    do n = ::send(c.fd_, from, static_cast<std::size_t>(size), MSG_NOSIGNAL | more);
    while (n < 0 && errno == EINTR);
    if (n < 0 && try_later()) BIO_set_retry_write(b);
    return static_cast<int>(n);
  }

  // Only what is sent goes to the kernel: what arrives would have to be read record by record.
  static long ctrl(BIO* b, int command, long number, void* pointer) {
    if (command == set_kernel_keys && number != for_sending) return 0;
    return socket_bio().ctrl(b, command, number, pointer);
  }

  static BIO_METHOD* method() {
    BIO_METHOD* m = BIO_meth_new(BIO_TYPE_SOCKET, "stream");
    if (!m) throw std::bad_alloc();
    BIO_meth_set_create(m, BIO_meth_get_create(BIO_s_socket()));
    BIO_meth_set_destroy(m, BIO_meth_get_destroy(BIO_s_socket()));
    BIO_meth_set_puts(
        m, [](BIO* b, const char* text) { return write(b, text, static_cast<int>(std::char_traits<char>::length(text))); });
    BIO_meth_set_read(m, read);
    BIO_meth_set_write(m, write);
    BIO_meth_set_ctrl(m, ctrl);
    return m;
  }
};

BIO* make_descriptor_bio(tls_channel& channel, int fd) {
  static BIO_METHOD* const method = descriptor_bio::method();  // for the life of the process, like OpenSSL's own
  BIO* b = BIO_new(method);
  if (!b) throw std::bad_alloc();
  BIO_set_fd(b, fd, BIO_NOCLOSE);
  BIO_set_callback_arg(b, reinterpret_cast<char*>(&channel));
  return b;
}

}  // namespace net

std::string kernel_tls_obstacle() {
#ifdef OPENSSL_NO_KTLS
  return "this OpenSSL was built without kernel TLS";
#else
  std::ifstream in("/proc/sys/net/ipv4/tcp_available_ulp");
  for (std::string word; in >> word;)
    if (word == "tls") return {};
  return "the kernel has no TLS (tls is not in /proc/sys/net/ipv4/tcp_available_ulp; where it is a module: modprobe tls)";
#endif
}

}  // namespace jackfield
