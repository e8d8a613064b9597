#include "net/tls_pem.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <system_error>

namespace jackfield::net {

namespace {

/// What stands in the file, or the text, and what to call it.
struct source {
  std::string text, name;
};

source read_pem(const std::string& file, const std::string& text, std::string_view what) {
  if (file.empty()) return {text, std::string(what)};
  std::ifstream in(file, std::ios::binary);
  if (!in) throw tls_error("cannot read the " + std::string(what) + " " + file + ": " + std::generic_category().message(errno));
  return {std::string(std::istreambuf_iterator<char>(in), {}), std::string(what) + " " + file};
}

bio_ptr reader(const std::string& text) { return bio_ptr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

std::vector<x509_ptr> parse_certificates(const source& from) {
  auto in = reader(from.text);
  std::vector<x509_ptr> all;
  ERR_clear_error();
  while (X509* one = PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)) all.emplace_back(one);
  const unsigned long why = ERR_peek_last_error();
  if (!all.empty() && ERR_GET_REASON(why) == PEM_R_NO_START_LINE) ERR_clear_error();  // the end of the list
  if (all.empty() || ERR_peek_last_error() != 0)
    throw tls_error("there is no readable PEM certificate in the " + from.name + ": " + openssl_reason());
  return all;
}

// Without a password OpenSSL would ask on the terminal.
int give_password(char* to, int size, int, void* password) {
  const auto& text = *static_cast<const std::string*>(password);
  if (text.size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(to, text.data(), text.size());
  return static_cast<int>(text.size());
}

pkey_ptr parse_key(const source& from, const std::string& password) {
  auto in = reader(from.text);
  ERR_clear_error();
  pkey_ptr key(PEM_read_bio_PrivateKey(in.get(), nullptr, give_password, const_cast<std::string*>(&password)));
  if (key) return key;
  throw tls_error("there is no readable private key in the " + from.name + ": " + openssl_reason() +
                  (password.empty() ? "" : " (is key_password right?)"));
}

std::string dates_wrong(const X509* certificate) {
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
    return "expired on " + time_text(X509_get0_notAfter(certificate));
  if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
    return "is not valid before " + time_text(X509_get0_notBefore(certificate));
  return {};
}

std::string small(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

std::string_view text_of(const ASN1_STRING* s) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(s)), static_cast<std::size_t>(ASN1_STRING_length(s))};
}

std::string address_of(const ASN1_STRING* s) {
  char text[INET6_ADDRSTRLEN] = {};
  const int size = ASN1_STRING_length(s);
  if (size != 4 && size != 16) return {};
  return ::inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(s), text, sizeof text) ? text : std::string();
}

using general_names = std::unique_ptr<GENERAL_NAMES, openssl_free<GENERAL_NAMES_free>>;

general_names alternative_names(const X509* certificate) {
  return general_names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
}

std::string hexadecimal(const unsigned char* data, std::size_t size) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < size; ++i) out.append({digits[data[i] >> 4], digits[data[i] & 15]});
  return out;
}

}  // namespace

std::vector<x509_ptr> load_certificates(const std::string& file, const std::string& text, std::string_view what) {
  return parse_certificates(read_pem(file, text, what));
}

tls_identity load_identity(const tls_certificate& from, std::size_t number) {
  const std::string what = "certificate " + std::to_string(number);
  if (from.chain_file.empty() == from.chain_pem.empty()) throw tls_error(what + ": set one of chain_file and chain_pem");
  if (!from.key_file.empty() && !from.key_pem.empty()) throw tls_error(what + ": set one of key_file and key_pem, not both");
  const source chain = read_pem(from.chain_file, from.chain_pem, from.chain_file.empty() ? what : "certificate");
  const bool apart = !from.key_file.empty() || !from.key_pem.empty();
  const source key =
      apart ? read_pem(from.key_file, from.key_pem, from.key_file.empty() ? "key given for " + what : "private key") : chain;
  tls_identity id;
  id.chain = parse_certificates(chain);
  id.certificate = std::move(id.chain.front());
  id.chain.erase(id.chain.begin());
  id.key = parse_key(key, from.key_password);
  id.source = chain.name;
  if (X509_check_private_key(id.certificate.get(), id.key.get()) != 1) {
    ERR_clear_error();
    const bool texts = apart && from.key_file.empty() && from.chain_file.empty();
    throw tls_error("the " + key.name + (texts ? " does not belong to it" : " is not the key of the " + chain.name));
  }
  id.names = host_names(id.certificate.get());
  id.out_of_date = dates_wrong(id.certificate.get());
  return id;
}

std::string name_text(const X509_NAME* name) {
  bio_ptr out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string common_name(const X509* certificate) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  int at = -1, last = -1;
  while ((at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0) last = at;
  if (last < 0) return {};
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last)));
  if (size < 0) return {};
  std::string text(reinterpret_cast<char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  return text;
}

std::string time_text(const ASN1_TIME* t) {
  std::tm utc{};
  char text[48];
  if (ASN1_TIME_to_tm(t, &utc) != 1) return "an unreadable date";
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &utc)};
}

std::vector<std::string> host_names(const X509* certificate) {
  std::vector<std::string> all;
  const auto names = alternative_names(certificate);
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* n = sk_GENERAL_NAME_value(names.get(), i);
    if (n->type == GEN_DNS) all.push_back(small(text_of(n->d.dNSName)));
  }
  if (all.empty() && !names)
    if (auto name = common_name(certificate); !name.empty()) all.push_back(small(name));
  return all;
}

tls_peer_certificate describe(const X509* certificate) {
  tls_peer_certificate c{.subject = name_text(X509_get_subject_name(certificate)),
                         .issuer = name_text(X509_get_issuer_name(certificate)),
                         .common_name = common_name(certificate),
                         .names = {},
                         .serial = {},
                         .fingerprint_sha256 = {}};
  const auto names = alternative_names(certificate);
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* n = sk_GENERAL_NAME_value(names.get(), i);
    if (n->type == GEN_DNS) c.names.push_back("DNS:" + std::string(text_of(n->d.dNSName)));
    if (n->type == GEN_EMAIL) c.names.push_back("email:" + std::string(text_of(n->d.rfc822Name)));
    if (n->type == GEN_URI) c.names.push_back("URI:" + std::string(text_of(n->d.uniformResourceIdentifier)));
    if (n->type == GEN_IPADD) c.names.push_back("IP:" + address_of(n->d.iPAddress));
  }
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
  c.serial = hexadecimal(ASN1_STRING_get0_data(serial), static_cast<std::size_t>(ASN1_STRING_length(serial)));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &size) == 1) c.fingerprint_sha256 = hexadecimal(digest, size);
  return c;
}

}  // namespace jackfield::net
