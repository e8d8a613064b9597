// json: between JSON text and C++ values, for what does not come as an event: bodies of HTTP requests, files, tokens. The way
// back is to_json(value), in value.hpp. Pure, any thread.
#pragma once

#include <jackfield/describe.hpp>
#include <jackfield/result.hpp>
#include <jackfield/value.hpp>

#include <string_view>
#include <type_traits>

namespace jackfield {

namespace detail {
/// Errors: bad_json.
result<value> parse_json(std::string_view text);
}  // namespace detail

/// The value that a text stands for, or a C++ type (describe.hpp). Errors: bad_json for what is no JSON text in UTF-8 (RFC 8259)
/// or nested deeper than 256 levels; bad_argument for what does not fit a T. With repeated keys the last one counts.
template <class T = value>
result<T> from_json(std::string_view text) {
  auto tree = detail::parse_json(text);
  if (!tree) return tree.error();
  if constexpr (std::is_same_v<T, value>)
    return tree;
  else
    return from_value<T>(*tree);
}

}  // namespace jackfield
