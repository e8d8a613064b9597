#include "net/tls_context.hpp"
#include "net/tls_settings.hpp"

#include "base/log.hpp"

#include <openssl/sha.h>

namespace jackfield::net {

namespace {

const tls_server_set& set_of(SSL* s) { return *static_cast<const tls_server_set*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(s))); }

std::string small(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

int on_server_name(SSL* s, int*, void*) {
  const char* name = SSL_get_servername(s, TLSEXT_NAMETYPE_host_name);
  if (name) SSL_set_SSL_CTX(s, set_of(s).choose(name));
  return name ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

// RFC 7301 3.2: a client that offers only what we do not speak is refused.
int on_alpn(SSL* s, const unsigned char** out, unsigned char* size, const unsigned char* offered, unsigned int offered_size,
            void*) {
  const std::string& ours = set_of(s).options().alpn;
  for (unsigned int at = 0; at < offered_size; at += 1u + offered[at]) {
    const std::string_view one(reinterpret_cast<const char*>(offered) + at + 1, offered[at]);
    if (one != ours) continue;
    *out = offered + at + 1;
    *size = offered[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

int on_ticket(SSL* s, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int sealing) {
  tls_tickets& keys = set_of(s).tickets();
  return sealing ? keys.seal(name, iv, cipher, mac) : keys.open(name, iv, cipher, mac);
}

// Sessions of clients whom other authorities vouched for, or who were not asked, are not resumed: they begin anew.
std::array<unsigned char, SHA256_DIGEST_LENGTH> circumstances(const tls_server_options& o, const std::vector<x509_ptr>& cas) {
  std::string all = "clients " + std::to_string(static_cast<int>(o.clients));
  for (const auto& ca : cas) all += describe(ca.get()).fingerprint_sha256;
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(all.data()), all.size(), digest.data());
  return digest;
}

void ask_clients(SSL_CTX* c, const tls_server_options& o, const std::vector<x509_ptr>& cas) {
  if (o.clients == client_certificates::none) return;
  trust(c, cas);
  for (const auto& ca : cas) SSL_CTX_add_client_CA(c, ca.get());
  const int must = o.clients == client_certificates::required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
  SSL_CTX_set_verify(c, SSL_VERIFY_PEER | must, explain_refusal);
}

void keep_sessions(SSL_CTX* c, const tls_server_options& o) {
  if (o.session_cache) {
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_SERVER);
    SSL_CTX_sess_set_cache_size(c, static_cast<long>(o.session_cache));
  } else {
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  }
  SSL_CTX_set_timeout(c, static_cast<long>(o.session_life.count()));
  if (o.tickets) {
    SSL_CTX_set_tlsext_ticket_key_evp_cb(c, on_ticket);
    return;
  }
  SSL_CTX_set_options(c, SSL_OP_NO_TICKET);
  if (!o.session_cache) SSL_CTX_set_num_tickets(c, 0);  // of TLS 1.3, where a ticket would name a session that nobody kept
}

void check(const tls_server_options& o) {
  if (o.certificates.empty()) throw tls_error("TLS needs a certificate: set tls_server_options::certificates");
  const bool asked = o.clients != client_certificates::none;
  if (asked && o.client_ca_file.empty() == o.client_ca_pem.empty())
    throw tls_error("clients are asked for certificates: set one of client_ca_file and client_ca_pem");
  if (o.ticket_key_life.count() <= 0) throw tls_error("ticket_key_life has to be longer than nothing");
  if (o.session_life.count() <= 0) throw tls_error("session_life has to be longer than nothing");
  if (o.handshake_time.count() <= 0) throw tls_error("handshake_time has to be longer than nothing");
  if (o.pending_handshakes == 0) throw tls_error("pending_handshakes has to be 1 at least, or nobody gets in");
}

}  // namespace

tls_server_set::tls_server_set(tls_server_options o, std::shared_ptr<tls_tickets> tickets)
    : options_(std::move(o)), tickets_(std::move(tickets)) {
  check(options_);
  for (const auto& c : options_.certificates) add(c);
  std::vector<x509_ptr> cas;
  if (options_.clients != client_certificates::none)
    cas = load_certificates(options_.client_ca_file, options_.client_ca_pem, "client authorities");
  const auto id = circumstances(options_, cas);
  for (const auto& c : contexts_) {
    SSL_CTX_set_app_data(c.get(), this);
    SSL_CTX_set_session_id_context(c.get(), id.data(), id.size());
    SSL_CTX_set_tlsext_servername_callback(c.get(), on_server_name);
    if (!options_.alpn.empty()) SSL_CTX_set_alpn_select_cb(c.get(), on_alpn, nullptr);
    ask_clients(c.get(), options_, cas);
    keep_sessions(c.get(), options_);
  }
}

void tls_server_set::add(const tls_certificate& c) {
  const tls_identity id = load_identity(c, contexts_.size() + 1);
  auto context = make_context(role::server, options_.min_version, options_.ciphers, options_.cipher_suites, options_.kernel);
  use_identity(context.get(), id);
  for (const auto& name : id.names) by_name_.emplace(name, context.get());
  if (!id.out_of_date.empty()) out_of_date_ = "the " + id.source + " " + id.out_of_date;
  contexts_.push_back(std::move(context));
}

ssl_ptr tls_server_set::make() const {
  ssl_ptr s(SSL_new(contexts_.front().get()));
  if (!s) throw std::bad_alloc();
  SSL_set_accept_state(s.get());
  return s;
}

SSL_CTX* tls_server_set::choose(std::string_view host) const {
  std::string name = small(host);
  if (!name.empty() && name.back() == '.') name.pop_back();
  if (auto at = by_name_.find(name); at != by_name_.end()) return at->second;
  const auto dot = name.find('.');
  if (dot != std::string::npos && dot > 0)
    if (auto at = by_name_.find("*" + name.substr(dot)); at != by_name_.end()) return at->second;
  return contexts_.front().get();
}

tls_server_context::tls_server_context(tls_server_options o) {
  check(o);
  tickets_ = std::make_shared<tls_tickets>(o.ticket_key_life);
  current_ = std::make_shared<const tls_server_set>(std::move(o), tickets_);
  if (!current_->out_of_date().empty()) base::log(base::log_level::warning, "TLS: " + current_->out_of_date());
}

void tls_server_context::reload() { reload(current()->options()); }

void tls_server_context::reload(tls_server_options o) {
  auto fresh = std::make_shared<const tls_server_set>(std::move(o), tickets_);
  if (!fresh->out_of_date().empty()) throw tls_error(fresh->out_of_date());
  std::lock_guard lock(mutex_);
  current_ = std::move(fresh);
}

std::shared_ptr<const tls_server_set> tls_server_context::current() const {
  std::lock_guard lock(mutex_);
  return current_;
}

}  // namespace jackfield::net
