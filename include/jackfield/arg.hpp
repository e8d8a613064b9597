// arg: one argument of an event as it came: JSON text and the binary attachments it refers to. It was validated
// when it arrived and is parsed only when asked. args: all arguments of one event.
//
// Both are views of the packet and valid during the handler's call; keep() gives a copy that lives as long as it
// is held, on any thread. Coroutine handlers get kept ones. Sending an arg on copies its text and builds no tree.
#pragma once

#include <jackfield/bytes.hpp>
#include <jackfield/describe.hpp>
#include <jackfield/detail/shared.hpp>
#include <jackfield/result.hpp>
#include <jackfield/value.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace jackfield::base::json {
struct element;
}

namespace jackfield {

namespace detail {
struct kept_args;
}

class arg {
 public:
  /// An argument that the peer did not send.
  arg() noexcept = default;

  /// What parse() would give; null when absent.
  value::kind type() const noexcept;
  bool absent() const noexcept { return text_.empty(); }  // the peer did not send it; a null that it sent is not absent
  /// The JSON text, valid; binary stands in it as {"_placeholder":true,"num":N}, N an index of attachments().
  /// "null" when absent.
  std::string_view json() const noexcept { return absent() ? std::string_view("null") : text_; }
  /// Empty when nothing in the text is a placeholder.
  std::span<const bytes_view> attachments() const noexcept { return attachments_; }

  /// The bytes, without a copy, when the argument as a whole is binary.
  std::optional<bytes_view> binary() const noexcept;
  /// The characters, without a copy, when the argument is a string that has no escapes.
  std::optional<std::string_view> plain_text() const noexcept;
  /// The tree. Null when absent.
  value parse() const;
  /// A C++ value of it: bool, integers, floating point, std::string, bytes, value, described structs,
  /// std::optional, containers. Errors: bad_argument.
  template <class T>
  result<T> as() const;

  /// A copy that owns its text and bytes. Costs nothing for one that does already.
  arg keep() const;

 private:
  friend class args;
  friend struct detail::kept_args;
  std::string_view text_;
  std::span<const bytes_view> attachments_;
  detail::ref<const detail::shared> owner_;  // null: borrowed
};

/// The arguments of one event or acknowledgement, in order.
class args {
 public:
  args() noexcept = default;  // no arguments
  /// The library's: scanned elements and what their placeholders stand for; both are borrowed.
  args(std::span<const base::json::element> items, std::span<const bytes_view> attachments) noexcept
      : items_(items.data()), size_(items.size()), attachments_(attachments) {}

  std::size_t size() const noexcept { return size_; }  // how many the peer sent
  bool empty() const noexcept { return size_ == 0; }   // none
  /// Absent when i is not below size().
  arg operator[](std::size_t i) const;
  /// Attachments of the packet, whichever argument refers to them.
  std::span<const bytes_view> attachments() const noexcept { return attachments_; }
  args keep() const;  // a copy that owns everything; costs nothing for one that does already

  /// The library's: a forward iterator, for loops over the arguments.
  class iterator {
   public:
    using value_type = arg;
    using difference_type = std::ptrdiff_t;
    arg operator*() const { return (*of_)[at_]; }
    iterator& operator++() noexcept { return ++at_, *this; }
    iterator operator++(int) noexcept { return {of_, at_++}; }
    friend bool operator==(const iterator& a, const iterator& b) noexcept { return a.at_ == b.at_; }

   private:
    friend class args;
    iterator(const args* of, std::size_t at) noexcept : of_(of), at_(at) {}
    const args* of_;
    std::size_t at_;
  };
  iterator begin() const noexcept { return {this, 0}; }    // `for (jf::arg a : all)`
  iterator end() const noexcept { return {this, size_}; }  // behind the last

 private:
  friend struct detail::kept_args;
  const base::json::element* items_ = nullptr;
  std::size_t size_ = 0;
  std::span<const bytes_view> attachments_;
  detail::ref<const detail::shared> owner_;  // null: borrowed
};

namespace detail {

// Readers of one argument; false with `why` when it does not fit.
bool read(const arg&, bool&, misfit& why);
bool read(const arg&, std::int64_t&, misfit& why);
bool read(const arg&, std::uint64_t&, misfit& why);
bool read(const arg&, double&, misfit& why);
bool read(const arg&, std::string&, misfit& why);
bool read(const arg&, bytes&, misfit& why);
bool read(const arg&, value&, misfit& why);
/// Says that it is missing, or what was expected; always false.
bool unfit(const arg&, const char* expected, misfit& why);

inline bool read(const arg& a, arg& out, misfit&) { return out = a, true; }

template <std::integral I>
requires(!std::same_as<I, bool> && !std::same_as<I, std::int64_t> &&
         !std::same_as<I, std::uint64_t>) bool read(const arg& a, I& out, misfit& why) {
  std::conditional_t<std::is_signed_v<I>, std::int64_t, std::uint64_t> wide = 0;
  if (!read(a, wide, why)) return false;
  if (!std::in_range<I>(wide)) return unfit(a, "a smaller number", why);
  out = static_cast<I>(wide);
  return true;
}
template <std::floating_point D>
requires(!std::same_as<D, double>) bool read(const arg& a, D& out, misfit& why) {
  double wide = 0;
  if (!read(a, wide, why)) return false;
  out = static_cast<D>(wide);
  return true;
}
template <class T>
bool read(const arg& a, std::optional<T>& out, misfit& why) {
  out.reset();
  if (a.json() == "null") return true;
  return read(a, out.emplace(), why);
}
/// Everything else: through a tree and describe.hpp.
template <class T>
bool read(const arg& a, T& out, misfit& why) {
  if (a.absent()) return unfit(a, "a value", why);
  return fit(a.parse(), out, why);
}

}  // namespace detail

template <class T>
result<T> arg::as() const {
  T out{};
  detail::misfit why;
  if (!detail::read(*this, out, why)) return error{errc::bad_argument, why.message()};
  return out;
}

}  // namespace jackfield
