// http_request: one request through Boost.Beast's parser. It is fed a whole head, then pieces of body or whole
// stretches of chunk framing; it keeps the head as an http_head, gathers the body, and refuses what S2, S3 and S8
// refuse and Beast would not. Internal to http_parser.
#pragma once

#include "wire/http_head_scan.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <string>
#include <utility>

namespace jackfield::wire {

class http_request final : public boost::beast::http::basic_parser<true> {
 public:
  http_request();

  /// Parses the whole head, request line to empty line, as http_head_scan found it. False: refusal() says why.
  bool read_head(std::string_view text, const tls_info_ref& connection);
  /// Body bytes or one whole stretch of chunk framing. `used`: how many were taken. False: refused.
  bool read(std::string_view input, std::size_t& used);

  /// What read_head() read; null when it is taken.
  http_head_ref take_head() noexcept { return std::move(head_); }
  std::string& body() noexcept { return body_; }
  /// Chunks that would lead beyond are refused from their line alone.
  void set_body_limit(std::size_t bytes) noexcept { body_limit_ = bytes; }
  bool announces_too_much(std::size_t limit) const { return content_length().value_or(0) > limit; }
  bool upgrades() const noexcept { return version_ == 11 && upgrade_token_ && upgrade_header_; }
  bool expects_continue() const noexcept { return version_ == 11 && expects_continue_; }
  const http_refusal& refusal() const noexcept { return refusal_; }

 private:
  using error_code = boost::beast::error_code;
  using string_view = boost::beast::string_view;
  using verb = boost::beast::http::verb;
  using field = boost::beast::http::field;

  void on_request_impl(verb, string_view method, string_view target, int version, error_code& ec) override;
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(field name, string_view name_text, string_view value, error_code& ec) override;
  void on_header_impl(error_code& ec) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view piece, error_code& ec) override;
  void on_chunk_header_impl(std::uint64_t size, string_view extensions, error_code& ec) override;
  std::size_t on_chunk_body_impl(std::uint64_t remaining, string_view piece, error_code& ec) override;
  void on_finish_impl(error_code&) override {}

  http_refusal check_field(field name, std::string_view value) noexcept;
  http_refusal check_header() const noexcept;
  bool read_head(std::string_view text, const tls_info_ref& connection, http_head::builder& b);
  bool put_all(std::string_view input, std::size_t& used);

  http_head::builder* builder_ = nullptr;  // during read_head()
  http_head_ref head_;
  std::string body_;
  std::size_t body_limit_ = 0;
  http_refusal refusal_;
  int version_ = 11;
  unsigned hosts_ = 0, lengths_ = 0;
  bool head_done_ = false;
  bool coded_ = false;  // Content-Encoding other than identity
  bool upgrade_token_ = false, upgrade_header_ = false, expects_continue_ = false;
};

}  // namespace jackfield::wire
