// Types of describe.hpp beyond the plain ones: dates, durations, numbers of enums, sequences, structs that refuse strangers.
#include <jackfield/describe.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <list>
#include <set>

namespace jf = jackfield;
using namespace std::chrono_literals;

namespace shapes_of_values {

enum class level : std::uint8_t { low = 1, high = 250 };
BOOST_DESCRIBE_ENUM(level, low, high)
enum class code : int { none = 0, gone = -7 };
BOOST_DESCRIBE_ENUM(code, none, gone)

struct closed {
  int a;
  std::optional<int> b;
};
BOOST_DESCRIBE_STRUCT(closed, (), (a, b))

struct holder {
  std::vector<closed> all;
};
BOOST_DESCRIBE_STRUCT(holder, (), (all))

}  // namespace shapes_of_values

template <>
inline constexpr auto jf::enum_written_as<shapes_of_values::code> = jf::enum_form::number;
template <>
inline constexpr auto jf::unknown_members_of<shapes_of_values::closed> = jf::unknown_members::refused;

namespace shapes_of_values {

template <class T>
std::string misfit_of(const jf::value& v) {
  const auto r = jf::from_value<T>(v);
  return r ? "fits" : r.error().text;
}

TEST(describe_types, enums_are_names_or_numbers) {
  EXPECT_EQ(jf::to_value(level::high), jf::value("high"));
  EXPECT_EQ(jf::to_value(code::gone), jf::value(-7));
  EXPECT_EQ(jf::to_value(static_cast<code>(3)), jf::value());
  for (const auto& v : {jf::value("high"), jf::value(250), jf::value(250.0)}) EXPECT_EQ(*jf::from_value<level>(v), level::high);
  EXPECT_EQ(*jf::from_value<code>(-7), code::gone);
  EXPECT_EQ(*jf::from_value<code>("gone"), code::gone);
  EXPECT_EQ(misfit_of<level>("middle"), "is none of the names allowed here");
  EXPECT_EQ(misfit_of<level>(2), "is none of the numbers allowed here");
  EXPECT_EQ(misfit_of<level>(-1), "is none of the numbers allowed here");
  EXPECT_EQ(misfit_of<level>(1.5), "is none of the numbers allowed here");
  EXPECT_EQ(misfit_of<level>(true), "expected a name or its number, not a boolean");
}

TEST(describe_types, durations_are_numbers) {
  EXPECT_EQ(jf::to_value(1500ms), jf::value(1500));
  EXPECT_EQ(jf::to_value(std::chrono::duration<double>(0.25)), jf::value(0.25));
  EXPECT_EQ(*jf::from_value<std::chrono::milliseconds>(1500), 1500ms);
  EXPECT_EQ(*jf::from_value<std::chrono::duration<double>>(0.25), 250ms);
  EXPECT_EQ(misfit_of<std::chrono::seconds>(0.5), "the number is not whole or out of range");
  EXPECT_EQ(misfit_of<std::chrono::seconds>("1s"), "expected an integer, not a string");
}

TEST(describe_types, points_in_time_are_dates) {
  using clock = std::chrono::system_clock;
  const clock::time_point when{1'700'000'000'123ms};
  EXPECT_EQ(jf::to_value(when), jf::value("2023-11-14T22:13:20.123Z"));
  EXPECT_EQ(*jf::from_value<clock::time_point>("2023-11-14T22:13:20.123Z"), when);
  EXPECT_EQ(*jf::from_value<clock::time_point>(1'700'000'000'123), when);
  EXPECT_EQ(*jf::from_value<std::chrono::sys_days>("2023-11-14"), std::chrono::sys_days(std::chrono::days(19675)));
  EXPECT_EQ(misfit_of<clock::time_point>("yesterday"), "expected a date, not a string");
  EXPECT_EQ(misfit_of<clock::time_point>(nullptr), "expected a date, not null");
  EXPECT_EQ(misfit_of<clock::time_point>("9999-01-01"), "the date is out of range");  // nanoseconds end in 2262
  EXPECT_EQ(misfit_of<std::chrono::sys_seconds>("9999-01-01"), "fits");
  EXPECT_EQ(misfit_of<std::chrono::sys_seconds>(8.65e15), "expected a date, not a number");
}

TEST(describe_types, sequences_are_arrays) {
  const jf::value v = jf::array{3, 1, 3};
  EXPECT_EQ(*jf::from_value<std::list<int>>(v), (std::list<int>{3, 1, 3}));
  EXPECT_EQ(*jf::from_value<std::deque<int>>(v), (std::deque<int>{3, 1, 3}));
  EXPECT_EQ(*jf::from_value<std::set<int>>(v), (std::set<int>{1, 3}));
  EXPECT_EQ(*jf::from_value<std::vector<bool>>(jf::array{true, false}), (std::vector<bool>{true, false}));
  EXPECT_EQ(jf::to_value(std::set<int>{3, 1}), (jf::value(jf::array{1, 3})));
  EXPECT_EQ(misfit_of<std::list<int>>(jf::array{1, "2"}), "[1]: expected an integer, not a string");
}

TEST(describe_types, unknown_members_may_be_refused) {
  EXPECT_EQ(misfit_of<closed>(jf::object{{"a", 1}}), "fits");
  EXPECT_EQ(misfit_of<closed>(jf::object{{"a", 1}, {"b", 2}}), "fits");
  EXPECT_EQ(misfit_of<closed>(jf::object{{"a", 1}, {"c", 2}}), "c is unknown");
  EXPECT_EQ(misfit_of<holder>(jf::object{{"more", 1}, {"all", jf::array{jf::object{{"a", 1}, {"c", 2}}}}}),
            "all[0].c is unknown");
}

TEST(describe_types, the_path_begins_at_the_argument) {
  jf::detail::misfit why;
  why.says("is missing");
  EXPECT_EQ(why.message(0), "argument 1: is missing");
  why.inside("price"), why.inside(std::size_t{3}), why.inside("items");
  EXPECT_EQ(why.message(0), "argument 1.items[3].price is missing");
  why.inside(std::size_t{2});
  EXPECT_EQ(why.message(1), "argument 2[2].items[3].price is missing");
}

}  // namespace shapes_of_values
