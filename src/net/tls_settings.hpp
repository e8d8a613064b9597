// tls_settings: what both ends set on an OpenSSL context. Internal to tls_server_context and tls_client_context.
#pragma once

#include "net/tls_pem.hpp"

#include <string>
#include <vector>

namespace jackfield::net {

enum class role : std::uint8_t { server, client };

/// Versions, ciphers, no compression, no renegotiation, no early data, buffers only while they are used.
ssl_ctx_ptr make_context(role r, tls_version least, const std::string& ciphers, const std::string& suites, bool kernel);
void use_identity(SSL_CTX* context, const tls_identity& id);
void trust(SSL_CTX* context, const std::vector<x509_ptr>& authorities);
/// "http/1.1" as ALPN writes lists.
std::string alpn_list(const std::string& protocol);
/// OpenSSL's verify callback: leaves a sentence in the channel when a certificate is refused.
int explain_refusal(int accepted, X509_STORE_CTX* of);

}  // namespace jackfield::net
