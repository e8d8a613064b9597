// certificates: keys and certificates made on the spot, for tests of TLS: none is kept anywhere.
#pragma once

#include "net/openssl_ptr.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <stdexcept>
#include <string>

namespace jackfield::tests {

struct certificate_wish {
  std::string common_name = "test";
  std::string names = "";  // "DNS:example.com,IP:127.0.0.1"; empty: no such extension
  std::chrono::hours from{-1}, until{24 * 30};
  bool authority = false;
};

/// A certificate with its key, as PEM and as objects.
class certificate {
 public:
  /// Vouched for by `issuer`; null: by itself.
  explicit certificate(const certificate_wish& w, const certificate* issuer = nullptr)
      : key_(EVP_EC_gen("P-256")), x509_(X509_new()) {
    X509* x = x509_.get();
    X509_set_version(x, X509_VERSION_3);
    static long serial = 0x1000;
    ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(x), seconds(w.from));
    X509_gmtime_adj(X509_getm_notAfter(x), seconds(w.until));
    X509_set_pubkey(x, key_.get());
    X509_NAME* name = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(w.common_name.c_str()), -1, -1,
                               0);
    const certificate& by = issuer ? *issuer : *this;
    X509_set_issuer_name(x, X509_get_subject_name(by.x509_.get()));
    if (w.authority) extend(by, NID_basic_constraints, "critical,CA:TRUE");
    if (!w.names.empty()) extend(by, NID_subject_alt_name, w.names);
    if (X509_sign(x, by.key_.get(), EVP_sha256()) == 0) throw std::runtime_error("cannot sign a certificate");
  }

  std::string pem() const {
    net::bio_ptr out(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(out.get(), x509_.get());
    return text(out.get());
  }
  std::string key_pem(const std::string& password = {}) const {
    net::bio_ptr out(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(out.get(), key_.get(), password.empty() ? nullptr : EVP_aes_128_cbc(), nullptr, 0, nullptr,
                             password.empty() ? nullptr : const_cast<char*>(password.c_str()));
    return text(out.get());
  }

 private:
  static long seconds(std::chrono::hours h) { return static_cast<long>(std::chrono::seconds(h).count()); }
  static std::string text(BIO* out) {
    char* at = nullptr;
    const long size = BIO_get_mem_data(out, &at);
    return {at, static_cast<std::size_t>(size)};
  }
  void extend(const certificate& issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer.x509_.get(), x509_.get(), nullptr, nullptr, 0);
    X509_EXTENSION* e = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    if (!e) throw std::runtime_error("cannot make an extension of " + value);
    X509_add_ext(x509_.get(), e, -1);
    X509_EXTENSION_free(e);
  }

  net::pkey_ptr key_;
  net::x509_ptr x509_;
};

}  // namespace jackfield::tests
