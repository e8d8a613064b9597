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
/// The elements of a JSON array.
using array = std::vector<value>;

/// Keys in order of insertion. Lookup is a scan; with repeated keys the last one counts (as in JavaScript).
class object {
 public:
  using entry = std::pair<std::string, value>;   // a key (UTF-8) and what it stands for
  object() noexcept;                             // empty
  object(std::initializer_list<entry> entries);  // these, in this order; a repeated key stays twice
  object(const object&);
  object(object&&) noexcept;
  object& operator=(const object&);
  object& operator=(object&&) noexcept;
  ~object();

  std::size_t size() const noexcept;                   // entries; a repeated key counts each time
  bool empty() const noexcept { return size() == 0; }  // no entry
  /// Null when absent.
  const value* find(std::string_view key) const noexcept;
  value* find(std::string_view key) noexcept;
  /// Inserted as null when absent.
  value& operator[](std::string_view key);
  /// Adds at the end without a look for the key (parsers).
  value& append(std::string key, value v);
  value& append(std::string key);    // null, to be filled in
  void erase(std::string_view key);  // every entry of this key; none: nothing happens
  /// The first entry; in order of insertion. Good until an entry is added or erased.
  const entry* begin() const noexcept;
  entry* begin() noexcept;
  /// Behind the last entry.
  const entry* end() const noexcept;
  entry* end() noexcept;
  void reserve(std::size_t n);  // room for n entries
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
  /// What it is. Numbers have three kinds for the sake of exactness; is_number() does not tell them apart.
  enum class kind : std::uint8_t {
    null,              // null
    boolean,           // true, false
    integer,           // whole numbers of 64 bits with a sign
    unsigned_integer,  // only those above INT64_MAX
    real,              // every other number
    string,            // UTF-8
    binary,            // bytes
    array,             // values in order
    object,            // values by key
  };
#pragma GCC diagnostic pop

  value() noexcept = default;        // null
  value(std::nullptr_t) noexcept {}  // null
  value(bool b) noexcept : v_(b) {}  // a boolean
  /// A whole number: kind::integer where it fits.
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
  value(std::floating_point auto d) noexcept : v_(static_cast<double>(d)) {}  // kind::real, also when it is whole
  /// A string, which should be UTF-8.
  value(const char* s) : v_(std::string(s)) {}
  value(std::string s) noexcept : v_(std::move(s)) {}
  value(std::string_view s) : v_(std::string(s)) {}
  value(bytes b) noexcept : v_(std::move(b)) {}              // binary
  value(jackfield::array a) noexcept : v_(std::move(a)) {}   // an array
  value(jackfield::object o) noexcept : v_(std::move(o)) {}  // an object
  value(const value&) = default;
  value(value&&) noexcept = default;
  value& operator=(const value&) = default;
  value& operator=(value&&) noexcept = default;
  ~value() {
    if (is_array() || is_object()) dismantle();
  }

  kind type() const noexcept { return static_cast<kind>(v_.index()); }  // what it is
  bool is_null() const noexcept { return type() == kind::null; }        // type() is kind::null
  bool is_bool() const noexcept { return type() == kind::boolean; }     // type() is kind::boolean
  /// integer, unsigned_integer or real.
  bool is_number() const noexcept { return type() == kind::integer || type() == kind::unsigned_integer || type() == kind::real; }
  bool is_string() const noexcept { return type() == kind::string; }  // type() is kind::string
  bool is_binary() const noexcept { return type() == kind::binary; }  // type() is kind::binary
  bool is_array() const noexcept { return type() == kind::array; }    // type() is kind::array
  bool is_object() const noexcept { return type() == kind::object; }  // type() is kind::object

  /// Null when it is of another kind.
  const bool* if_bool() const noexcept { return std::get_if<bool>(&v_); }
  /// Null when it is of another kind, also another kind of number: number_or() takes all.
  const std::int64_t* if_integer() const noexcept { return std::get_if<std::int64_t>(&v_); }
  /// Null unless it is a whole number above INT64_MAX.
  const std::uint64_t* if_unsigned() const noexcept { return std::get_if<std::uint64_t>(&v_); }
  /// Null when it is of another kind: what came as JSON and is whole and fits 64 bits is an integer.
  const double* if_real() const noexcept { return std::get_if<double>(&v_); }
  /// The text; null when it is of another kind. Good as long as the value is not changed; so are the following.
  const std::string* if_string() const noexcept { return std::get_if<std::string>(&v_); }
  std::string* if_string() noexcept { return std::get_if<std::string>(&v_); }
  /// The bytes; null when it is of another kind.
  const bytes* if_binary() const noexcept { return std::get_if<bytes>(&v_); }
  bytes* if_binary() noexcept { return std::get_if<bytes>(&v_); }
  /// The elements; null when it is of another kind.
  const jackfield::array* if_array() const noexcept { return std::get_if<jackfield::array>(&v_); }
  jackfield::array* if_array() noexcept { return std::get_if<jackfield::array>(&v_); }
  /// The members; null when it is of another kind.
  const jackfield::object* if_object() const noexcept { return std::get_if<jackfield::object>(&v_); }
  jackfield::object* if_object() noexcept { return std::get_if<jackfield::object>(&v_); }

  /// Any number as a double; `otherwise` when it is no number.
  double number_or(double otherwise) const noexcept;
  /// The text; `otherwise` when it is no string.
  std::string_view text_or(std::string_view otherwise) const noexcept;
  bool bool_or(bool otherwise) const noexcept;  // `otherwise` when it is no boolean

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
