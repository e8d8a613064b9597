#include <jackfield/describe.hpp>
#include <jackfield/json.hpp>

#include <gtest/gtest.h>

#include <map>
#include <unordered_map>

namespace {

namespace jf = jackfield;

enum class colour { red, green };
BOOST_DESCRIBE_ENUM(colour, red, green)

struct author {
  std::string name;
  std::optional<int> age;
  bool operator==(const author&) const = default;
};
BOOST_DESCRIBE_STRUCT(author, (), (name, age))

struct message {
  std::string text;
  author by;
  std::vector<std::string> tags;
  colour c = colour::red;
  bool operator==(const message&) const = default;
};
BOOST_DESCRIBE_STRUCT(message, (), (text, by, tags, c))

struct reply : message {
  std::int64_t to = 0;
  bool operator==(const reply&) const = default;
};
BOOST_DESCRIBE_STRUCT(reply, (message), (to))

struct celsius {
  double degrees;
};
[[maybe_unused]] jf::value tag_invoke(jf::to_value_tag, const celsius& c) { return jf::object{{"C", c.degrees}}; }
[[maybe_unused]] jf::result<celsius> tag_invoke(jf::from_value_tag<celsius>, const jf::value& v) {
  if (!v["C"].is_number()) return {jf::errc::bad_argument, "no temperature"};
  return celsius{v["C"].number_or(0)};
}

template <class T>
std::string misfit_of(const jf::value& v) {
  auto r = jf::from_value<T>(v);
  if (r) return "fits";
  EXPECT_EQ(r.error().code, jf::errc::bad_argument);
  return r.error().text;
}

template <class T>
void round_trip(const T& t) {
  auto back = jf::from_value<T>(jf::to_value(t));
  ASSERT_TRUE(back) << back.error().text;
  EXPECT_EQ(*back, t);
}

jf::value good_message() {
  return jf::object{
      {"text", "hi"}, {"by", jf::object{{"name", "Ada"}, {"more", 1}}}, {"tags", jf::array{"a", "b"}}, {"c", "green"}};
}

TEST(describe, json_text_becomes_a_value_or_a_type) {
  EXPECT_EQ(*jf::from_json(R"( {"a":[1,"\u00e9"]} )"), jf::value(jf::object{{"a", jf::array{1, "é"}}}));
  EXPECT_EQ(*jf::from_json<author>(R"({"name":"ada","age":36,"more":1})"), (author{"ada", 36}));
  EXPECT_EQ(jf::from_json<author>(R"({"age":36})").error().code, jf::errc::bad_argument);
  EXPECT_EQ(jf::from_json<author>(R"({"age":36})").error().text, "name is missing");
  for (const char* text : {"", "{", "nul", "[1,]", "1 2", "\"\xff\""})
    EXPECT_EQ(jf::from_json(text).error().code, jf::errc::bad_json) << text;
  EXPECT_TRUE(jf::from_json(std::string(256, '[') + std::string(256, ']')));
  EXPECT_EQ(jf::from_json(std::string(257, '[') + std::string(257, ']')).error().code, jf::errc::bad_json);
}

}  // namespace

TEST(describe, everything_goes_there_and_back) {
  round_trip(true);
  round_trip(-5);
  round_trip(UINT64_MAX);
  round_trip(1.5);
  round_trip(std::string("x"));
  round_trip(jf::bytes{std::byte{1}});
  round_trip(std::optional<int>(3));
  round_trip(std::optional<int>());
  round_trip(std::vector<bool>{true, false});
  round_trip(std::array<int, 3>{1, 2, 3});
  round_trip(std::map<std::string, int>{{"a", 1}});
  round_trip(std::unordered_map<std::string, std::string>{{"a", "b"}});
  round_trip(std::variant<std::monostate, int, std::string>("x"));
  round_trip(std::variant<std::monostate, int, std::string>());
  round_trip(std::tuple(1, std::string("a"), 2.5));
  round_trip(std::pair(1, true));
  round_trip(colour::green);
  round_trip(message{"hi", {"Ada", 36}, {"a"}, colour::green});
  reply r;
  r.text = "yes";
  r.to = 7;
  round_trip(r);
}

TEST(describe, structs_ignore_what_they_do_not_know_and_let_optionals_be_absent) {
  auto m = jf::from_value<message>(good_message());
  ASSERT_TRUE(m) << m.error().text;
  EXPECT_EQ(m->by.name, "Ada");
  EXPECT_FALSE(m->by.age);
  EXPECT_EQ(m->c, colour::green);
}

TEST(describe, an_empty_optional_member_is_left_out) {
  EXPECT_EQ(jf::to_json(jf::to_value(author{"Ada", {}})), R"({"name":"Ada"})");
}

TEST(describe, misfits_name_the_path) {
  auto v = good_message();
  (*v.if_object())["by"].if_object()->erase("name");
  EXPECT_EQ(misfit_of<message>(v), "by.name is missing");
  EXPECT_EQ(misfit_of<std::vector<message>>(jf::array{good_message(), v}), "[1].by.name is missing");
  v = good_message();
  (*v.if_object())["tags"] = jf::array{"a", nullptr};
  EXPECT_EQ(misfit_of<message>(v), "tags[1]: expected a string, not null");
  v = good_message();
  (*v.if_object())["c"] = "blue";
  EXPECT_EQ(misfit_of<message>(v), "c is none of the names allowed here");
  EXPECT_FALSE(jf::from_value<colour>(std::string("red\0", 4)));
  EXPECT_EQ(misfit_of<message>(5), "expected an object, not a number");
  EXPECT_EQ(misfit_of<std::vector<std::vector<int>>>(jf::array{jf::array{1, "x"}}), "[0][1]: expected an integer, not a string");
}

TEST(describe, integers_are_checked_for_range_and_wholeness) {
  EXPECT_EQ(*jf::from_value<int>(5.0), 5);
  EXPECT_EQ(*jf::from_value<std::uint64_t>(UINT64_MAX), UINT64_MAX);
  EXPECT_EQ(*jf::from_value<std::int64_t>(-0x1p63), INT64_MIN);
  EXPECT_EQ(*jf::from_value<std::uint64_t>(0x1p63), std::uint64_t{1} << 63);
  EXPECT_FALSE(jf::from_value<std::int64_t>(0x1p63));
  EXPECT_FALSE(jf::from_value<std::uint64_t>(0x1p64));
  EXPECT_FALSE(jf::from_value<std::int64_t>(UINT64_MAX));
  EXPECT_FALSE(jf::from_value<std::uint8_t>(256));
  EXPECT_FALSE(jf::from_value<unsigned>(-1));
  EXPECT_FALSE(jf::from_value<int>(5.5));
  EXPECT_FALSE(jf::from_value<int>(std::nan("")));
  EXPECT_FALSE(jf::from_value<int>("5"));
  EXPECT_FALSE(jf::from_value<int>(true));
}

TEST(describe, kinds_do_not_mix) {
  EXPECT_FALSE(jf::from_value<bool>(1));
  EXPECT_FALSE(jf::from_value<double>("1"));
  EXPECT_FALSE(jf::from_value<std::string>(1));
  EXPECT_FALSE(jf::from_value<jf::bytes>("x"));
  EXPECT_EQ(misfit_of<bool>(jf::object{}), "expected a boolean, not an object");
  EXPECT_EQ(misfit_of<double>(jf::bytes{}), "expected a number, not binary");
  EXPECT_EQ(misfit_of<std::monostate>(1.5), "expected null, not a number");
  EXPECT_FALSE(jf::from_value<jf::object>(jf::array{}));
  EXPECT_EQ(*jf::from_value<double>(7), 7.0);
}

TEST(describe, fixed_lengths) {
  using pair = std::array<int, 2>;
  EXPECT_EQ(misfit_of<pair>(jf::array{1}), "expected an array of 2, not an array of 1");
  using triple = std::tuple<int, std::string, std::optional<bool>>;
  EXPECT_TRUE(jf::from_value<triple>(jf::array{1, "a"}));
  EXPECT_EQ(misfit_of<triple>(jf::array{1}), "[1] is missing");
  EXPECT_EQ(misfit_of<triple>(jf::array{1, "a", true, 4}), "expected an array of 3, not an array of 4");
}

TEST(describe, variants_take_the_first_that_fits) {
  using number_or_text = std::variant<int, double, std::string>;
  EXPECT_EQ(jf::from_value<number_or_text>(5)->index(), 0u);
  EXPECT_EQ(jf::from_value<number_or_text>(5.5)->index(), 1u);
  EXPECT_EQ(jf::from_value<number_or_text>("x")->index(), 2u);
  EXPECT_EQ(misfit_of<number_or_text>(true), "fits none of the alternatives");
}

TEST(describe, repeated_keys_the_last_counts) {
  jf::object o;
  o.append("a", 1);
  o.append("a", 2);
  using map = std::map<std::string, int>;
  EXPECT_EQ(jf::from_value<map>(o)->at("a"), 2);
}

TEST(describe, tag_invoke_wins) {
  EXPECT_EQ(jf::to_value(celsius{21.5})["C"], jf::value(21.5));
  EXPECT_EQ(jf::from_value<celsius>(jf::object{{"C", 3}})->degrees, 3.0);
  EXPECT_EQ(misfit_of<celsius>(5), "no temperature");
  EXPECT_EQ(misfit_of<std::vector<celsius>>(jf::array{5}), "[0]: no temperature");
  EXPECT_EQ(jf::to_json(jf::to_value(std::vector{celsius{1}})), R"([{"C":1}])");
}

TEST(describe, text_like_types_are_written_as_strings) {
  EXPECT_EQ(jf::to_value(std::string_view("x")), jf::value("x"));
  EXPECT_EQ(jf::to_value("literal"), jf::value("literal"));
  EXPECT_EQ(jf::to_value(static_cast<colour>(9)), jf::value());
}
