#include "net/tls_tickets.hpp"

#include "base/random.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

#include <algorithm>
#include <span>

namespace jackfield::net {

namespace {

bool prepare_mac(EVP_MAC_CTX* mac, std::span<unsigned char> key) {
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.data(), key.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>("SHA256"), 0),
      OSSL_PARAM_construct_end(),
  };
  return EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

}  // namespace

tls_tickets::~tls_tickets() {
  for (auto* k : {&now_, &before_})
    if (*k) OPENSSL_cleanse(&**k, sizeof **k);
}

// Nothing of a key that is twice its life old is left: a ticket is then opened by nobody.
void tls_tickets::advance(base::time_point now) {
  std::lock_guard lock(mutex_);
  if (now_ && now - made_ < life_) return;
  const bool long_ago = now_ && now - made_ >= 2 * life_;
  if (before_) OPENSSL_cleanse(&*before_, sizeof *before_);
  before_ = long_ago ? std::nullopt : now_;
  now_.emplace();
  base::fill_random(std::as_writable_bytes(std::span(&*now_, 1)));
  made_ = now;
}

std::optional<tls_tickets::key> tls_tickets::find(const unsigned char name[16], bool& newest) {
  std::lock_guard lock(mutex_);
  for (const auto* k : {&now_, &before_})
    if (*k && std::equal((*k)->name.begin(), (*k)->name.end(), name)) {
      newest = k == &now_;
      return *k;
    }
  return std::nullopt;
}

int tls_tickets::seal(unsigned char name[16], unsigned char iv[EVP_MAX_IV_LENGTH], EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
  std::optional<key> k;
  {
    std::lock_guard lock(mutex_);
    k = now_;
  }
  if (!k) return -1;
  std::copy(k->name.begin(), k->name.end(), name);
  base::fill_random(std::as_writable_bytes(std::span(iv, 16)));
  const bool ready =
      EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, k->cipher.data(), iv) == 1 && prepare_mac(mac, k->mac);
  OPENSSL_cleanse(&*k, sizeof *k);
  return ready ? 1 : -1;
}

int tls_tickets::open(const unsigned char name[16], const unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
  bool newest = false;
  auto k = find(name, newest);
  if (!k) return 0;
  const bool ready =
      prepare_mac(mac, k->mac) && EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, k->cipher.data(), iv) == 1;
  OPENSSL_cleanse(&*k, sizeof *k);
  if (!ready) return -1;
  return newest ? 1 : 2;
}

}  // namespace jackfield::net
