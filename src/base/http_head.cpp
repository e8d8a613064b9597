#include <jackfield/http.hpp>

#include "base/query.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace jackfield {

namespace {

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same_name(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::string_view http_head::path() const noexcept {
  const auto t = target();
  return t.substr(0, t.find_first_of("?#"));
}

std::string_view http_head::query_string() const noexcept {
  auto t = target();
  t = t.substr(0, t.find('#'));
  const auto mark = t.find('?');
  return mark == std::string_view::npos ? std::string_view() : t.substr(mark + 1);
}

std::string_view http_head::header(std::string_view name) const noexcept {
  for (const auto& l : headers_) {
    if (same_name(part(l.name), name)) return part(l.value);
  }
  return {};
}

bool http_head::has_header(std::string_view name) const noexcept {
  return std::any_of(headers_.begin(), headers_.end(), [&](const line& l) { return same_name(part(l.name), name); });
}

std::optional<std::string> http_head::query(std::string_view key) const { return base::query_value(query_string(), key); }

std::vector<std::pair<std::string, std::string>> http_head::query_parameters() const {
  return base::query_parameters(query_string());
}

http_head::builder::builder() : head_(new http_head) {}

http_head::builder::builder(std::string block, std::size_t lines) : head_(new http_head) {
  head_->block_ = std::move(block);
  head_->headers_.reserve(lines);
}

http_head::span http_head::builder::keep(std::string_view text) {
  auto& block = head_->block_;
  const std::less_equal<const char*> before;
  if (before(block.data(), text.data()) && before(text.data() + text.size(), block.data() + block.size())) {
    return {static_cast<std::uint32_t>(text.data() - block.data()), static_cast<std::uint32_t>(text.size())};
  }
  const span s{static_cast<std::uint32_t>(block.size()), static_cast<std::uint32_t>(text.size())};
  block.append(text);
  return s;
}

http_head::builder& http_head::builder::request_line(std::string_view method, std::string_view target, int version) {
  head_->method_ = keep(method);
  head_->target_ = keep(target);
  head_->version_ = version;
  return *this;
}

http_head::builder& http_head::builder::header(std::string_view name, std::string_view value) {
  const auto n = keep(name);
  head_->headers_.push_back({n, keep(value)});
  return *this;
}

http_head::builder& http_head::builder::tls(tls_info_ref connection) {
  head_->tls_ = std::move(connection);
  return *this;
}

http_head_ref http_head::builder::build() { return std::exchange(head_, nullptr); }

}  // namespace jackfield
