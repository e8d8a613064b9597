#include "wire/http_reply.hpp"

#include "wire/header_list.hpp"
#include "wire/http_text.hpp"

#include <algorithm>

namespace jackfield::wire {

std::string_view http_reply::header(std::string_view name) const noexcept {
  for (const auto& [n, value] : headers)
    if (equal_ignoring_case(n, name)) return value;
  return {};
}

std::size_t http_reply::count(std::string_view name) const noexcept {
  return static_cast<std::size_t>(
      std::count_if(headers.begin(), headers.end(), [&](const auto& line) { return equal_ignoring_case(line.first, name); }));
}

bool http_reply::lists(std::string_view name, std::string_view token) const noexcept {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const auto& line) { return equal_ignoring_case(line.first, name) && lists_token(line.second, token); });
}

}  // namespace jackfield::wire
