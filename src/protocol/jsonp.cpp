#include "protocol/jsonp.hpp"

#include "base/json.hpp"
#include "base/query.hpp"

#include <algorithm>

namespace jackfield::protocol {
namespace {

/// What JSON may hold in a string and a script, or a page around it, may not.
struct unsafe {
  std::string_view text, escaped;
};
constexpr unsafe unsafe_texts[]{{"<", "\\u003c"}, {"\xE2\x80\xA8", "\\u2028"}, {"\xE2\x80\xA9", "\\u2029"}};

/// The length of the unsafe text that `at` begins with, whose escape is appended; 0: it begins with none.
std::size_t escape(std::string_view at, std::string& out) {
  for (const auto& u : unsafe_texts) {
    if (!at.starts_with(u.text)) continue;
    out += u.escaped;
    return u.text.size();
  }
  return 0;
}

}  // namespace

std::string jsonp_index(std::string_view j) {
  std::string digits;
  std::copy_if(j.begin(), j.end(), std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
  return digits;
}

std::string jsonp_script(std::string_view index, std::string_view payload) {
  std::string json;
  base::json::write_string(payload, json);
  std::string out = "___eio[";
  (out += index) += "](";
  for (std::string_view rest = json; !rest.empty();) {
    const auto plain = std::min(rest.find_first_of("<\xE2"), rest.size());
    out += rest.substr(0, plain);
    rest.remove_prefix(plain);
    if (rest.empty()) break;
    const auto taken = escape(rest, out);
    if (taken == 0) out += rest.front();
    rest.remove_prefix(std::max<std::size_t>(taken, 1));
  }
  return out += ");";
}

std::optional<std::string> jsonp_payload(std::string_view form) {
  auto payload = base::query_value(form, "d");
  if (!payload) return payload;
  auto& text = *payload;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto rest = std::string_view(text).substr(i);
    if (rest.starts_with("\\\\n")) {
      text[kept++] = '\\';
      text[kept++] = 'n';
      i += 3;
    } else if (rest.starts_with("\\n")) {
      text[kept++] = '\n';
      i += 2;
    } else {
      text[kept++] = text[i++];
    }
  }
  text.resize(kept);
  return payload;
}

}  // namespace jackfield::protocol
