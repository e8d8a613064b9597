// http_reply: an answer to one of our requests, as it was received.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::wire {

struct http_reply {
  int status = 0;
  int version = 11;
  std::vector<std::pair<std::string, std::string>> headers{};  // as received, in order
  std::string body{};

  /// The value of the first header with this name (ASCII case ignored); empty when absent.
  std::string_view header(std::string_view name) const noexcept;
  /// How many lines have this name.
  std::size_t count(std::string_view name) const noexcept;
  /// One of its lines lists the token.
  bool lists(std::string_view name, std::string_view token) const noexcept;
};

}  // namespace jackfield::wire
