#include "net/tls_context.hpp"
#include "net/tls_settings.hpp"

#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace jackfield::net {

namespace {

bool is_address(const std::string& host) {
  in6_addr room;
  return ::inet_pton(AF_INET, host.c_str(), &room) == 1 || ::inet_pton(AF_INET6, host.c_str(), &room) == 1;
}

// "[::1]" as it stands in a URL.
std::string bare(std::string_view host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return std::string(host);
}

void check_host(SSL* s, const std::string& host) {
  if (is_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(s), host.c_str());
    return;
  }
  SSL_set_hostflags(s, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (SSL_set1_host(s, host.c_str()) != 1) throw std::bad_alloc();
}

void trust_who_is_meant(SSL_CTX* c, const tls_client_options& o) {
  if (o.verify == tls_client_options::verification::off_and_insecure) return;
  if (!o.ca_file.empty() && !o.ca_pem.empty()) throw tls_error("set one of ca_file and ca_pem, not both");
  if (o.ca_file.empty() && o.ca_pem.empty())
    SSL_CTX_set_default_verify_paths(c);
  else
    trust(c, load_certificates(o.ca_file, o.ca_pem, "authorities"));
  SSL_CTX_set_verify(c, SSL_VERIFY_PEER, explain_refusal);
}

/// What is kept beside a client's SSL object: whose sessions it is about, and where they go.
struct connection_key {
  std::shared_ptr<tls_sessions> sessions;
  std::string peer;
};

int key_index() {
  static const int index =
      SSL_get_ex_new_index(0, nullptr, nullptr, nullptr,
                           [](void*, void* key, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<connection_key*>(key); });
  return index;
}

// The newest ticket is the one that is kept. 1: the session is ours now.
int on_session(SSL* s, SSL_SESSION* session) {
  const auto* key = static_cast<const connection_key*>(SSL_get_ex_data(s, key_index()));
  if (!key) return 0;
  key->sessions->keep(key->peer, ssl_session_ptr(session));
  return 1;
}

}  // namespace

tls_client_context::tls_client_context(tls_client_options o)
    : options_(std::move(o)),
      context_(make_context(role::client, options_.min_version, options_.ciphers, options_.cipher_suites, options_.kernel)) {
  if (options_.handshake_time.count() <= 0) throw tls_error("handshake_time has to be longer than nothing");
  trust_who_is_meant(context_.get(), options_);
  if (options_.certificate) use_identity(context_.get(), load_identity(*options_.certificate, 1));
  if (!options_.alpn.empty()) {
    const std::string list = alpn_list(options_.alpn);
    SSL_CTX_set_alpn_protos(context_.get(), reinterpret_cast<const unsigned char*>(list.data()),
                            static_cast<unsigned int>(list.size()));
  }
  if (options_.resume) {
    SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context_.get(), on_session);
  } else {
    SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_OFF);
  }
}

std::unique_ptr<tls_channel> tls_client_context::make(std::string_view host, std::uint16_t port, int fd) {
  ssl_ptr s(SSL_new(context_.get()));
  if (!s) throw std::bad_alloc();
  const std::string name = options_.host_name.empty() ? bare(host) : options_.host_name;
  const std::string shown = options_.server_name.empty() ? name : options_.server_name;
  if (options_.verify == tls_client_options::verification::full) check_host(s.get(), name);
  if (!is_address(shown)) SSL_set_tlsext_host_name(s.get(), shown.c_str());
  if (options_.resume) {
    std::string peer = name + ":" + std::to_string(port);
    if (auto session = sessions_->take(peer)) SSL_set_session(s.get(), session.get());
    SSL_set_ex_data(s.get(), key_index(), new connection_key{sessions_, std::move(peer)});
  }
  SSL_set_connect_state(s.get());
  return std::make_unique<tls_channel>(std::move(s), fd);
}

void tls_sessions::keep(const std::string& peer, ssl_session_ptr session) {
  std::lock_guard lock(mutex_);
  if (all_.size() >= most && !all_.contains(peer)) all_.erase(all_.begin());
  all_[peer] = std::move(session);
}

ssl_session_ptr tls_sessions::take(const std::string& peer) {
  std::lock_guard lock(mutex_);
  auto at = all_.find(peer);
  if (at == all_.end()) return nullptr;
  auto session = std::move(at->second);
  all_.erase(at);
  return session;
}

std::size_t tls_sessions::size() const {
  std::lock_guard lock(mutex_);
  return all_.size();
}

}  // namespace jackfield::net
