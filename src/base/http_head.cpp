#include <jackfield/http.hpp>

#include "base/utf8.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

namespace jackfield {

namespace {

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same_name(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

// As the Encoding Standard decodes: the longest prefix that some character could begin with becomes one U+FFFD.
std::string well_formed(std::string text) {
  if (base::valid_utf8(text)) return text;
  std::string out;
  std::size_t begin = 0;  // of the character in work
  base::utf8_state state;
  for (std::size_t i = 0; i < text.size();) {
    if (base::utf8_feed(state, std::string_view(text).substr(i, 1))) {
      ++i;
      if (!complete(state)) continue;
      out.append(text, begin, i - begin);
    } else {
      out += "\xEF\xBF\xBD";
      if (i == begin) ++i;  // it cannot even begin a character; otherwise it may begin the next one
      state = {};
    }
    begin = i;
  }
  if (begin < text.size()) out += "\xEF\xBF\xBD";
  return out;
}

std::string decoded(std::string_view text) { return well_formed(percent_decoded(text)); }

/// Takes the next name=value off the front; empty ones are passed over. False: none is left.
bool take_parameter(std::string_view& query, std::string_view& name, std::string_view& value) noexcept {
  while (!query.empty()) {
    const auto one = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), one.size() + 1));
    if (one.empty()) continue;
    const auto equals = one.find('=');
    name = one.substr(0, equals);
    value = equals == std::string_view::npos ? std::string_view() : one.substr(equals + 1);
    return true;
  }
  return false;
}

/// Names are decoded only where they hold something to decode.
bool names(std::string_view written, std::string_view key) {
  const bool plain = written.find_first_of("%+") == std::string_view::npos && base::ascii_prefix(written) == written.size();
  return plain ? written == key : decoded(written) == key;
}

using parameters = std::vector<std::pair<std::string, std::string>>;

/// One of each name stays: where the first stood, with the value of the last. By sorting: a query may be 4,000 names long.
void keep_last_values(parameters& all) {
  std::vector<std::size_t> order(all.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return all[a].first < all[b].first; });
  std::vector<char> repeats(all.size(), 0);
  for (std::size_t i = 1, first = 0; i < order.size(); ++i) {
    if (all[order[i]].first != all[order[first]].first) {
      first = i;
    } else {
      repeats[order[i]] = 1;
      all[order[first]].second = std::move(all[order[i]].second);
    }
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (repeats[i] != 0) continue;
    if (kept != i) all[kept] = std::move(all[i]);
    ++kept;
  }
  all.resize(kept);
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

std::optional<std::string> http_head::query(std::string_view key) const {
  auto rest = query_string();
  std::string_view name, value;
  std::optional<std::string_view> found;
  while (take_parameter(rest, name, value)) {
    if (names(name, key)) found = value;
  }
  if (!found) return std::nullopt;
  return decoded(*found);
}

std::vector<std::pair<std::string, std::string>> http_head::query_parameters() const {
  std::vector<std::pair<std::string, std::string>> all;
  auto rest = query_string();
  std::string_view name, value;
  while (take_parameter(rest, name, value)) all.emplace_back(decoded(name), decoded(value));
  keep_last_values(all);
  return all;
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

http_head_ref http_head::builder::build() { return std::exchange(head_, nullptr); }

}  // namespace jackfield
