// cookie_date: the dates of Expires attributes, in all the forms that servers write (RFC 6265 §5.1.1). Pure, linear.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace jackfield::wire {

using cookie_time = std::chrono::sys_seconds;

/// Nothing: not a date.
std::optional<cookie_time> parse_cookie_date(std::string_view text) noexcept;

}  // namespace jackfield::wire
