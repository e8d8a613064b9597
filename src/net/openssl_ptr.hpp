// openssl_ptr: owners of OpenSSL's objects, and its last error as words. Internal to net's TLS.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace jackfield::net {

template <auto Free>
struct openssl_free {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};

using ssl_ptr = std::unique_ptr<SSL, openssl_free<SSL_free>>;
using ssl_ctx_ptr = std::unique_ptr<SSL_CTX, openssl_free<SSL_CTX_free>>;
using ssl_session_ptr = std::unique_ptr<SSL_SESSION, openssl_free<SSL_SESSION_free>>;
using x509_ptr = std::unique_ptr<X509, openssl_free<X509_free>>;
using pkey_ptr = std::unique_ptr<EVP_PKEY, openssl_free<EVP_PKEY_free>>;
using bio_ptr = std::unique_ptr<BIO, openssl_free<BIO_free_all>>;

/// Why the last call into OpenSSL failed, in its words; empties this thread's queue of errors.
inline std::string openssl_reason() {
  const unsigned long first = ERR_get_error();
  ERR_clear_error();
  if (first == 0) return "unknown reason";
  const char* reason = ERR_reason_error_string(first);
  return reason ? reason : "error " + std::to_string(first);
}

}  // namespace jackfield::net
