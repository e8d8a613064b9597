// schema: the events of a namespace, declared with C++ types, and printed as TypeScript (for socket.io-client's typings) and as
// JSON Schema (2020-12). What handlers refuse, and what the printed types forbid, come from the same types.
//
//   jf::schema events;
//   events.client_event<message>("chat message").names({"message"});
//   events.client_event("sum", [](int a, int b) { return a + b; });      // arguments and answer of a handler
//   events.client_event<std::string>("history").answers<std::vector<message>>();
//   events.server_event<message>("chat message");
//   std::cout << events.typescript();                                    // ClientToServerEvents, ServerToClientEvents
//
// Types are those of <jackfield/describe.hpp>. One with conversions of its own is `unknown`, unless a function beside it says
// more:
//
//   jf::shape tag_invoke(jf::shape_tag<point>, jf::named_types& known) { return jf::shape_of<std::array<double, 2>>(known); }
//
// Not thread-safe. An event declared twice in one direction is an std::invalid_argument; so are names() more or fewer than
// arguments.
#pragma once

#include <jackfield/ack.hpp>
#include <jackfield/arg.hpp>
#include <jackfield/describe.hpp>
#include <jackfield/detail/signature.hpp>
#include <jackfield/handler.hpp>
#include <jackfield/task.hpp>
#include <jackfield/value.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace jackfield {

/// What the values of a type look like in JSON.
struct shape {
  /// Which of the members beside it say more.
  enum class kind : std::uint8_t {
    anything,  // any JSON, or binary
    null,      // null alone
    boolean,   // true, false
    integer,   // `least`, `most`: its range, when doubles can say it
    number,    // any number
    string,    // any text
    date,      // a string: ISO 8601
    binary,    // Uint8Array and its kin
    list,      // of parts[0]; `length`: of exactly so many
    tuple,     // of parts, of which the last `optional` may be absent
    map,       // an object; parts[0]: of any member
    choice,    // one of parts
    named,     // see named_types; `name`
  };
  kind what = kind::anything;           // which of them
  std::vector<shape> parts{};           // list, tuple, map, choice
  std::optional<std::int64_t> least{};  // integer: none is below; nothing: not told
  std::optional<std::int64_t> most{};   // integer: none is above; nothing: not told
  std::optional<std::size_t> length{};  // list: of exactly so many; nothing: of any length
  std::size_t optional = 0;             // tuple: so many at the end may be absent
  std::string name{};                   // named: of the type
};

/// Described structs and enums, each under its name; a name that two types share gets a number.
class named_types {
 public:
  /// A member of a struct.
  struct member {
    std::string name;      // of the C++ member, and of the JSON one
    shape of;              // what it looks like
    bool required = true;  // false: a std::optional, which may be absent
  };
  /// A described struct or enum.
  struct type {
    const void* key = nullptr;      // of the C++ type
    std::string name;               // the C++ name without its namespaces, with a number where two types share it
    std::vector<value> values{};    // of an enum
    std::vector<member> members{};  // of a struct
    bool is_enum = false;           // else a struct
    bool open = true;               // other members may be there (unknown_members_of)
  };

  const std::vector<std::unique_ptr<type>>& all() const noexcept { return all_; }  // in the order in which they became known
  /// Null: not yet known.
  const type* find(const void* key) const noexcept;
  /// `wish`: the C++ name.
  type& add(const void* key, std::string_view wish);

 private:
  std::vector<std::unique_ptr<type>> all_;
};

/// Names a type to tag_invoke, for shapes of one's own.
template <class T>
struct shape_tag {};

/// The shape of T; described types in it become known.
template <class T>
shape shape_of(named_types& known);

namespace detail {

template <class T>
inline constexpr char type_key = 0;

/// `message` for `chat::message`: from what the compiler calls it.
std::string_view short_type_name(std::string_view pretty_function) noexcept;
template <class T>
std::string_view type_name() noexcept {
  return short_type_name(__PRETTY_FUNCTION__);
}

template <class T>
concept custom_shape = requires(named_types& known) {
  { tag_invoke(shape_tag<T>{}, known) } -> std::same_as<shape>;
};

template <std::integral I>
shape shape_of_integer() {
  shape s{shape::kind::integer};
  if constexpr (sizeof(I) <= 4) {
    s.least = static_cast<std::int64_t>(std::numeric_limits<I>::min());
    s.most = static_cast<std::int64_t>(std::numeric_limits<I>::max());
  } else if constexpr (std::unsigned_integral<I>) {
    s.least = 0;
  }
  return s;
}

template <class T>
shape shape_of_enum(named_types& known) {
  if (known.find(&type_key<T>) == nullptr) {
    auto& t = known.add(&type_key<T>, type_name<T>());
    t.is_enum = true;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto e) { t.values.push_back(to_value(e.value)); });
  }
  return {shape::kind::named, {}, {}, {}, {}, 0, known.find(&type_key<T>)->name};
}

template <class T>
shape shape_of_struct(named_types& known) {
  if (known.find(&type_key<T>) == nullptr) {
    auto& t = known.add(&type_key<T>, type_name<T>());  // before its members: they may hold it
    t.open = unknown_members_of<T> == unknown_members::ignored;
    boost::mp11::mp_for_each<members_of<T>>([&](auto m) {
      using member = std::remove_cvref_t<decltype(std::declval<T&>().*m.pointer)>;
      t.members.push_back({m.name, shape_of<member>(known), !is_a<member, std::optional>});
    });
  }
  return {shape::kind::named, {}, {}, {}, {}, 0, known.find(&type_key<T>)->name};
}

/// How many of the types at the end may be absent.
template <class... T>
constexpr std::size_t optional_tail() {
  std::size_t n = 0;
  ((n = is_a<T, std::optional> ? n + 1 : 0), ...);
  return n;
}

template <class... T>
shape shape_of_tuple(named_types& known, std::type_identity<std::tuple<T...>>) {
  return {shape::kind::tuple, {shape_of<T>(known)...}, {}, {}, {}, optional_tail<T...>()};
}
template <class A, class B>
shape shape_of_tuple(named_types& known, std::type_identity<std::pair<A, B>>) {
  return shape_of_tuple(known, std::type_identity<std::tuple<A, B>>());
}
template <class... T>
shape shape_of_choice(named_types& known, std::type_identity<std::variant<T...>>) {
  return {shape::kind::choice, {shape_of<T>(known)...}};
}

/// How an event's handler answers.
enum class answering : std::uint8_t { not_at_all, empty, with_value };

struct declared_event {
  std::string name;
  std::vector<shape> arguments;
  std::size_t optional = 0;  // of the arguments, at the end
  std::vector<std::string> names;
  answering ack = answering::not_at_all;
  shape answer;
};

template <class R>
struct answer_of {
  using type = std::remove_cvref_t<R>;
};
template <class T>
struct answer_of<task<T>> {
  using type = std::remove_cvref_t<T>;
};

template <class P>
inline constexpr bool declares_argument = is_argument<P> && !std::is_same_v<P, args>;

template <class T>
void declare_answer(declared_event& e, named_types& known) {
  if constexpr (std::is_void_v<T>) {
    e.ack = answering::empty;
  } else {
    e.ack = answering::with_value;
    e.answer = shape_of<T>(known);
  }
}

template <class... A>
void declare_arguments(declared_event& e, named_types& known) {
  (e.arguments.push_back(shape_of<A>(known)), ...);
  e.optional = optional_tail<A...>();
}

template <class... P>
struct handler_arguments {
  static constexpr bool takes_ack = (std::is_same_v<std::remove_cvref_t<P>, ack> || ...);
  static void declare(declared_event& e, named_types& known) {
    (
        [&] {
          using type = std::remove_cvref_t<P>;
          if constexpr (declares_argument<type>) {
            e.arguments.push_back(shape_of<type>(known));
            e.optional = is_a<type, std::optional> ? e.optional + 1 : 0;
          }
        }(),
        ...);
  }
};

}  // namespace detail

class schema {
 public:
  /// `prefix`: in front of the interfaces' names, for programs with several namespaces ("Admin": AdminClientToServerEvents).
  explicit schema(std::string prefix = {});

  /// An event that was just declared, for more to be said about it. Good while the schema is there.
  class event {
   public:
    /// What the arguments are called. TypeScript only.
    event& names(std::vector<std::string> all);
    /// The acknowledgement has one value of type T; void: none.
    template <class T>
    event& answers() {
      detail::declare_answer<T>(get(), of_->types_);
      return *this;
    }

   private:
    friend class schema;
    event(schema& of, std::vector<detail::declared_event>& list) noexcept : of_(&of), list_(&list), at_(list.size() - 1) {}
    detail::declared_event& get() const noexcept { return (*list_)[at_]; }
    schema* of_;
    std::vector<detail::declared_event>* list_;
    std::size_t at_;
  };

  /// Clients send it with these arguments.
  template <class... A>
  event client_event(std::string name) {
    detail::declare_arguments<A...>(begin(client_, std::move(name)), types_);
    return {*this, client_};
  }
  /// Clients send what this handler takes, and get what it returns. One that takes a jf::ack answers anything: see answers().
  template <class F>
  event client_event(std::string name, const F&) {
    static_assert(detail::has_signature<F>, "a handler is a lambda or function with known parameter types (no auto)");
    using signature = detail::signature<std::decay_t<F>>;
    using parameters = typename signature::template parameters<detail::handler_arguments>;
    using answer = typename detail::answer_of<typename signature::result>::type;
    auto& e = begin(client_, std::move(name));
    parameters::declare(e, types_);
    if constexpr (parameters::takes_ack)
      e.ack = detail::answering::with_value;
    else if constexpr (!std::is_void_v<typename signature::result>)
      detail::declare_answer<answer>(e, types_);
    return {*this, client_};
  }
  /// The server sends it with these arguments.
  template <class... A>
  event server_event(std::string name) {
    detail::declare_arguments<A...>(begin(server_, std::move(name)), types_);
    return {*this, server_};
  }

  /// Interfaces ClientToServerEvents and ServerToClientEvents, and the types that they mention: a module.
  std::string typescript() const;
  /// A document whose /properties/clientToServer/properties/EVENT/properties/arguments (and …/answer) describe arrays of
  /// arguments (and answers); likewise serverToClient. Types are in /$defs.
  std::string json_schema() const;

 private:
  detail::declared_event& begin(std::vector<detail::declared_event>& list, std::string name);

  std::string prefix_;
  named_types types_;
  std::vector<detail::declared_event> client_, server_;
};

template <class T>
shape shape_of(named_types& known) {
  using kind = shape::kind;
  if constexpr (detail::custom_shape<T>) {
    return tag_invoke(shape_tag<T>{}, known);
  } else if constexpr (detail::custom_read<T> || detail::custom_written<T> || std::same_as<T, value> || std::same_as<T, arg>) {
    return {};
  } else if constexpr (std::same_as<T, std::monostate> || std::same_as<T, std::nullptr_t>) {
    return {kind::null};
  } else if constexpr (std::same_as<T, bool>) {
    return {kind::boolean};
  } else if constexpr (std::integral<T>) {
    return detail::shape_of_integer<T>();
  } else if constexpr (std::floating_point<T>) {
    return {kind::number};
  } else if constexpr (std::convertible_to<const T&, std::string_view>) {
    return {kind::string};
  } else if constexpr (std::same_as<T, bytes> || std::same_as<T, bytes_view>) {
    return {kind::binary};
  } else if constexpr (std::same_as<T, object>) {
    return {kind::map, {shape{}}};
  } else if constexpr (detail::is_duration<T>) {
    return std::floating_point<typename T::rep> ? shape{kind::number} : shape{kind::integer};
  } else if constexpr (detail::is_system_time<T>) {
    return {kind::date};
  } else if constexpr (detail::is_a<T, std::optional>) {
    return {kind::choice, {shape_of<typename T::value_type>(known), shape{kind::null}}};
  } else if constexpr (detail::is_std_array<T>) {
    return {kind::list, {shape_of<typename T::value_type>(known)}, {}, {}, std::tuple_size_v<T>};
  } else if constexpr (detail::tuple_shaped<T>) {
    return detail::shape_of_tuple(known, std::type_identity<T>());
  } else if constexpr (detail::string_map<T>) {
    return {kind::map, {shape_of<typename T::mapped_type>(known)}};
  } else if constexpr (detail::sequence<T>) {
    return {kind::list, {shape_of<typename T::value_type>(known)}};
  } else if constexpr (detail::is_a<T, std::variant>) {
    return detail::shape_of_choice(known, std::type_identity<T>());
  } else if constexpr (detail::described_enum<T>) {
    return detail::shape_of_enum<T>(known);
  } else if constexpr (detail::described_struct<T>) {
    return detail::shape_of_struct<T>(known);
  } else {
    static_assert(detail::unsupported<T>, "no shape known: see <jackfield/describe.hpp>, <jackfield/schema.hpp>");
  }
}

}  // namespace jackfield
