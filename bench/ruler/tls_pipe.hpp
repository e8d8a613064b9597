// What sioload needs to speak TLS: reads and writes that look like recv and send. errno is EAGAIN when the call waits for room to
// write and EINPROGRESS when it waits for input, whichever way the data goes. Certificates are not checked: this measures, on one
// machine.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>
#include <cstddef>

struct Tls {
  static inline SSL_CTX* context = nullptr;  // null: plain
  static inline SSL_SESSION* session = nullptr;
  static inline bool resume = false;

  static void start(bool resumed) {
    std::signal(SIGPIPE, SIG_IGN);
    resume = resumed;
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, [](SSL*, SSL_SESSION* s) {
      if (session) SSL_SESSION_free(session);
      session = s;
      return 1;
    });
  }
  static SSL* on(int fd) {
    SSL* s = SSL_new(context);
    SSL_set_fd(s, fd);
    SSL_set_connect_state(s);
    SSL_set_quiet_shutdown(s, 1);
    if (resume && session) SSL_set_session(s, session);
    return s;
  }
  static ssize_t judge(SSL* s, int n) {
    if (n > 0) return n;
    switch (SSL_get_error(s, n)) {
      case SSL_ERROR_WANT_READ: errno = EINPROGRESS; return -1;
      case SSL_ERROR_WANT_WRITE: errno = EAGAIN; return -1;
      case SSL_ERROR_ZERO_RETURN: return 0;
      default: errno = ECONNRESET; return -1;
    }
  }
  static ssize_t read(SSL* s, int fd, void* to, std::size_t n) {
    if (!s) return ::recv(fd, to, n, 0);
    ERR_clear_error();
    return judge(s, SSL_read(s, to, int(n)));
  }
  static ssize_t write(SSL* s, int fd, const void* from, std::size_t n) {
    if (!s) return ::send(fd, from, n, MSG_NOSIGNAL);
    ERR_clear_error();
    return judge(s, SSL_write(s, from, int(n < 16384 ? n : 16384)));
  }
};
