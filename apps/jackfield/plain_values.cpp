#include "plain_values.hpp"

#include "base/base64.hpp"

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace jackfield::app {
namespace {

/// v with every value in it replaced by f of it, where f has something to say.
template <class F>
value mapped(const value& v, F f) {
  if (auto other = f(v)) return *std::move(other);
  if (const auto* list = v.if_array()) {
    array out;
    for (const auto& each : *list) out.push_back(mapped(each, f));
    return out;
  }
  if (const auto* members = v.if_object()) {
    object out;
    for (const auto& [key, each] : *members) out.append(key, mapped(each, f));
    return out;
  }
  return v;
}

/// A line is a few levels more than what it shows.
bool can_be_shown(const array& all) {
  try {
    to_json(array{array{all}});
    return true;
  } catch (const std::length_error&) {
    return false;
  }
}

}  // namespace

value to_plain(const value& v) {
  return mapped(v, [](const value& each) -> std::optional<value> {
    const auto* b = each.if_binary();
    if (b == nullptr) return std::nullopt;
    std::string text;
    base::base64_encode(*b, text);
    return value(object{{"$bin", std::move(text)}});
  });
}

value to_plain(const args& all) {
  array out;
  for (const auto a : all) out.push_back(to_plain(a.parse()));
  return can_be_shown(out) ? value(std::move(out)) : value(array{"<nested too deep to be shown>"});
}

value from_plain(const value& v) {
  return mapped(v, [](const value& each) -> std::optional<value> {
    if (!each["$bin"].is_string()) return std::nullopt;
    bytes out;
    if (!base::base64_decode(each["$bin"].text_or({}), out)) throw std::invalid_argument("what stands in $bin is not base64");
    return value(std::move(out));
  });
}

}  // namespace jackfield::app
