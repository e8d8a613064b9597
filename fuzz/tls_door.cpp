// Who knocks at a TLS listener: whatever arrives, in pieces of any size, the handshake ends, nothing of it is left behind, it is
// counted once, and nobody comes in who did not finish it. Input: the size of the pieces, then what the client sends. The names
// that a client asks for and the protocols that it offers are read by callbacks of ours.
#include "net/tls_door.hpp"
#include "support/certificates.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace jackfield;
using namespace jackfield::net;

void require(bool fact) {
  if (!fact) std::abort();
}

std::shared_ptr<tls_server_context> context() {
  const tests::certificate one({.common_name = "one", .names = "DNS:one.test,DNS:*.one.test"});
  const tests::certificate two({.common_name = "two", .names = "DNS:two.test"});
  tls_server_options o;
  for (const auto* c : {&one, &two}) o.certificates.push_back({.chain_pem = c->pem(), .key_pem = c->key_pem()});
  return std::make_shared<tls_server_context>(o);
}

std::uint64_t ends(const tls_counters& c) {
  return c.of(tls_event::completed) + c.of(tls_event::failed) + c.of(tls_event::timed_out) + c.of(tls_event::went) +
         c.of(tls_event::plain_http) + c.of(tls_event::refused);
}

struct place {
  worker w;
  tls_door door{w, context(), std::chrono::milliseconds(2000), [](std::unique_ptr<stream>) { std::abort(); }};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  static place p;
  const auto before = ends(p.door.context().counters());
  int pair[2];
  require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
  p.w.inside([&] { p.door.accept(pair[0]); });
  const std::size_t piece = data[0] == 0 ? size : data[0] * 8u;
  for (std::size_t at = 1; at < size; at += piece) {
    if (::send(pair[1], data + at, std::min(piece, size - at), MSG_NOSIGNAL) <= 0) break;
    p.w.poll();
  }
  ::close(pair[1]);
  for (int i = 0; i < 1000 && (p.door.pending() > 0 || p.w.stream_count() > 0); ++i) p.w.poll();
  require(p.door.pending() == 0 && p.w.stream_count() == 0);
  require(ends(p.door.context().counters()) == before + 1);
  return 0;
}
