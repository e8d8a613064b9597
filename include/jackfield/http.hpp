// The head of an HTTP request: what middlewares, allow_request, handshakes and plain routes see.
// One block of memory per request, immutable after parsing, shared by reference.
#pragma once

#include <jackfield/tls_info.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield {

/// One header line, borrowed from its request.
struct header_view {
  std::string_view name;   // as received
  std::string_view value;  // without the blanks around it
};

/// Immutable. Copies of the ref are cheap and may live on any thread.
class http_head {
 public:
  std::string_view method() const noexcept { return part(method_); }  // as received: "GET"; case counts
  /// The request target as received: path and query, percent-encoded.
  std::string_view target() const noexcept { return part(target_); }
  /// The target up to '?' (or '#'), not decoded.
  std::string_view path() const noexcept;
  /// The target behind '?' (up to '#'), not decoded; empty when there is none.
  std::string_view query_string() const noexcept;
  /// 10 or 11.
  int version() const noexcept { return version_; }

  /// The value of the first header with this name (ASCII case ignored); empty when absent.
  std::string_view header(std::string_view name) const noexcept;
  bool has_header(std::string_view name) const noexcept;                 // whether there is one, be it empty
  std::size_t header_count() const noexcept { return headers_.size(); }  // header lines
  /// The i-th header line, in the order of the request. REQUIRES: i is below header_count().
  header_view header_at(std::size_t i) const noexcept { return {part(headers_[i].name), part(headers_[i].value)}; }

  /// The decoded value of a query parameter; repeated keys: the last one. Nothing when absent. Decoded as URLSearchParams
  /// does: '+' is a blank, a stray '%' stays, bytes that are not UTF-8 become U+FFFD; so the result is valid UTF-8.
  std::optional<std::string> query(std::string_view key) const;
  /// All query parameters, decoded, in order of first appearance, the last value of each.
  std::vector<std::pair<std::string, std::string>> query_parameters() const;

  /// The connection that the request came on is TLS; not what a proxy in front says of its own.
  bool secure() const noexcept { return tls_ != nullptr; }
  /// What is known of that connection: version, cipher, the client's certificate; null: it is not TLS.
  const tls_info* tls() const noexcept { return tls_.get(); }

  /// Builds a head; used by the parser and by tests.
  class builder;

 private:
  struct span {
    std::uint32_t at = 0, size = 0;
  };
  struct line {
    span name, value;
  };
  std::string_view part(span s) const noexcept { return std::string_view(block_).substr(s.at, s.size); }

  std::string block_;
  std::vector<line> headers_;
  span method_, target_;
  tls_info_ref tls_;
  int version_ = 11;

  mutable std::atomic<std::uint32_t> count_{0};
  friend void intrusive_ptr_add_ref(const http_head* p) noexcept { p->count_.fetch_add(1, std::memory_order_relaxed); }
  friend void intrusive_ptr_release(const http_head* p) noexcept {
    if (p->count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete p;
  }
};

/// Keeps a head; counted atomically, so copies may live on any thread.
using http_head_ref = boost::intrusive_ptr<const http_head>;

/// One head, from its parts. Views that lie inside the block it was given are kept as they are; others are copied.
class http_head::builder {
 public:
  builder();  // without a block: everything is copied
  /// `block`: the request line and headers as received; `lines`: how many headers to expect.
  builder(std::string block, std::size_t lines);
  /// The memory that the head will keep; valid until something is copied or build().
  std::string_view block() const noexcept { return head_->block_; }
  /// Sets the request line. `version`: 10 or 11. Nothing is checked, here and in header(): that is the parser's.
  builder& request_line(std::string_view method, std::string_view target, int version = 11);
  builder& header(std::string_view name, std::string_view value);  // adds a header line
  builder& tls(tls_info_ref connection);                           // the request came on a TLS connection; null: it did not
  /// The builder is empty afterwards.
  http_head_ref build();

 private:
  span keep(std::string_view text);

  boost::intrusive_ptr<http_head> head_;
};

}  // namespace jackfield
