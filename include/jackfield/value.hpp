// value: what travels in a Socket.IO packet: JSON and, anywhere inside it, binary.
#pragma once

#include <jackfield/bytes.hpp>

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace jackfield {

class value;
using array = std::vector<value>;

/// Keys in order of insertion. Lookup is a scan; with repeated keys the last one counts (as in JavaScript).
class object {
 public:
  using entry = std::pair<std::string, value>;
  object() noexcept;
  object(std::initializer_list<entry> entries);
  object(const object&);
  object(object&&) noexcept;
  object& operator=(const object&);
  object& operator=(object&&) noexcept;
  ~object();

  std::size_t size() const noexcept;
  bool empty() const noexcept { return size() == 0; }
  /// Null when absent.
  const value* find(std::string_view key) const noexcept;
  value* find(std::string_view key) noexcept;
  /// Inserted as null when absent.
  value& operator[](std::string_view key);
  /// Adds at the end without a look for the key (parsers).
  value& append(std::string key, value v);
  value& append(std::string key);  // null, to be filled in
  void erase(std::string_view key);
  const entry* begin() const noexcept;
  const entry* end() const noexcept;
  entry* begin() noexcept;
  entry* end() noexcept;
  void reserve(std::size_t n);
  /// The same keys with equal values, in any order.
  friend bool operator==(const object&, const object&);

 private:
  std::vector<entry> entries_;
};

/// One JSON or binary value, owned. Value semantics; not thread-safe; nested as deep as it was built: destroying,
/// comparing and writing need no stack per level, copying does.
class value {
 public:
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"  // GCC takes a scoped `array` for a shadow of the type
  enum class kind : std::uint8_t { null, boolean, integer, unsigned_integer, real, string, binary, array, object };
#pragma GCC diagnostic pop

  value() noexcept = default;
  value(std::nullptr_t) noexcept {}
  value(bool b) noexcept : v_(b) {}
  template <std::integral I>
  requires(!std::same_as<I, bool>) value(I i)
  noexcept : v_(std::int64_t{0}) {
    if constexpr (std::unsigned_integral<I> && sizeof(I) == 8) {
      if (i > static_cast<std::uint64_t>(INT64_MAX)) {
        v_ = static_cast<std::uint64_t>(i);
        return;
      }
    }
    v_ = static_cast<std::int64_t>(i);
  }
  value(std::floating_point auto d) noexcept : v_(static_cast<double>(d)) {}
  value(const char* s) : v_(std::string(s)) {}
  value(std::string s) noexcept : v_(std::move(s)) {}
  value(std::string_view s) : v_(std::string(s)) {}
  value(bytes b) noexcept : v_(std::move(b)) {}
  value(jackfield::array a) noexcept : v_(std::move(a)) {}
  value(jackfield::object o) noexcept : v_(std::move(o)) {}
  value(const value&) = default;
  value(value&&) noexcept = default;
  value& operator=(const value&) = default;
  value& operator=(value&&) noexcept = default;
  ~value() {
    if (is_array() || is_object()) dismantle();
  }

  kind type() const noexcept { return static_cast<kind>(v_.index()); }
  bool is_null() const noexcept { return type() == kind::null; }
  bool is_bool() const noexcept { return type() == kind::boolean; }
  /// integer, unsigned_integer or real.
  bool is_number() const noexcept { return type() == kind::integer || type() == kind::unsigned_integer || type() == kind::real; }
  bool is_string() const noexcept { return type() == kind::string; }
  bool is_binary() const noexcept { return type() == kind::binary; }
  bool is_array() const noexcept { return type() == kind::array; }
  bool is_object() const noexcept { return type() == kind::object; }

  /// Null when it is of another kind.
  const bool* if_bool() const noexcept { return std::get_if<bool>(&v_); }
  const std::int64_t* if_integer() const noexcept { return std::get_if<std::int64_t>(&v_); }
  const std::uint64_t* if_unsigned() const noexcept { return std::get_if<std::uint64_t>(&v_); }
  const double* if_real() const noexcept { return std::get_if<double>(&v_); }
  const std::string* if_string() const noexcept { return std::get_if<std::string>(&v_); }
  const bytes* if_binary() const noexcept { return std::get_if<bytes>(&v_); }
  const jackfield::array* if_array() const noexcept { return std::get_if<jackfield::array>(&v_); }
  const jackfield::object* if_object() const noexcept { return std::get_if<jackfield::object>(&v_); }
  std::string* if_string() noexcept { return std::get_if<std::string>(&v_); }
  bytes* if_binary() noexcept { return std::get_if<bytes>(&v_); }
  jackfield::array* if_array() noexcept { return std::get_if<jackfield::array>(&v_); }
  jackfield::object* if_object() noexcept { return std::get_if<jackfield::object>(&v_); }

  /// Any number as a double; `otherwise` when it is no number.
  double number_or(double otherwise) const noexcept;
  /// The text; `otherwise` when it is no string.
  std::string_view text_or(std::string_view otherwise) const noexcept;
  bool bool_or(bool otherwise) const noexcept;

  /// Member of an object or element of an array; a shared null when absent or of another kind.
  const value& operator[](std::string_view key) const noexcept;
  const value& operator[](const char* key) const noexcept { return (*this)[std::string_view(key)]; }
  template <std::integral I>  // a template, so that a literal 0 is no null pointer
  const value& operator[](I index) const noexcept {
    return element(static_cast<std::size_t>(index));
  }

  /// Binary stands somewhere inside.
  bool has_binary() const noexcept;

  /// Numbers compare by value, whatever their kind.
  friend bool operator==(const value&, const value&);

 private:
  void dismantle() noexcept;
  const value& element(std::size_t index) const noexcept;
  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, bytes, jackfield::array, jackfield::object>
      v_;
};

inline object::object() noexcept = default;
inline object::object(object&&) noexcept = default;
inline object& object::operator=(object&&) noexcept = default;
inline object::~object() = default;
inline std::size_t object::size() const noexcept { return entries_.size(); }
inline const object::entry* object::begin() const noexcept { return entries_.data(); }
inline const object::entry* object::end() const noexcept { return entries_.data() + entries_.size(); }
inline object::entry* object::begin() noexcept { return entries_.data(); }
inline object::entry* object::end() noexcept { return entries_.data() + entries_.size(); }
inline void object::reserve(std::size_t n) { entries_.reserve(n); }
inline value& object::append(std::string key, value v) { return entries_.emplace_back(std::move(key), std::move(v)).second; }
inline value& object::append(std::string key) {
  return entries_.emplace_back(std::piecewise_construct, std::forward_as_tuple(std::move(key)), std::tuple()).second;
}

/// JSON text of a value, as JSON.stringify writes it; binary becomes {"_placeholder":true,"num":N} in depth-first order.
/// NaN and infinities become null. Throws std::length_error beyond 256 levels.
std::string to_json(const value&);

}  // namespace jackfield
