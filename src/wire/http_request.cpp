#include "wire/http_request.hpp"

#include "wire/header_list.hpp"
#include "wire/http_host.hpp"
#include "wire/http_text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <limits>

namespace jackfield::wire {

namespace http = boost::beast::http;

namespace {

std::string_view view(boost::beast::string_view text) noexcept { return {text.data(), text.size()}; }

/// Digits only, below 2^53: what every peer in between reads alike.
bool good_length(std::string_view text) noexcept {
  if (text.empty()) return false;
  std::uint64_t n = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    n = n * 10 + static_cast<unsigned>(c - '0');
    if (n >= std::uint64_t{1} << 53) return false;
  }
  return true;
}

constexpr std::size_t shared_bytes = 4096;  // of a head that is built in memory that stays; more than nearly all have

/// Every coding named is identity.
bool only_identity(std::string_view list) noexcept {
  while (list.data() != nullptr) {
    const auto coding = take_element(list, ',');
    if (!coding.empty() && !equal_ignoring_case(coding, "identity")) return false;
  }
  return true;
}

}  // namespace

http_request::http_request() {
  header_limit(std::numeric_limits<std::uint32_t>::max());  // http_head_scan has seen to it
  body_limit(boost::none);                                  // the limit is ours, and may change at the head
}

bool http_request::read_head(std::string_view text, const tls_info_ref& connection) {
  static thread_local http_head::builder shared;  // of one head at a time: its memory serves them all
  if (text.size() > shared_bytes) {
    http_head::builder own(text.size());
    return read_head(text, connection, own);
  }
  shared.clear();  // of what a failure left
  return read_head(text, connection, shared);
}

bool http_request::read_head(std::string_view text, const tls_info_ref& connection, http_head::builder& b) {
  builder_ = &b;
  std::size_t used = 0;
  if (!put_all(text, used)) return false;
  head_done_ = true;
  if (used == text.size()) {
    head_ = b.tls(connection).build();
    return true;
  }
  refusal_ = {400, "malformed request"};
  return false;
}

bool http_request::read(std::string_view input, std::size_t& used) { return put_all(input, used); }

bool http_request::put_all(std::string_view input, std::size_t& used) {
  error_code ec;
  used = put(boost::asio::const_buffer(input.data(), input.size()), ec);
  if (!ec) return true;
  if (refusal_.status == 0) refusal_ = {400, "malformed request"};
  return false;
}

void http_request::on_request_impl(verb, string_view method, string_view target, int version, error_code&) {
  version_ = version;
  builder_->request_line(view(method), view(target), version);
}

void http_request::on_field_impl(field name, string_view name_text, string_view value, error_code& ec) {
  if (head_done_) return;  // trailers are counted and dropped
  refusal_ = check_field(name, view(value));
  if (refusal_.status != 0) {
    ec = http::error::bad_value;
    return;
  }
  builder_->header(view(name_text), view(value));
}

http_refusal http_request::check_field(field name, std::string_view value) noexcept {
  switch (name) {
    case field::host:
      if (++hosts_ > 1) return {400, "more than one Host"};
      return valid_host(value) ? http_refusal{} : http_refusal{400, "malformed Host"};
    case field::content_length:
      if (++lengths_ > 1) return {400, "more than one Content-Length"};
      return good_length(value) ? http_refusal{} : http_refusal{400, "malformed Content-Length"};
    case field::transfer_encoding:
      if (version_ != 11) return {400, "Transfer-Encoding in HTTP/1.0"};
      return equal_ignoring_case(value, "chunked") ? http_refusal{} : http_refusal{400, "Transfer-Encoding is not chunked"};
    case field::connection: upgrade_token_ = upgrade_token_ || lists_token(value, "upgrade"); return {};
    case field::upgrade: upgrade_header_ = true; return {};
    case field::content_encoding: coded_ = coded_ || !only_identity(value); return {};
    case field::expect:
      if (!equal_ignoring_case(value, "100-continue")) return {417, "Expect can only be 100-continue"};
      expects_continue_ = true;
      return {};
    default: return {};
  }
}

void http_request::on_header_impl(error_code& ec) {
  refusal_ = check_header();
  if (refusal_.status != 0) ec = http::error::bad_value;
}

http_refusal http_request::check_header() const noexcept {
  if (hosts_ == 0 && version_ == 11) return {400, "Host is missing"};
  if (coded_ && !is_done()) return {415, "request bodies are not decoded"};
  return {};
}

std::size_t http_request::on_body_impl(string_view piece, error_code&) {
  body_.append(piece.data(), piece.size());
  return piece.size();
}

void http_request::on_chunk_header_impl(std::uint64_t size, string_view, error_code& ec) {
  if (body_.size() <= body_limit_ && size <= body_limit_ - body_.size()) return;
  refusal_ = {413, "body is too big"};
  ec = http::error::body_limit;
}

std::size_t http_request::on_chunk_body_impl(std::uint64_t, string_view piece, error_code&) {
  body_.append(piece.data(), piece.size());
  return piece.size();
}

}  // namespace jackfield::wire
