#include <jackfield/http.hpp>

#include "base/query.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace jackfield {

namespace {

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same_name(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

// A length: seven bits a byte, the low ones first, the top bit where more follow. Two bytes for most lines.
constexpr std::size_t length_bytes(std::size_t n) noexcept {
  std::size_t bytes = 1;
  for (; n >= 0x80; n >>= 7) ++bytes;
  return bytes;
}

char* put_length(char* out, std::size_t n) noexcept {
  for (; n >= 0x80; n >>= 7) *out++ = static_cast<char>(n | 0x80);
  *out++ = static_cast<char>(n);
  return out;
}

std::size_t take_length(const char*& at) noexcept {
  std::size_t n = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto b = static_cast<unsigned char>(*at++);
    n |= static_cast<std::size_t>(b & 0x7f) << shift;
    if (b < 0x80) return n;
  }
}

}  // namespace

std::string_view http_head::path() const noexcept {
  const auto t = target();
  const auto end =
      std::find_if(t.begin(), t.end(), [](char c) { return c == '?' || c == '#'; });  // find_first_of is a call for each
  return t.substr(0, static_cast<std::size_t>(end - t.begin()));
}

std::string_view http_head::query_string() const noexcept {
  auto t = target();
  t = t.substr(0, t.find('#'));
  const auto mark = t.find('?');
  return mark == std::string_view::npos ? std::string_view() : t.substr(mark + 1);
}

void http_head::line_range::iterator::read() noexcept {
  at_ = next_ == end_ ? nullptr : next_;
  if (at_ == nullptr) return;
  const auto name = take_length(next_), value = take_length(next_);
  line_ = {{next_, name}, {next_ + name, value}};
  next_ += name + value;
}

std::string_view http_head::header(std::string_view name) const noexcept {
  for (const auto& l : headers()) {
    if (same_name(l.name, name)) return l.value;
  }
  return {};
}

bool http_head::has_header(std::string_view name) const noexcept {
  const auto all = headers();
  return std::any_of(all.begin(), all.end(), [&](const header_view& l) { return same_name(l.name, name); });
}

std::size_t http_head::header_count() const noexcept {
  std::size_t n = 0;
  for ([[maybe_unused]] const auto& line : headers()) ++n;
  return n;
}

header_view http_head::header_at(std::size_t i) const noexcept {
  auto at = headers().begin();
  for (; i > 0; --i) ++at;
  return *at;
}

void http_head::destroy(const http_head* p) noexcept {
  p->~http_head();
  ::operator delete(const_cast<http_head*>(p));
}

std::optional<std::string> http_head::query(std::string_view key) const { return base::query_value(query_string(), key); }

std::vector<std::pair<std::string, std::string>> http_head::query_parameters() const {
  return base::query_parameters(query_string());
}

http_head::builder& http_head::builder::request_line(std::string_view method, std::string_view target, int version) {
  text_.erase(0, method_ + target_);
  text_.insert(0, method).insert(method.size(), target);
  method_ = static_cast<std::uint32_t>(method.size());
  target_ = static_cast<std::uint32_t>(target.size());
  version_ = version;
  return *this;
}

http_head::builder& http_head::builder::header(std::string_view name, std::string_view value) {
  const auto before = text_.size();
  text_.resize(before + length_bytes(name.size()) + length_bytes(value.size()) + name.size() + value.size());
  char* at = put_length(put_length(text_.data() + before, name.size()), value.size());
  at = std::copy(name.begin(), name.end(), at);
  std::copy(value.begin(), value.end(), at);
  return *this;
}

http_head::builder& http_head::builder::tls(tls_info_ref connection) {
  tls_ = std::move(connection);
  return *this;
}

http_head_ref http_head::builder::build() {
  auto* head = ::new (::operator new(sizeof(http_head) + text_.size())) http_head;
  const http_head_ref made(head);
  head->method_ = method_ & 0xff'ffffu;
  head->target_ = target_;
  head->lines_bytes_ = static_cast<std::uint32_t>(text_.size() - method_ - target_);
  head->version_ = static_cast<std::uint8_t>(version_);
  head->tls_ = std::move(tls_);
  std::memcpy(reinterpret_cast<char*>(head + 1), text_.data(), text_.size());
  clear();
  return made;
}

void http_head::builder::clear() noexcept {
  text_.clear();
  tls_.reset();
  method_ = target_ = 0;
  version_ = 11;
}

}  // namespace jackfield
