#include "pages.hpp"

#include "base/entity_tag.hpp"

#include <zlib.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>

namespace jackfield::app {

namespace {

constexpr std::string_view policy =
    "default-src 'self'; connect-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; "
    "frame-ancestors 'none'";

struct page {
  std::string_view bytes, type;
  std::string packed, tag;
};

std::string_view type_of(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  throw std::logic_error("no media type for " + std::string(name));
}

std::string gzip(std::string_view text) {
  z_stream z{};
  if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  std::string out(deflateBound(&z, text.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  const int end = deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  if (end != Z_STREAM_END) throw std::logic_error("a page could not be compressed");
  return out;
}

/// Does an Accept-Encoding line take gzip? Exact tokens with a weight that is not zero.
bool takes_gzip(std::string_view accepted) {
  while (!accepted.empty()) {
    const auto comma = accepted.find(',');
    std::string_view one = accepted.substr(0, comma);
    accepted.remove_prefix(comma == std::string_view::npos ? accepted.size() : comma + 1);
    one.remove_prefix(std::min(one.find_first_not_of(" \t"), one.size()));
    const auto semicolon = one.find(';');
    std::string_view name = one.substr(0, semicolon),
                     rest = semicolon == std::string_view::npos ? std::string_view() : one.substr(semicolon);
    name = name.substr(0, name.find_last_not_of(" \t") + 1);
    const auto q = rest.find("q=");
    const bool zero = q != std::string_view::npos && rest.find_first_of("123456789", q) == std::string_view::npos;
    if ((name == "gzip" || name == "*") && !zero) return true;
  }
  return false;
}

void answer(const page& p, const http_request& q, http_reply reply) {
  reply.header("ETag", p.tag).header("Cache-Control", "no-cache").header("Vary", "Accept-Encoding");
  reply.header("Content-Security-Policy", policy).header("X-Content-Type-Options", "nosniff");
  reply.header("Referrer-Policy", "no-referrer").header("Cross-Origin-Opener-Policy", "same-origin");
  if (base::names_entity_tag(q.head().header("if-none-match"), p.tag)) return reply.status(304).send({}, {});
  if (!takes_gzip(q.head().header("accept-encoding"))) return reply.send(p.bytes, p.type);
  reply.header("Content-Encoding", "gzip").send(p.packed, p.type);
}

}  // namespace

void serve_pages(routes& http) {
  for (const auto& f : embedded_files()) {
    const auto p = std::make_shared<const page>(page{f.bytes, type_of(f.name), gzip(f.bytes), base::entity_tag(f.bytes)});
    const std::string path = f.name == "index.html" ? "/" : "/chat/" + std::string(f.name);
    http.get(path, [p](const http_request& q, http_reply reply) { answer(*p, q, std::move(reply)); });
  }
}

}  // namespace jackfield::app
