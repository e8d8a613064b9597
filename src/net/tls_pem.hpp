// tls_pem: certificates and keys from PEM, as files or text, checked against each other before anybody relies on them.
// Errors: tls_error with a sentence that names the file. Any thread; reads files, so not inside a turn of a busy worker.
#pragma once

#include "net/openssl_ptr.hpp"

#include <jackfield/tls.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace jackfield::net {

/// A certificate that can be shown: its key belongs to it.
struct tls_identity {
  x509_ptr certificate;
  std::vector<x509_ptr> chain;  // the intermediate ones
  pkey_ptr key;
  std::string source;              // for sentences: the file, or "certificate 2"
  std::vector<std::string> names;  // of hosts, in small letters; wildcards as "*.example.com"
  /// Empty, or why its dates are wrong now.
  std::string out_of_date;
};

/// `number`: its place in the list of certificates, for sentences about text.
tls_identity load_identity(const tls_certificate& from, std::size_t number);
/// All certificates of a PEM file, or of text where `file` is empty.
std::vector<x509_ptr> load_certificates(const std::string& file, const std::string& text, std::string_view what);

/// "CN=a,O=b"
std::string name_text(const X509_NAME* name);
/// The last common name; empty: none.
std::string common_name(const X509* certificate);
/// "2030-01-31 12:00:00 UTC"
std::string time_text(const ASN1_TIME* t);
/// The hosts that a certificate is for: its DNS names, or the common name where it has none.
std::vector<std::string> host_names(const X509* certificate);
/// Everything about a certificate that was verified.
tls_peer_certificate describe(const X509* certificate);

}  // namespace jackfield::net
