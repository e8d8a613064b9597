// descriptor_bio: how OpenSSL reads and writes a stream's descriptor: never blocking, never raising SIGPIPE, and not asking the
// kernel again once it had no more. It is OpenSSL's socket BIO otherwise, which can hand the keys of what is sent to the kernel.
// Internal to tls_channel.
#pragma once

#include <openssl/bio.h>

namespace jackfield::net {

class tls_channel;

/// Owned by the SSL object that it is given to. The descriptor is not closed with it.
BIO* make_descriptor_bio(tls_channel& channel, int fd);

}  // namespace jackfield::net
