#include "base/query.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <numeric>

namespace jackfield::base {
namespace {

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
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

/// Nothing in it is to be decoded or put right.
bool is_plain(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c != '%' && c != '+' && static_cast<unsigned char>(c) < 0x80; });
}

std::string decoded(std::string_view text) { return is_plain(text) ? std::string(text) : well_formed(percent_decoded(text)); }

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

/// A key that is written as it is, or by percent signs; so all that are asked for by this program.
bool is_simple(std::string_view key) noexcept { return is_plain(key) && key.find(' ') == std::string_view::npos; }

/// Names are decoded only where they hold something to decode.
bool names(std::string_view written, std::string_view key, bool simple_key) {
  if (simple_key && (written.size() <= key.size() || written.find('%') == std::string_view::npos)) return written == key;
  return is_plain(written) ? written == key : decoded(written) == key;
}

/// One of each name stays: where the first stood, with the value of the last. By sorting: a query may be 4,000 names long.
void keep_last_values(parameter_list& all) {
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

std::optional<std::string> query_value(std::string_view query, std::string_view key) {
  std::string_view name, value;
  std::optional<std::string_view> found;
  const bool simple = is_simple(key);
  const bool written_plainly = simple && query.find('%') == std::string_view::npos;
  if (written_plainly && query.find(key) == std::string_view::npos) return std::nullopt;  // most that are asked for are not there
  while (take_parameter(query, name, value)) {
    if (names(name, key, simple)) found = value;
  }
  if (!found) return std::nullopt;
  return decoded(*found);
}

parameter_list query_parameters(std::string_view query) {
  parameter_list all;
  std::string_view name, value;
  while (take_parameter(query, name, value)) all.emplace_back(decoded(name), decoded(value));
  keep_last_values(all);
  return all;
}

void append_uri_component(std::string& out, std::string_view text) {
  static constexpr std::string_view kept = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()";
  static constexpr char digits[] = "0123456789ABCDEF";
  for (const char c : text) {
    if (kept.find(c) != std::string_view::npos) {
      out.push_back(c);
    } else {
      const auto u = static_cast<unsigned char>(c);
      out.append({'%', digits[u >> 4], digits[u & 15]});
    }
  }
}

}  // namespace jackfield::base
