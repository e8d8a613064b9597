// header_list: the comma lists of HTTP header values (RFC 9110 §5.6.1), read without allocation. Pure, linear.
#pragma once

#include <string_view>

namespace jackfield::wire {

/// Without blanks and tabs at both ends.
std::string_view trimmed(std::string_view text) noexcept;

/// Takes the next element off the front of `list`, up to `separator` outside a quoted string, trimmed; it may be empty.
/// REQUIRES: list is not exhausted; it is when data() is null, which the last element leaves behind.
std::string_view take_element(std::string_view& list, char separator) noexcept;
/// Is `token` one element of the comma list? ASCII case ignored.
bool lists_token(std::string_view list, std::string_view token) noexcept;

}  // namespace jackfield::wire
