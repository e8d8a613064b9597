// What is known of a TLS connection: of its keys, and of who is at the other end.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield {

/// A certificate that the other end showed, and that was verified.
struct tls_peer_certificate {
  std::string subject;             // "CN=sensor 7,O=Example", as RFC 2253 writes names
  std::string issuer;              // the same of who vouches for it
  std::string common_name;         // of the subject; empty: none
  std::vector<std::string> names;  // "DNS:example.com", "email:a@example.com", "URI:spiffe://x/y", "IP:::1"
  std::string serial;              // hexadecimal
  std::string fingerprint_sha256;  // hexadecimal, of the whole certificate
};

/// What is known of a TLS connection. Immutable; shared by all requests that came on it.
class tls_info {
 public:
  std::string_view version;                    // "TLSv1.3"
  std::string_view cipher;                     // "TLS_AES_256_GCM_SHA384"
  std::string alpn{};                          // what was agreed; empty: nothing
  std::string server_name{};                   // the host that the client asked for (SNI); empty: none
  bool resumed = false;                        // by an earlier session, without a new exchange of certificates
  bool kernel_sends = false;                   // the kernel encrypts
  std::optional<tls_peer_certificate> peer{};  // nothing: the other end showed none

 private:
  mutable std::atomic<std::uint32_t> count_{0};
  friend void intrusive_ptr_add_ref(const tls_info* p) noexcept { p->count_.fetch_add(1, std::memory_order_relaxed); }
  friend void intrusive_ptr_release(const tls_info* p) noexcept {
    if (p->count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete p;
  }
};

/// Shared ownership of what is known of a connection; null: it is not TLS.
using tls_info_ref = boost::intrusive_ptr<const tls_info>;

}  // namespace jackfield
