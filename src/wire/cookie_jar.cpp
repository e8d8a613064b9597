#include "wire/cookie_jar.hpp"

#include "wire/header_list.hpp"
#include "wire/http_text.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace jackfield::wire {

namespace {

/// Not take_element(): quotation marks mean nothing in Set-Cookie.
std::string_view take_until(std::string_view& text, char separator) noexcept {
  const auto end = text.find(separator);
  const auto head = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return trimmed(head);
}

/// RFC 6265 §5.1.4: up to the last slash.
std::string default_path(std::string_view request_path) {
  const auto last = request_path.rfind('/');
  if (!request_path.starts_with('/') || last == 0) return "/";
  return std::string(request_path.substr(0, last));
}

bool path_matches(std::string_view request, std::string_view of_cookie) noexcept {
  if (!request.starts_with(of_cookie)) return false;
  return request.size() == of_cookie.size() || of_cookie.ends_with('/') || request[of_cookie.size()] == '/';
}

/// Seconds from now; out of range counts as the nearest end.
std::optional<cookie_time> parse_max_age(std::string_view text, cookie_time now) noexcept {
  constexpr long long century = 100LL * 366 * 86400;
  long long n = 0;
  const auto [end, e] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (end != text.data() + text.size() || text.empty() || e == std::errc::invalid_argument) return std::nullopt;
  if (e == std::errc::result_out_of_range) n = text.front() == '-' ? 0 : century;
  if (n <= 0) return cookie_time::min();
  return now + std::chrono::seconds(std::min(n, century));
}

}  // namespace

bool cookie_jar::read(std::string_view text, std::string_view request_path, cookie_time now, cookie& out) {
  if (text.size() > most_bytes || !header_value(text)) return false;
  auto pair = text.substr(0, text.find(';'));
  auto rest = text.substr(std::min(text.size(), pair.size() + 1));
  if (pair.find('=') == std::string_view::npos) return false;
  out.name = take_until(pair, '=');
  out.value = trimmed(pair);
  if (out.name.empty()) return false;
  std::optional<cookie_time> expires, max_age;
  out.path = default_path(request_path);
  while (!rest.empty()) {
    auto attribute = take_until(rest, ';');
    const auto name = take_until(attribute, '=');
    const auto value = trimmed(attribute);
    if (equal_ignoring_case(name, "expires")) {
      if (const auto t = parse_cookie_date(value)) expires = t;
    } else if (equal_ignoring_case(name, "max-age")) {
      if (const auto t = parse_max_age(value, now)) max_age = t;
    } else if (equal_ignoring_case(name, "path")) {
      out.path = value.starts_with('/') ? std::string(value) : default_path(request_path);
    } else if (equal_ignoring_case(name, "secure")) {
      out.secure = true;
    }
  }
  if (max_age)
    out.until = *max_age;  // it counts, whichever stands first
  else if (expires)
    out.until = *expires;
  return true;
}

void cookie_jar::take(std::string_view set_cookie, std::string_view path, cookie_time now) {
  cookie c;
  if (!read(set_cookie, path, now, c)) return;
  const auto same =
      std::find_if(cookies_.begin(), cookies_.end(), [&](const cookie& k) { return k.name == c.name && k.path == c.path; });
  if (same != cookies_.end()) {
    if (c.until > now)
      *same = std::move(c);
    else
      cookies_.erase(same);
    return;
  }
  if (c.until <= now) return;
  if (cookies_.size() >= most_cookies) cookies_.erase(cookies_.begin());
  cookies_.push_back(std::move(c));
}

std::string cookie_jar::header(std::string_view path, bool secure, cookie_time now) {
  cookies_.erase(std::remove_if(cookies_.begin(), cookies_.end(), [&](const cookie& c) { return c.until <= now; }),
                 cookies_.end());
  std::vector<const cookie*> fit;
  for (const auto& c : cookies_)
    if (path_matches(path, c.path) && (secure || !c.secure)) fit.push_back(&c);
  std::stable_sort(fit.begin(), fit.end(), [](auto* a, auto* b) { return a->path.size() > b->path.size(); });
  std::string out;
  for (const auto* c : fit) {
    if (!out.empty()) out += "; ";
    ((out += c->name) += '=') += c->value;
  }
  return out;
}

}  // namespace jackfield::wire
