#include "wire/header_list.hpp"

#include "wire/http_text.hpp"

namespace jackfield::wire {

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string_view take_element(std::string_view& list, char separator) noexcept {
  bool quoted = false;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (quoted && list[i] == '\\') {
      ++i;
    } else if (list[i] == '"') {
      quoted = !quoted;
    } else if (list[i] == separator && !quoted) {
      const auto element = trimmed(list.substr(0, i));
      list.remove_prefix(i + 1);
      return element;
    }
  }
  const auto element = trimmed(list);
  list = {};
  return element;
}

bool lists_token(std::string_view list, std::string_view token) noexcept {
  if (equal_ignoring_case(list, token)) return true;  // mostly it is alone
  while (list.data() != nullptr) {
    if (equal_ignoring_case(take_element(list, ','), token)) return true;
  }
  return false;
}

}  // namespace jackfield::wire
