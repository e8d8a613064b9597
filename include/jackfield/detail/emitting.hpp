// emitting: what emit() templates share: flags, lists of room names, a callback as last argument.
#pragma once

#include <jackfield/arg.hpp>
#include <jackfield/detail/signature.hpp>
#include <jackfield/packer.hpp>
#include <jackfield/pending.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace jackfield::detail {

struct targets;  // reads a broadcast_operator

struct emit_flags {
  std::chrono::milliseconds timeout{-1};  // of an acknowledgement; below zero: the default
  bool volatile_ = false;
  bool compress = true;
  bool local = false;
  std::string key;  // outbound_options: overflow::keep_latest
};

/// Names, the first of them without an allocation when short.
class name_list {
 public:
  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }
  const std::string& operator[](std::size_t i) const noexcept { return i == 0 ? first_ : more_[i - 1]; }
  void add(std::string_view name) {
    if (size_++ == 0)
      first_.assign(name);
    else
      more_.emplace_back(name);
  }

 private:
  std::string first_;
  std::vector<std::string> more_;
  std::size_t size_ = 0;
};

/// A callable of known signature that is no value of an event.
template <class T>
inline constexpr bool is_callback = has_signature<T>;

template <class... A>
inline constexpr bool ends_with_callback = is_callback<typename last_type<type_list<A...>>::type>;
template <>
inline constexpr bool ends_with_callback<> = false;

/// Adds all but the last; a copy of the last is returned.
template <class... A>
auto pack_all_but_last(packer& p, const A&... a) {
  const auto all = std::tie(a...);
  [&]<std::size_t... I>(std::index_sequence<I...>) { (p.add(std::get<I>(all)), ...); }
  (std::make_index_sequence<sizeof...(A) - 1>());
  return std::get<sizeof...(A) - 1>(all);
}

/// A waiter that reads the first argument of the answer.
template <class T>
class first_answer final : public pending_state<T> {
 public:
  void answered(const args& a) override {
    T out{};
    misfit why;
    if (read(a[0], out, why))
      this->complete(std::move(out));
    else
      this->complete(error{errc::bad_argument, why.message()});
  }
};

/// A waiter that calls f: `([jf::error,] values…)`. With an error (timeout, disconnected,
/// bad_argument) the values are default ones; without a place for the error only answers that fit are told.
template <class F, class... P>
class callback_waiter final : public waiter {
  using list = type_list<std::remove_cvref_t<P>...>;
  static constexpr bool hears_errors = std::is_same_v<typename first_type<list>::type, error>;

 public:
  explicit callback_waiter(F f) : f_(std::move(f)) {}
  void answered(const args& a) override {
    std::tuple<std::remove_cvref_t<P>...> in;
    misfit why;
    std::size_t at = 0;
    const bool fits = std::apply([&](auto&... p) { return (read_one(a, at, p, why) && ...); }, in);
    if (fits)
      std::apply(f_, std::move(in));
    else
      failed(error{errc::bad_argument, why.message()});
  }
  void failed(error e) override {
    if constexpr (hears_errors) {
      std::tuple<std::remove_cvref_t<P>...> in;
      std::get<0>(in) = std::move(e);
      std::apply(f_, std::move(in));
    }
  }

 private:
  template <class V>
  static bool read_one(const args& a, std::size_t& at, V& out, misfit& why) {
    if constexpr (std::is_same_v<V, error>)
      return true;
    else if constexpr (std::is_same_v<V, args>)
      return out = a, true;
    else
      return read(a[at++], out, why);
  }
  F f_;
};

template <class F>
struct callback_maker {
  template <class... P>
  using made = callback_waiter<F, P...>;
  using type = typename signature<F>::template parameters<made>;
};

}  // namespace jackfield::detail
