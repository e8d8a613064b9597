// The head of an HTTP request: what middlewares, allow_request, handshakes and plain routes see.
// One block of memory per request, with nothing in it but the texts and their lengths: an open session keeps the head of the
// request that opened it. Immutable, shared by reference.
#pragma once

#include <jackfield/tls_info.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>
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
  http_head(const http_head&) = delete;
  http_head& operator=(const http_head&) = delete;

  std::string_view method() const noexcept { return {text(), method_}; }  // as received: "GET"; case counts
  /// The request target as received: path and query, percent-encoded.
  std::string_view target() const noexcept { return {text() + method_, target_}; }
  /// The target up to '?' (or '#'), not decoded.
  std::string_view path() const noexcept;
  /// The target behind '?' (up to '#'), not decoded; empty when there is none.
  std::string_view query_string() const noexcept;
  /// 10 or 11.
  int version() const noexcept { return version_; }

  /// The value of the first header with this name (ASCII case ignored); empty when absent.
  std::string_view header(std::string_view name) const noexcept;
  bool has_header(std::string_view name) const noexcept;  // whether there is one, be it empty
  std::size_t header_count() const noexcept;              // header lines; passes over all of them
  /// The i-th header line, in the order of the request. REQUIRES: i is below header_count(). Passes over the lines before it: to
  /// see all of them use headers().
  header_view header_at(std::size_t i) const noexcept;
  class line_range;
  /// All header lines in the order of the request: `for (const auto& [name, value] : head.headers())`.
  line_range headers() const noexcept;

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
  http_head() noexcept = default;
  ~http_head() = default;
  const char* text() const noexcept { return reinterpret_cast<const char*>(this + 1); }
  const char* first_line() const noexcept { return text() + method_ + target_; }

  // Behind the object: method, target, and for each header line the two lengths, name, value.
  mutable std::atomic<std::uint32_t> count_{0};
  std::uint32_t method_ : 24 = 0, version_ : 8 = 11;
  std::uint32_t target_ = 0, lines_bytes_ = 0;
  tls_info_ref tls_;

  friend void intrusive_ptr_add_ref(const http_head* p) noexcept { p->count_.fetch_add(1, std::memory_order_relaxed); }
  friend void intrusive_ptr_release(const http_head* p) noexcept {
    if (p->count_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(p);
  }
  static void destroy(const http_head* p) noexcept;
};

/// Keeps a head; counted atomically, so copies may live on any thread.
using http_head_ref = boost::intrusive_ptr<const http_head>;

/// The header lines of a head, which lives as long as this is used.
class http_head::line_range {
 public:
  /// An input iterator over header_view.
  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;  // for std::iterator_traits, like those that follow
    using value_type = header_view;                     // a line
    using difference_type = std::ptrdiff_t;             // between two of them
    using pointer = const header_view*;                 // to the line it stands at
    using reference = const header_view&;               // until the next step

    reference operator*() const noexcept { return line_; }  // the line
    pointer operator->() const noexcept { return &line_; }  // the same
    /// To the next line.
    iterator& operator++() noexcept {
      read();
      return *this;
    }
    bool operator==(const iterator& o) const noexcept { return at_ == o.at_; }  // at the same line, or both behind the last

   private:
    friend class line_range;
    iterator(const char* next, const char* end) noexcept : next_(next), end_(end) { read(); }
    void read() noexcept;
    const char* at_ = nullptr;  // null: behind the last line
    const char* next_;
    const char* end_;
    header_view line_;
  };
  iterator begin() const noexcept { return {begin_, end_}; }  // at the first line
  iterator end() const noexcept { return {end_, end_}; }      // behind the last

 private:
  friend class http_head;
  line_range(const char* begin, const char* end) noexcept : begin_(begin), end_(end) {}
  const char* begin_;
  const char* end_;
};

inline http_head::line_range http_head::headers() const noexcept { return {first_line(), first_line() + lines_bytes_}; }

/// One head, from its parts, which are copied.
class http_head::builder {
 public:
  /// `expected_bytes`: about how many all parts have together.
  explicit builder(std::size_t expected_bytes = 0) { text_.reserve(expected_bytes); }
  /// Sets the request line. `version`: 10 or 11. Nothing is checked, here and in header(): that is the parser's.
  builder& request_line(std::string_view method, std::string_view target, int version = 11);
  builder& header(std::string_view name, std::string_view value);  // adds a header line
  builder& tls(tls_info_ref connection);                           // the request came on a TLS connection; null: it did not
  /// The builder is empty afterwards, and keeps its memory.
  http_head_ref build();
  void clear() noexcept;  // the same, without a head

 private:
  std::string text_;  // as it will stand behind the head
  tls_info_ref tls_;
  std::uint32_t method_ = 0, target_ = 0;
  int version_ = 11;
};

}  // namespace jackfield
