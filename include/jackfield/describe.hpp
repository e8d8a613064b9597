// describe: C++ types ↔ value. What event handlers' parameters and emitted arguments go through.
//
//   C++                                   value
//   bool                                  boolean
//   integers                              number: whole and in range, 5.0 counts as 5
//   float, double                         number
//   std::string                           string (also from std::string_view, const char*)
//   bytes                                 binary (also from bytes_view)
//   std::optional<T>                      null, or T; as a member of a struct it may be absent
//   std::vector<T>, list, deque, set      array
//   std::array<T, N>                      array of exactly N
//   std::tuple, std::pair                 array of that length; optionals at its end may be absent
//   maps with std::string keys            object
//   std::variant                          the first alternative that fits; std::monostate is null
//   std::chrono::duration                 number: its count; whole when that is
//   std::chrono::system_clock times       string: ISO 8601 in UTC, to the millisecond; also from milliseconds since 1970
//   enum with BOOST_DESCRIBE_ENUM         string: the enumerator's name; also from its number. See enum_written_as
//   struct with BOOST_DESCRIBE_STRUCT     object: members by name, those of described bases too. See unknown_members_of
//   value, object                         as it is
//
//   struct message { std::string room, text; std::optional<int> number; };
//   BOOST_DESCRIBE_STRUCT(message, (), (room, text, number))
//
// For any other type, two functions next to it:
//
//   jf::value tag_invoke(jf::to_value_tag, const point& p);
//   jf::result<point> tag_invoke(jf::from_value_tag<point>, const jf::value& v);
//
// They win over everything above. Types read as parts of others must be default constructible. Errors of from_value:
// bad_argument with a text that names the path, as in `author.name is missing` or `tags[2]: expected a string, not null`.
// Any thread. Not for values nested deeper than the types that they are read into.
#pragma once

#include <jackfield/bytes.hpp>
#include <jackfield/result.hpp>
#include <jackfield/value.hpp>

#include <boost/describe/bases.hpp>
#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/describe/enum_to_string.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>

#include <array>
#include <chrono>
#include <cmath>
#include <concepts>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace jackfield {

/// Names a conversion of one's own to tag_invoke: of a C++ value to a value.
struct to_value_tag {};
/// The other way: of a value to a T.
template <class T>
struct from_value_tag {};

/// How a described enum is written. To have its numbers: `template <> inline constexpr auto jf::enum_written_as<color> =
/// jf::enum_form::number;` Both are read, as long as there is such an enumerator.
enum class enum_form : std::uint8_t {
  name,    // the enumerator's name, a string
  number,  // its number
};
/// How E is written. Specialize it for another form than its names.
template <class E>
inline constexpr enum_form enum_written_as = enum_form::name;

/// What a struct makes of members that it does not have. `template <> inline constexpr auto jf::unknown_members_of<message> =
/// jf::unknown_members::refused;`
enum class unknown_members : std::uint8_t {
  ignored,  // they are not looked at
  refused,  // an object that has some does not fit: "colour is unknown"
};
/// What T makes of members that it does not have. Specialize it to refuse them.
template <class T>
inline constexpr unknown_members unknown_members_of = unknown_members::ignored;

namespace detail {

/// Why a value does not fit, and where: the path grows from the inside out.
struct misfit {
  std::string path;
  std::string text;

  bool expected(std::string_view what, const value& instead);  // all return false
  bool says(std::string what);
  bool missing();
  bool inside(std::string_view member);
  bool inside(std::size_t index);
  /// "author.name is missing", "tags[2]: expected a string, not null".
  std::string message() const;
  /// The same of the N-th argument, from 0: "argument 1.author.name is missing".
  std::string message(std::size_t argument) const;
};

bool read_integer(const value& v, std::int64_t& out) noexcept;
bool read_integer(const value& v, std::uint64_t& out) noexcept;
/// ISO 8601, or a number: milliseconds since 1970.
bool read_date(const value& v, std::int64_t& ms) noexcept;
/// Null outside of a Date's range.
value date_value(std::int64_t ms);

template <class T>
concept custom_written = requires(const T& t) {
  { tag_invoke(to_value_tag{}, t) } -> std::convertible_to<value>;
};
template <class T>
concept custom_read = requires(const value& v) {
  { tag_invoke(from_value_tag<T>{}, v) } -> std::same_as<result<T>>;
};

template <class T, template <class...> class Template>
inline constexpr bool is_a = false;
template <class... A, template <class...> class Template>
inline constexpr bool is_a<Template<A...>, Template> = true;

template <class T>
inline constexpr bool is_std_array = false;
template <class T, std::size_t N>
inline constexpr bool is_std_array<std::array<T, N>> = true;

template <class T>
concept tuple_shaped = is_a<T, std::tuple> || is_a<T, std::pair>;
template <class T>
concept string_map = requires(T t) {
  typename T::mapped_type;
  requires std::same_as<typename T::key_type, std::string>;
  t.insert_or_assign(std::string(), std::declval<typename T::mapped_type>());
};
template <class T>
concept sequence = std::ranges::range<T> && requires(T t) {
  typename T::value_type;
  t.clear();
  t.insert(t.end(), std::declval<typename T::value_type>());
} && !std::convertible_to<const T&, std::string_view> && !requires {
  typename T::mapped_type;
};
template <class T>
inline constexpr bool is_duration = false;
template <class R, class P>
inline constexpr bool is_duration<std::chrono::duration<R, P>> = true;
template <class T>
inline constexpr bool is_system_time = false;
template <class D>
inline constexpr bool is_system_time<std::chrono::time_point<std::chrono::system_clock, D>> = true;
template <class T>
concept described_enum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;
template <class T>
concept described_struct = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

template <class T>
using members_of = boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

template <class>
inline constexpr bool unsupported = false;

template <class T>
bool fit(const value& v, T& out, misfit& why);

template <std::integral I>
bool fit_integer(const value& v, I& out, misfit& why) {
  std::conditional_t<std::is_signed_v<I>, std::int64_t, std::uint64_t> wide = 0;
  if (!v.is_number()) return why.expected("an integer", v);
  if (!read_integer(v, wide) || !std::in_range<I>(wide)) return why.says("the number is not whole or out of range");
  out = static_cast<I>(wide);
  return true;
}

template <class T>
bool fit_sequence(const value& v, T& out, misfit& why) {
  const auto* a = v.if_array();
  if (!a) return why.expected("an array", v);
  out.clear();
  if constexpr (requires { out.reserve(a->size()); }) out.reserve(a->size());
  std::size_t at = 0;
  for (const auto& element : *a) {
    typename T::value_type t{};
    if (!fit(element, t, why)) return why.inside(at);
    out.insert(out.end(), std::move(t));
    ++at;
  }
  return true;
}

template <class R, class P>
bool fit_duration(const value& v, std::chrono::duration<R, P>& out, misfit& why) {
  R count{};
  if (!fit(v, count, why)) return false;
  out = std::chrono::duration<R, P>(count);
  return true;
}

/// The range of D, in milliseconds: nanoseconds in 64 bits end in the year 2262.
template <class D>
bool fit_time(const value& v, std::chrono::time_point<std::chrono::system_clock, D>& out, misfit& why) {
  std::int64_t ms = 0;
  if (!read_date(v, ms)) return why.expected("a date", v);
  const std::chrono::duration<double, std::milli> exact(static_cast<double>(ms));
  if (exact >= D::max() || exact <= D::min()) return why.says("the date is out of range");
  out = std::chrono::time_point<std::chrono::system_clock, D>(std::chrono::floor<D>(std::chrono::milliseconds(ms)));
  return true;
}

template <class T, std::size_t N>
bool fit_std_array(const value& v, std::array<T, N>& out, misfit& why) {
  const auto* a = v.if_array();
  if (!a || a->size() != N) return why.expected("an array of " + std::to_string(N), v);
  for (std::size_t i = 0; i < N; ++i) {
    if (!fit((*a)[i], out[i], why)) return why.inside(i);
  }
  return true;
}

template <class T, std::size_t... I>
bool fit_tuple(const value& v, T& out, misfit& why, std::index_sequence<I...>) {
  const auto* a = v.if_array();
  if (!a || a->size() > sizeof...(I)) return why.expected("an array of " + std::to_string(sizeof...(I)), v);
  const auto one = [&]<std::size_t At>(std::integral_constant<std::size_t, At>, auto& element) {
    if (At < a->size()) return fit((*a)[At], element, why) || why.inside(At);
    if constexpr (is_a<std::remove_cvref_t<decltype(element)>, std::optional>) {
      element.reset();
      return true;
    } else {
      return why.missing() || why.inside(At);
    }
  };
  return (one(std::integral_constant<std::size_t, I>{}, std::get<I>(out)) && ...);
}

template <class Map>
bool fit_map(const value& v, Map& out, misfit& why) {
  const auto* o = v.if_object();
  if (!o) return why.expected("an object", v);
  out.clear();
  for (const auto& [key, member] : *o) {
    typename Map::mapped_type m{};
    if (!fit(member, m, why)) return why.inside(key);
    out.insert_or_assign(key, std::move(m));  // the last of repeated keys
  }
  return true;
}

template <class... A>
bool fit_variant(const value& v, std::variant<A...>& out, misfit& why) {
  const auto one = [&]<class T>(std::type_identity<T>) {
    T t{};
    misfit ignored;
    if (!fit(v, t, ignored)) return false;
    out = std::move(t);
    return true;
  };
  return (one(std::type_identity<A>{}) || ...) || why.says("fits none of the alternatives");
}

template <class T>
bool fit_member(const object& o, std::string_view name, T& out, misfit& why) {
  const value* const v = o.find(name);
  if (v) return fit(*v, out, why) || why.inside(name);
  if constexpr (is_a<T, std::optional>) {
    out.reset();
    return true;
  } else {
    return why.missing() || why.inside(name);
  }
}

template <class T>
bool knows_all(const object& o, misfit& why) {
  for (const auto& [name, _] : o) {
    bool known = false;
    boost::mp11::mp_for_each<members_of<T>>([&, &name = name](auto m) { known = known || name == m.name; });
    if (!known) return why.says("is unknown") || why.inside(name);
  }
  return true;
}

template <class T>
bool fit_struct(const value& v, T& out, misfit& why) {
  const auto* o = v.if_object();
  if (!o) return why.expected("an object", v);
  bool all = true;
  boost::mp11::mp_for_each<members_of<T>>([&](auto m) { all = all && fit_member(*o, m.name, out.*m.pointer, why); });
  if constexpr (unknown_members_of<T> == unknown_members::refused) all = all && knows_all<T>(*o, why);
  return all;
}

template <class T>
bool fit_enum(const value& v, T& out, misfit& why) {
  const auto* s = v.if_string();
  using number = std::conditional_t<std::is_signed_v<std::underlying_type_t<T>>, std::int64_t, std::uint64_t>;
  number n = 0;
  if (!s && !v.is_number()) return why.expected("a name or its number", v);
  if (!s && !read_integer(v, n)) return why.says("is none of the numbers allowed here");
  bool found = false;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto e) {
    if (found || (s ? *s != e.name : n != static_cast<number>(e.value))) return;
    out = e.value;
    found = true;
  });
  return found || why.says(s ? "is none of the names allowed here" : "is none of the numbers allowed here");
}

template <class T, class Kind>
bool fit_kind(const value& v, const Kind* held, T& out, const char* what, misfit& why) {
  if (!held) return why.expected(what, v);
  out = static_cast<T>(*held);
  return true;
}

template <class T>
bool fit(const value& v, T& out, misfit& why) {
  if constexpr (custom_read<T>) {
    auto made = tag_invoke(from_value_tag<T>{}, v);
    if (!made) return why.says(made.error().text);
    out = *std::move(made);
    return true;
  } else if constexpr (std::same_as<T, value>) {
    out = v;
    return true;
  } else if constexpr (std::same_as<T, std::monostate>) {
    return v.is_null() || why.expected("null", v);
  } else if constexpr (std::same_as<T, bool>) {
    return fit_kind(v, v.if_bool(), out, "a boolean", why);
  } else if constexpr (std::integral<T>) {
    return fit_integer(v, out, why);
  } else if constexpr (std::floating_point<T>) {
    if (!v.is_number()) return why.expected("a number", v);
    out = static_cast<T>(v.number_or(0));
    return true;
  } else if constexpr (std::same_as<T, std::string>) {
    return fit_kind(v, v.if_string(), out, "a string", why);
  } else if constexpr (std::same_as<T, bytes>) {
    return fit_kind(v, v.if_binary(), out, "binary", why);
  } else if constexpr (std::same_as<T, object>) {
    return fit_kind(v, v.if_object(), out, "an object", why);
  } else if constexpr (is_a<T, std::optional>) {
    out.reset();
    return v.is_null() || fit(v, out.emplace(), why);
  } else if constexpr (is_duration<T>) {
    return fit_duration(v, out, why);
  } else if constexpr (is_system_time<T>) {
    return fit_time(v, out, why);
  } else if constexpr (is_std_array<T>) {
    return fit_std_array(v, out, why);
  } else if constexpr (tuple_shaped<T>) {
    return fit_tuple(v, out, why, std::make_index_sequence<std::tuple_size_v<T>>());
  } else if constexpr (string_map<T>) {
    return fit_map(v, out, why);
  } else if constexpr (sequence<T>) {
    return fit_sequence(v, out, why);
  } else if constexpr (is_a<T, std::variant>) {
    return fit_variant(v, out, why);
  } else if constexpr (described_enum<T>) {
    return fit_enum(v, out, why);
  } else if constexpr (described_struct<T>) {
    return fit_struct(v, out, why);
  } else {
    static_assert(unsupported<T>, "no conversion from jackfield::value: see <jackfield/describe.hpp>");
  }
}

}  // namespace detail

/// The C++ value of `v`, or bad_argument.
template <class T>
result<T> from_value(const value& v) {
  if constexpr (detail::custom_read<T>) {
    return tag_invoke(from_value_tag<T>{}, v);
  } else {
    T out{};
    detail::misfit why;
    if (!detail::fit(v, out, why)) return error{errc::bad_argument, why.message()};
    return out;
  }
}

template <class T>
value to_value(const T& t);

namespace detail {

template <class Range>
value array_of(const Range& range) {
  array a;
  a.reserve(std::size(range));
  for (const auto& element : range) a.push_back(to_value(static_cast<const typename Range::value_type&>(element)));
  return a;
}

template <class T>
value object_of(const T& t) {
  object o;
  boost::mp11::mp_for_each<members_of<T>>([&](auto m) {
    const auto& member = t.*m.pointer;
    if constexpr (is_a<std::remove_cvref_t<decltype(member)>, std::optional>) {
      if (!member) return;  // absent, not null
    }
    o.append(m.name, to_value(member));
  });
  return o;
}

template <class Map>
value object_of_map(const Map& map) {
  object o;
  o.reserve(map.size());
  for (const auto& [key, member] : map) o.append(key, to_value(member));
  return o;
}

template <class T>
value name_of_enum(const T& t) {
  const char* const name = boost::describe::enum_to_string(t, nullptr);
  if (!name) return {};
  if constexpr (enum_written_as<T> == enum_form::number) return value(static_cast<std::underlying_type_t<T>>(t));
  return name;
}

}  // namespace detail

/// The value of a C++ value. An empty optional member is left out; an enum value without a name becomes null.
template <class T>
value to_value(const T& t) {
  if constexpr (detail::custom_written<T>) {
    return tag_invoke(to_value_tag{}, t);
  } else if constexpr (std::same_as<T, value>) {
    return t;
  } else if constexpr (std::same_as<T, std::monostate> || std::same_as<T, std::nullptr_t>) {
    return {};
  } else if constexpr (std::is_arithmetic_v<T> || std::same_as<T, bytes> || std::same_as<T, object> || std::same_as<T, array>) {
    return value(t);
  } else if constexpr (std::convertible_to<const T&, std::string_view>) {
    return value(std::string_view(t));
  } else if constexpr (std::same_as<T, bytes_view>) {
    return value(bytes(t.begin(), t.end()));
  } else if constexpr (detail::is_a<T, std::optional>) {
    return t ? to_value(*t) : value();
  } else if constexpr (detail::is_duration<T>) {
    return value(t.count());
  } else if constexpr (detail::is_system_time<T>) {
    return detail::date_value(std::chrono::floor<std::chrono::milliseconds>(t.time_since_epoch()).count());
  } else if constexpr (detail::is_std_array<T>) {
    return detail::array_of(t);
  } else if constexpr (detail::tuple_shaped<T>) {
    array a;
    a.reserve(std::tuple_size_v<T>);
    std::apply([&](const auto&... element) { (a.push_back(to_value(element)), ...); }, t);
    return a;
  } else if constexpr (detail::string_map<T>) {
    return detail::object_of_map(t);
  } else if constexpr (detail::sequence<T>) {
    return detail::array_of(t);
  } else if constexpr (detail::is_a<T, std::variant>) {
    return std::visit([](const auto& held) { return to_value(held); }, t);
  } else if constexpr (detail::described_enum<T>) {
    return detail::name_of_enum(t);
  } else if constexpr (detail::described_struct<T>) {
    return detail::object_of(t);
  } else {
    static_assert(detail::unsupported<T>, "no conversion to jackfield::value: see <jackfield/describe.hpp>");
  }
}

}  // namespace jackfield
