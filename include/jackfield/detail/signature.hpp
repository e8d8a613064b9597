// signature: what a handler takes and returns, read from its type: lambdas, function objects, functions.
#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>

namespace jackfield::detail {

template <class R, class... P>
struct signature_of {
  using result = R;
  static constexpr std::size_t arity = sizeof...(P);
  template <template <class...> class Into>
  using parameters = Into<P...>;
};

template <class M>
struct member_signature;
template <class C, class R, class... P>
struct member_signature<R (C::*)(P...)> : signature_of<R, P...> {};
template <class C, class R, class... P>
struct member_signature<R (C::*)(P...) const> : signature_of<R, P...> {};
template <class C, class R, class... P>
struct member_signature<R (C::*)(P...) noexcept> : signature_of<R, P...> {};
template <class C, class R, class... P>
struct member_signature<R (C::*)(P...) const noexcept> : signature_of<R, P...> {};

template <class F>
struct signature : member_signature<decltype(&F::operator())> {};
template <class R, class... P>
struct signature<R (*)(P...)> : signature_of<R, P...> {};
template <class R, class... P>
struct signature<R (*)(P...) noexcept> : signature_of<R, P...> {};

/// Callable with one known signature: not generic, not overloaded.
template <class F>
concept has_signature = std::is_function_v<std::remove_pointer_t<std::decay_t<F>>> || requires {
  &std::decay_t<F>::operator();
};

template <class... P>
struct type_list {
  static constexpr std::size_t size = sizeof...(P);
};

template <class L>
struct last_type {
  using type = void;
};
template <class P, class... R>
struct last_type<type_list<P, R...>> : last_type<type_list<R...>> {};
template <class P>
struct last_type<type_list<P>> {
  using type = std::remove_cvref_t<P>;
};

template <class L>
struct first_type {
  using type = void;
};
template <class P, class... R>
struct first_type<type_list<P, R...>> {
  using type = std::remove_cvref_t<P>;
};

}  // namespace jackfield::detail
