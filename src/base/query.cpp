#include "base/query.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <utility>

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

enum class role : std::uint8_t { plain, between, equals, coded /* to be decoded or put right */ };

constexpr auto roles = [] {
  std::array<role, 256> table{};
  for (unsigned c = 0x80; c < 256; ++c) table[c] = role::coded;
  table['%'] = table['+'] = role::coded;
  table['&'] = role::between;
  table['='] = role::equals;
  return table;
}();

constexpr role role_of(char c) noexcept { return roles[static_cast<unsigned char>(c)]; }

std::string decoded(std::string_view text) { return well_formed(percent_decoded(text)); }

/// One name=value, as written.
struct parameter {
  std::string_view name;
  query_text value;
  bool plain_name = true;
};

/// Takes the next one off the front; empty ones are passed over. False: none is left.
bool take_parameter(std::string_view& query, parameter& one) noexcept {
  const char* at = query.data();
  const char* const end = at + query.size();
  while (at != end && *at == '&') ++at;
  const char* const name = at;
  const char* value = nullptr;  // null: no '=' yet
  bool plain = true;
  for (; at != end; ++at) {
    const auto r = role_of(*at);
    if (r == role::plain) [[likely]]
      continue;
    if (r == role::between) break;
    if (r == role::coded) {
      plain = false;
    } else if (value == nullptr) {
      value = at + 1;
      one.plain_name = std::exchange(plain, true);
    }
  }
  query = {at, end};
  if (at == name) return false;
  if (value == nullptr) {
    one.plain_name = plain;
    one.name = {name, at};
    one.value = {{}, true};
  } else {
    one.name = {name, value - 1};
    one.value = {{value, at}, plain};
  }
  return true;
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

bool query_text::operator==(std::string_view text) const {
  return there_ && (plain_ ? written_ == text : base::decoded(written_) == text);
}

std::string query_text::decoded() const { return plain_ ? std::string(written_) : base::decoded(written_); }

void find_parameters(std::string_view query, std::span<const std::string_view> keys, std::span<query_text> found) {
  parameter one;
  std::string room;
  while (take_parameter(query, one)) {
    const auto name = one.plain_name ? one.name : std::string_view(room = decoded(one.name));
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (name == keys[i]) found[i] = one.value;
    }
  }
}

std::optional<std::string> query_value(std::string_view query, std::string_view key) {
  query_text found;
  find_parameters(query, {&key, 1}, {&found, 1});
  return found ? std::optional(found.decoded()) : std::nullopt;
}

parameter_list query_parameters(std::string_view query) {
  parameter_list all;
  parameter one;
  while (take_parameter(query, one)) all.emplace_back(query_text(one.name, one.plain_name).decoded(), one.value.decoded());
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
