// packer: writes the arguments of one packet, straight into memory that the thread keeps for it. What emit() and
// acks use; there is no need to call it. Any thread, each its own; one may be filled while another is.
//
// Binary arguments are borrowed until the packet is sent. Errors: bad_result(bad_json) for values nested too deep.
#pragma once

#include <jackfield/arg.hpp>
#include <jackfield/describe.hpp>
#include <jackfield/value.hpp>

#include <concepts>
#include <string>
#include <string_view>

namespace jackfield {

namespace sio {
struct scratch;
}

/// As many arguments as there are values, where only the running program knows how many: `s.emit("sum", jf::each_of{numbers})`.
/// Borrowed during the call.
struct each_of {
  const array& values;  // an argument each
};

class packer {
 public:
  /// The arguments of an acknowledgement.
  packer();
  /// An event. Throws bad_result(reserved_name).
  explicit packer(std::string_view event);
  packer(const packer&) = delete;
  packer& operator=(const packer&) = delete;
  ~packer();

  /// Writes one more argument (jf::args, jf::each_of: each of them). Takes arg, args, value, array, object, what describe.hpp
  /// knows, and what reads as text. An empty optional is null.
  template <class T>
  packer& add(const T& v) {
    if constexpr (std::same_as<T, arg>)
      raw(v);
    else if constexpr (std::same_as<T, args>)
      for (auto a : v) raw(a);
    else if constexpr (std::same_as<T, each_of>)
      for (const auto& a : v.values) tree(a);
    else if constexpr (std::same_as<T, value>)
      tree(v);
    else if constexpr (std::same_as<T, array> || std::same_as<T, object>)
      tree(value(v), 0);
    else if constexpr (std::same_as<T, bool>)
      boolean(v);
    else if constexpr (std::same_as<T, std::nullptr_t>)
      null();
    else if constexpr (std::unsigned_integral<T>)
      unsigned_integer(v);
    else if constexpr (std::integral<T>)
      integer(v);
    else if constexpr (std::floating_point<T>)
      real(static_cast<double>(v));
    else if constexpr (std::convertible_to<const T&, std::string_view>)
      text(std::string_view(v));
    else if constexpr (std::same_as<T, bytes> || std::same_as<T, bytes_view>)
      binary(v);
    else
      tree(to_value(v), 0);
    return *this;
  }
  template <class T>
  packer& add(const std::optional<T>& v) {
    if (v) return add(*v);
    null();
    return *this;
  }

  /// The library's.
  sio::scratch& memory() noexcept { return *scratch_; }

 private:
  void next();
  void null();
  void boolean(bool);
  void integer(std::int64_t);
  void unsigned_integer(std::uint64_t);
  void real(double);
  void text(std::string_view);
  void binary(bytes_view);
  void raw(const arg&);
  void tree(const value&);  // borrowed until sent
  void tree(value&&, int);  // kept until sent where it holds binary

  sio::scratch* scratch_;
  bool first_;
};

}  // namespace jackfield
