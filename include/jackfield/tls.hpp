// TLS at both ends: what a listener needs to speak it, what a client checks, and what is known of a connection afterwards.
// OpenSSL 3 underneath; TLS 1.2 and 1.3, nothing older.
//
//   io.listen_tls(443, {.certificates = {{.chain_file = "/etc/ssl/site.pem", .key_file = "/etc/ssl/site.key"}}});
//
// Plain values, copied; what is wrong with them is told by tls_error where they are used.
#pragma once

#include <jackfield/tls_info.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace jackfield {

/// Certificates, keys or settings that cannot be used: a sentence for people that names the file and the reason.
struct tls_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The oldest version that is spoken.
enum class tls_version : std::uint8_t {
  v1_2,  // TLS 1.2 and 1.3
  v1_3,  // TLS 1.3 alone
};

/// A certificate with its chain, and its private key, in PEM: from files, or as text. For each of the two one of file and text.
struct tls_certificate {
  std::string chain_file{};    // the certificate first, then the intermediate ones
  std::string key_file{};      // empty: the key stands in the file of the chain
  std::string chain_pem{};     // the same as text, instead of a file
  std::string key_pem{};       // empty: the key stands in chain_pem
  std::string key_password{};  // of an encrypted key; empty: it is not encrypted
};

/// What a listener wants to know of its clients.
enum class client_certificates : std::uint8_t {
  none,      // they are not asked
  request,   // they are asked; those who have none are let in, a certificate that does not verify is refused
  required,  // who has none is refused too
};

/// Options of a listener that speaks TLS.
struct tls_server_options {
  /// At least one. A client that names the host it wants gets the certificate whose names fit (exactly first, then
  /// "*.example.com"), any other client the first.
  std::vector<tls_certificate> certificates{};
  client_certificates clients = client_certificates::none;  // whether clients are asked for certificates
  std::string client_ca_file{};                 // PEM: who may vouch for clients; this or client_ca_pem, when they are asked
  std::string client_ca_pem{};                  // the same as text
  tls_version min_version = tls_version::v1_2;  // the oldest version
  std::string ciphers{};          // of TLS 1.2, as OpenSSL writes lists; empty: ECDHE with AES-GCM or ChaCha20 (S40)
  std::string cipher_suites{};    // of TLS 1.3; empty: OpenSSL's three
  std::string alpn = "http/1.1";  // what is chosen of what a client offers, or the client is refused; empty: ALPN is ignored
  bool tickets = true;            // sessions may be resumed by tickets: nothing is kept for them
  std::chrono::seconds ticket_key_life{
      std::chrono::hours(12)};                               // then a new key; the one before still opens tickets. More than 0
  std::size_t session_cache = 0;                             // sessions kept for clients without tickets; 0: none
  std::chrono::seconds session_life{std::chrono::hours(2)};  // how long a session may be resumed. More than 0
  std::chrono::milliseconds handshake_time{10000};           // a handshake that takes longer -> closed. More than 0
  /// Of each turn of a worker, for handshakes; those beyond wait for the next turns, in their order, so that a storm of newcomers
  /// does not starve who is connected. 0: one step per turn.
  std::chrono::microseconds handshake_share{1000};
  std::size_t pending_handshakes = 10'000;  // that are under way, per worker; newcomers beyond -> closed. At least 1
  /// Hand the encryption of what is sent to the kernel, where it can (kernel_tls_obstacle() says whether). Off: the machines that
  /// test this library have no kernel that can, so that nobody has seen it work.
  bool kernel = false;
};

/// Options of a client that speaks TLS. As they are: the server must show a certificate that the machine's authorities vouch for,
/// made for the host that was asked for, and not out of date.
struct tls_client_options {
  /// What is checked of the server.
  enum class verification : std::uint8_t {
    full,              // chain, dates and host name
    off_and_insecure,  // nothing: anybody may read and change what is said. For experiments on one machine
  };
  verification verify = verification::full;         // what is checked of the server
  std::string ca_file{};                            // PEM: who may vouch for the server, instead of the machine's authorities
  std::string ca_pem{};                             // the same as text
  std::string host_name{};                          // that the certificate must have; empty: the host of the URL
  std::string server_name{};                        // sent as SNI; empty: as host_name. An IP address is never sent
  std::optional<tls_certificate> certificate{};     // of the client; nothing: none is shown
  tls_version min_version = tls_version::v1_2;      // the oldest version
  std::string ciphers{};                            // of TLS 1.2; empty: ECDHE with AES-GCM or ChaCha20
  std::string cipher_suites{};                      // of TLS 1.3; empty: OpenSSL's three
  std::string alpn = "http/1.1";                    // offered; empty: nothing is
  bool resume = true;                               // the next connection to a host resumes the session of the last
  std::chrono::milliseconds handshake_time{10000};  // a handshake that takes longer fails. More than 0
  bool kernel = false;                              // as tls_server_options::kernel
};

/// What became of handshakes, since the start.
struct tls_counts {
  std::uint64_t completed = 0;   // of these:
  std::uint64_t resumed = 0;     // by an earlier session
  std::uint64_t kernel = 0;      // the kernel encrypts what is sent
  std::uint64_t failed = 0;      // for a reason that is none of the following
  std::uint64_t timed_out = 0;   // took longer than handshake_time
  std::uint64_t went = 0;        // the client went in the middle of it, or before
  std::uint64_t plain_http = 0;  // the client spoke HTTP without TLS; it was told so
  std::uint64_t refused = 0;     // too many were under way
  std::uint64_t truncated = 0;   // later: connections that ended without the peer's close_notify
};

/// Whether this process may hand TLS to the kernel: empty when it may, else the reason ("the kernel has no TLS module
/// (tcp_available_ulp)").
std::string kernel_tls_obstacle();

}  // namespace jackfield
