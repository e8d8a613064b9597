// tls_tickets: the keys that session tickets are sealed with (RFC 5077 4, RFC 8446 4.6.1). A key is used for a while and opens
// what it sealed for the same time again; then it is forgotten, and what was recorded cannot be opened with it any more. Shared
// by all workers of a listener, and kept when certificates are reloaded. Any thread; a lock per ticket.
#pragma once

#include "base/timer_wheel.hpp"

#include <openssl/evp.h>

#include <array>
#include <chrono>
#include <mutex>
#include <optional>

namespace jackfield::net {

class tls_tickets {
 public:
  explicit tls_tickets(std::chrono::seconds key_life) : life_(key_life) {}
  ~tls_tickets();
  tls_tickets(const tls_tickets&) = delete;
  tls_tickets& operator=(const tls_tickets&) = delete;

  /// Time has passed: makes the first key, or the next one when it is due.
  void advance(base::time_point now);

  /// OpenSSL's: prepares the contexts to seal a ticket. 1, or -1.
  int seal(unsigned char name[16], unsigned char iv[EVP_MAX_IV_LENGTH], EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac);
  /// Prepares them to open one. 1; 2: and give the client a new one; 0: the key is not known (any more); -1.
  int open(const unsigned char name[16], const unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac);

 private:
  struct key {
    std::array<unsigned char, 16> name;
    std::array<unsigned char, 32> cipher, mac;
  };
  std::optional<key> find(const unsigned char name[16], bool& newest);

  const std::chrono::seconds life_;
  std::mutex mutex_;
  std::optional<key> now_, before_;  // guarded by mutex_, as what follows
  base::time_point made_{};
};

}  // namespace jackfield::net
