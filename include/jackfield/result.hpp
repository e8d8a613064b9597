// result: a value or an error (std::expected is C++23).
#pragma once

#include <jackfield/error.hpp>

#include <optional>
#include <stdexcept>
#include <utility>
#include <variant>

namespace jackfield {

/// Thrown by value() and by coroutine forms when there is an error instead of a value.
class bad_result : public std::runtime_error {
 public:
  /// what() is the error's text, or its code's name where it has none.
  explicit bad_result(const error& e)
      : std::runtime_error(e.text.empty() ? std::string(name_of(e.code)) : e.text), code_(e.code) {}
  errc code() const noexcept { return code_; }  // of the error

 private:
  errc code_;
};

/// A T, or why there is none. Never empty; not thread-safe.
template <class T>
class result {
 public:
  /// A value.
  result(T v) : v_(std::in_place_index<0>, std::move(v)) {}
  /// An error; its code is not errc::none.
  result(jackfield::error e) : v_(std::in_place_index<1>, std::move(e)) {}
  result(errc code, std::string text = {}) : v_(std::in_place_index<1>, jackfield::error{code, std::move(text)}) {}

  explicit operator bool() const noexcept { return v_.index() == 0; }  // there is a value
  bool has_value() const noexcept { return v_.index() == 0; }          // likewise
  /// The value, unchecked. REQUIRES: there is one.
  T& operator*() & noexcept { return *std::get_if<0>(&v_); }
  const T& operator*() const& noexcept { return *std::get_if<0>(&v_); }
  T&& operator*() && noexcept { return std::move(*std::get_if<0>(&v_)); }
  /// The value's members. REQUIRES: there is one.
  T* operator->() noexcept { return std::get_if<0>(&v_); }
  const T* operator->() const noexcept { return std::get_if<0>(&v_); }
  /// Throws bad_result when there is none.
  T& value() & {
    check();
    return **this;
  }
  T&& value() && {
    check();
    return std::move(**this);
  }
  /// REQUIRES: no value.
  const jackfield::error& error() const noexcept { return *std::get_if<1>(&v_); }

 private:
  void check() const {
    if (!has_value()) throw bad_result(*std::get_if<1>(&v_));
  }
  std::variant<T, jackfield::error> v_;
};

/// Done, or why not.
template <>
class result<void> {
 public:
  result() = default;  // done
  /// Not done; the error's code is not errc::none.
  result(jackfield::error e) : error_(std::move(e)) {}
  result(errc code, std::string text = {}) : error_(jackfield::error{code, std::move(text)}) {}

  explicit operator bool() const noexcept { return !error_; }  // it was done
  bool has_value() const noexcept { return !error_; }          // likewise
  /// Throws bad_result when it was not done.
  void value() const {
    if (error_) throw bad_result(*error_);
  }
  /// REQUIRES: no value.
  const jackfield::error& error() const noexcept { return *error_; }

 private:
  std::optional<jackfield::error> error_;
};

}  // namespace jackfield
