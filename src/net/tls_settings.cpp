#include "net/tls_settings.hpp"

#include "net/tls_channel.hpp"

namespace jackfield::net {

namespace {

// S40: forward secrecy and authenticated encryption, nothing else.
constexpr char good_ciphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const auto& n : names) all += (all.empty() ? "" : ", ") + n;
  return all.empty() ? "no host" : all;
}

/// The host or address that the certificate should have been for.
std::string wanted(X509_STORE_CTX* of) {
  X509_VERIFY_PARAM* p = X509_STORE_CTX_get0_param(of);
  if (const char* host = X509_VERIFY_PARAM_get0_host(p, 0)) return host;
  char* address = X509_VERIFY_PARAM_get1_ip_asc(p);
  if (!address) return "what was asked for";
  std::string text(address);
  OPENSSL_free(address);
  return text;
}

std::string sentence(X509_STORE_CTX* of, const X509* c) {
  const int why = X509_STORE_CTX_get_error(of);
  switch (why) {
    case X509_V_ERR_CERT_HAS_EXPIRED: return "certificate has expired (on " + time_text(X509_get0_notAfter(c)) + ")";
    case X509_V_ERR_CERT_NOT_YET_VALID: return "certificate is not valid yet (before " + time_text(X509_get0_notBefore(c)) + ")";
    case X509_V_ERR_HOSTNAME_MISMATCH: return "certificate is for " + joined(host_names(c)) + ", not for " + wanted(of);
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return "certificate is for " + joined(describe(c).names) + ", not for " + wanted(of);
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return "unknown authority: nobody here vouches for \"" + name_text(X509_get_issuer_name(c)) + "\"";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return "unknown authority: \"" + name_text(X509_get_subject_name(c)) + "\" vouches for itself";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return "certificate is self-signed, and not among the trusted ones";
    default: return std::string("certificate is refused: ") + X509_verify_cert_error_string(why);
  }
}

[[noreturn]] void refuse(const std::string& what) { throw tls_error(what + ": " + openssl_reason()); }

}  // namespace

ssl_ctx_ptr make_context(role r, tls_version least, const std::string& ciphers, const std::string& suites, bool kernel) {
  ssl_ctx_ptr c(SSL_CTX_new(r == role::server ? TLS_server_method() : TLS_client_method()));
  if (!c) refuse("OpenSSL makes no context");
  SSL_CTX_set_min_proto_version(c.get(), least == tls_version::v1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(c.get(), 0);
  SSL_CTX_set_options(
      c.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  if (kernel) SSL_CTX_set_options(c.get(), SSL_OP_ENABLE_KTLS);
  SSL_CTX_set_mode(c.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(c.get(), 1);  // a record costs one system call instead of two
  SSL_CTX_set_max_early_data(c.get(), 0);
  SSL_CTX_set_recv_max_early_data(c.get(), 0);
  ERR_clear_error();
  if (SSL_CTX_set_cipher_list(c.get(), ciphers.empty() ? good_ciphers : ciphers.c_str()) != 1)
    refuse("ciphers: OpenSSL knows none of \"" + ciphers + "\"");
  if (!suites.empty() && SSL_CTX_set_ciphersuites(c.get(), suites.c_str()) != 1)
    refuse("cipher_suites: OpenSSL does not take \"" + suites + "\"");
  return c;
}

void use_identity(SSL_CTX* context, const tls_identity& id) {
  ERR_clear_error();
  if (SSL_CTX_use_certificate(context, id.certificate.get()) != 1) refuse("the " + id.source + " cannot be used");
  for (const auto& one : id.chain)
    if (SSL_CTX_add1_chain_cert(context, one.get()) != 1) refuse("the chain of the " + id.source + " cannot be used");
  if (SSL_CTX_use_PrivateKey(context, id.key.get()) != 1) refuse("the key of the " + id.source + " cannot be used");
}

void trust(SSL_CTX* context, const std::vector<x509_ptr>& authorities) {
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const auto& one : authorities)
    if (X509_STORE_add_cert(store, one.get()) != 1) refuse("a trusted certificate cannot be used");
}

std::string alpn_list(const std::string& protocol) {
  if (protocol.size() > 255) throw tls_error("alpn: a protocol's name has up to 255 bytes");
  return static_cast<char>(protocol.size()) + protocol;
}

int explain_refusal(int accepted, X509_STORE_CTX* of) {
  if (accepted) return 1;
  const auto* ssl = static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(of, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const X509* c = X509_STORE_CTX_get_current_cert(of);
  if (!c) c = X509_STORE_CTX_get0_cert(of);
  if (ssl && c) tls_channel::of(ssl).refuse(sentence(of, c));
  return 0;
}

}  // namespace jackfield::net
