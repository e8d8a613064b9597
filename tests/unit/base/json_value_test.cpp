// Parsing, writing, numbers and strings of JSON.
#include "base/json.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

using namespace jackfield;
using namespace jackfield::base;
using namespace std::string_literals;

namespace {

value parsed(std::string_view text) {
  value v;
  EXPECT_TRUE(json::parse(text, v)) << text;
  return v;
}

std::string written(const value& v) {
  std::string out;
  std::vector<bytes_view> attachments;
  EXPECT_TRUE(json::write(v, out, attachments));
  return out;
}

std::string in_quotes(std::string_view text) {
  std::string out;
  json::write_string(text, out);
  return out;
}

std::string number(double d) {
  std::string out;
  json::write_number(d, out);
  return out;
}

bytes data(std::string_view text) {
  const auto view = as_bytes(text);
  return {view.begin(), view.end()};
}

}  // namespace

TEST(json_number, doubles_print_as_in_javascript) {  // S29
  // From node: JSON.stringify(JSON.parse(left)).
  struct row {
    const char *text, *printed;
  };
  const row table[] = {
      {"0", "0"},
      {"-0", "0"},
      {"1", "1"},
      {"-1", "-1"},
      {"0.1", "0.1"},
      {"0.5", "0.5"},
      {"1.5", "1.5"},
      {"-2.25", "-2.25"},
      {"100", "100"},
      {"1e20", "100000000000000000000"},
      {"1e21", "1e+21"},
      {"123456789012345680000", "123456789012345680000"},
      {"1.5e21", "1.5e+21"},
      {"1e-6", "0.000001"},
      {"1e-7", "1e-7"},
      {"1.5e-7", "1.5e-7"},
      {"0.000001234", "0.000001234"},
      {"0.0000001234", "1.234e-7"},
      {"5e-324", "5e-324"},
      {"1.7976931348623157e308", "1.7976931348623157e+308"},
      {"2.2250738585072014e-308", "2.2250738585072014e-308"},
      {"9007199254740993", "9007199254740992"},
      {"4.35", "4.35"},
      {"0.3", "0.3"},
      {"1e100", "1e+100"},
      {"123e-20", "1.23e-18"},
      {"-1e-9", "-1e-9"},
      {"3.141592653589793", "3.141592653589793"},
      {"299792458.123", "299792458.123"},
      {"1e22", "1e+22"},
      {"12345678901234567890", "12345678901234567000"},
      {"999999999999999900000", "999999999999999900000"},
      {"1e-5", "0.00001"},
      {"100000000000000000000.5", "100000000000000000000"},
      {"0.00001", "0.00001"},
      {"33.333333333333336", "33.333333333333336"},
      {"-0.000001", "-0.000001"},
      {"2e-7", "2e-7"},
      {"4.9406564584124654e-324", "5e-324"},
      {"1e400", "null"},
      {"-1e400", "null"},
      {"1e-400", "0"},
  };
  for (const auto& r : table) EXPECT_EQ(number(json::to_double(r.text)), r.printed) << r.text;
  EXPECT_EQ(number(std::nan("")), "null");
}

TEST(json_number, doubles_survive_writing_and_reading) {  // S29
  std::mt19937_64 rng(3);
  for (int i = 0; i < 100'000; ++i) {
    const double d = std::bit_cast<double>(rng());
    if (!std::isfinite(d)) continue;
    const auto text = number(d);
    ASSERT_TRUE(json::valid(text)) << text;
    ASSERT_EQ(json::to_double(text), d) << text;
  }
}

TEST(json_number, out_of_range_is_infinite_or_zero) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(json::to_double("1e400"), inf);
  EXPECT_EQ(json::to_double("-1e400"), -inf);
  EXPECT_EQ(json::to_double("1" + std::string(400, '0')), inf);
  EXPECT_EQ(json::to_double("1e99999999999999999999999"), inf);
  EXPECT_EQ(json::to_double("0.001e-99999999999999999999999"), 0.0);
  EXPECT_EQ(json::to_double("0." + std::string(400, '0') + "1"), 0.0);
  EXPECT_EQ(json::to_double("0e99999999999999999999999"), 0.0);
  EXPECT_TRUE(std::signbit(json::to_double("-1e-400")));
}

TEST(json_number, integers_are_exact) {  // S29
  EXPECT_EQ(parsed("9223372036854775807").type(), value::kind::integer);
  EXPECT_EQ(*parsed("-9223372036854775808").if_integer(), INT64_MIN);
  EXPECT_EQ(*parsed("9223372036854775808").if_unsigned(), 9223372036854775808u);
  EXPECT_EQ(*parsed("18446744073709551615").if_unsigned(), UINT64_MAX);
  EXPECT_EQ(parsed("18446744073709551616").type(), value::kind::real);
  EXPECT_EQ(parsed("-9223372036854775809").type(), value::kind::real);
  EXPECT_EQ(parsed("1.0").type(), value::kind::real);
  EXPECT_EQ(written(parsed("[-9223372036854775808,18446744073709551615,1.0]")), "[-9223372036854775808,18446744073709551615,1]");
}

TEST(json_number, to_int64) {
  const auto ok = [](std::string_view text, std::int64_t expected) {
    std::int64_t i = 77;
    EXPECT_TRUE(json::to_int64(text, i)) << text;
    EXPECT_EQ(i, expected) << text;
  };
  ok("0", 0);
  ok("-0", 0);
  ok("-0.0e5", 0);
  ok("-12", -12);
  ok("1e3", 1000);
  ok("1.50e2", 150);
  ok("1200e-2", 12);
  ok("0.0012e4", 12);
  ok("5.000", 5);
  ok("9223372036854775807", INT64_MAX);
  ok("-9223372036854775808", INT64_MIN);
  ok("-9.223372036854775808e18", INT64_MIN);
  ok("0e999999999999999999999", 0);
  std::int64_t i;
  for (const std::string_view bad :
       {"1.5", "1e-1", "9223372036854775808", "-9223372036854775809", "1e19", "1e999999999999999999", "0.1", "12e-2", "-1e30"}) {
    EXPECT_FALSE(json::to_int64(bad, i)) << bad;
  }
}

TEST(json_number, to_uint64) {
  std::uint64_t u;
  EXPECT_TRUE(json::to_uint64("18446744073709551615", u) && u == UINT64_MAX);
  EXPECT_TRUE(json::to_uint64("1.8446744073709551615e19", u) && u == UINT64_MAX);
  EXPECT_TRUE(json::to_uint64("-0", u) && u == 0);
  EXPECT_FALSE(json::to_uint64("18446744073709551616", u));
  EXPECT_FALSE(json::to_uint64("-1", u));
  EXPECT_FALSE(json::to_uint64("0.5", u));
}

TEST(json_string, writes_as_json_stringify_does) {  // S14 S29
  EXPECT_EQ(in_quotes(""), R"("")");
  EXPECT_EQ(in_quotes("q\"b\\s/"), R"("q\"b\\s/")");
  EXPECT_EQ(in_quotes("\b\t\n\f\r"), R"("\b\t\n\f\r")");
  EXPECT_EQ(in_quotes(std::string_view("\0\x01\x1f\x7f", 4)), "\"\\u0000\\u0001\\u001f\x7f\"");
  EXPECT_EQ(in_quotes("é€😀"), "\"é€😀\"");
  EXPECT_EQ(in_quotes("\u2028\u2029"), "\"\u2028\u2029\"");
  EXPECT_EQ(in_quotes("0123456789abcdefghijklmnopqrstuvwxyz\"0123456789abcdef\\"),
            R"("0123456789abcdefghijklmnopqrstuvwxyz\"0123456789abcdef\\")");
}

TEST(json_string, lone_surrogates_leave_as_escapes) {  // S29
  EXPECT_EQ(in_quotes("\xED\xA0\x80"), R"("\ud800")");
  EXPECT_EQ(in_quotes("x\xED\xBF\xBFy"), R"("x\udfffy")");
  for (const char* text :
       {R"("\ud800")", R"("a\udfff")", R"("\ude00\ud83d")", R"({"\ud800":"\udc00x"})", R"("\ud800\ud800\udc00")"}) {
    const auto back = written(parsed(text));
    EXPECT_TRUE(json::valid(back)) << back;
    EXPECT_EQ(parsed(back), parsed(text));
  }
  EXPECT_EQ(written(parsed(R"("\ude00\ud83d")")), R"("\ude00\ud83d")");
  EXPECT_EQ(written(parsed(R"("\uD83D\uDE00")")), "\"😀\"");
}

TEST(json_string, what_is_not_utf8_becomes_a_replacement_character) {  // S14
  EXPECT_EQ(in_quotes("a\xFFz"), "\"a\uFFFDz\"");
  EXPECT_EQ(in_quotes("\xC0\x80"), "\"\uFFFD\uFFFD\"");
  EXPECT_EQ(in_quotes("\xE2\x82"), "\"\uFFFD\"");
  EXPECT_EQ(in_quotes("\xF0\x9F\x98z"), "\"\uFFFDz\"");
  EXPECT_EQ(in_quotes("\xF4\x90\x80\x80"), "\"\uFFFD\uFFFD\uFFFD\uFFFD\"");
  EXPECT_EQ(in_quotes("\xE0\x9F\xBF"), "\"\uFFFD\uFFFD\uFFFD\"");
  std::mt19937 rng(5);
  for (int i = 0; i < 20'000; ++i) {
    std::string noise(rng() % 40, 0);
    for (auto& c : noise) c = static_cast<char>(rng() % 3 ? rng() : 0xE0 + rng() % 32);
    ASSERT_TRUE(json::valid(in_quotes(noise)));
  }
}

TEST(json_string, unescapes_everything) {
  std::string out = "kept:";
  json::unescape(R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00 plain \u0000")", out);
  EXPECT_EQ(out, "kept:\"\\/\b\f\n\r\tAé€😀 plain \0"s);
}

TEST(json_parse, builds_values) {
  const auto v = parsed(R"( {"a":[1,-2.5,"x\n",true,false,null,{}],"b":{"c":[]}} )");
  EXPECT_EQ(v["a"][0], value(1));
  EXPECT_EQ(v["a"][1], value(-2.5));
  EXPECT_EQ(v["a"][2], value("x\n"));
  EXPECT_EQ(v["a"][3], value(true));
  EXPECT_EQ(v["a"][4], value(false));
  EXPECT_TRUE(v["a"][5].is_null());
  EXPECT_TRUE(v["a"][6].is_object());
  EXPECT_TRUE(v["b"]["c"].is_array());
  EXPECT_EQ(written(v), R"({"a":[1,-2.5,"x\n",true,false,null,{}],"b":{"c":[]}})");
}

TEST(json_parse, agrees_with_the_scanner_about_what_is_valid) {  // S29
  const std::string_view samples[] = {R"([{"a":[1,2,{"b":null}],"c":"\u00e9x"},-1.5e3,true,"é€"])",
                                      R"({"k":{"l":[[],{},[{}]]}})"};
  std::mt19937 rng(11);
  int valid = 0;
  for (int i = 0; i < 40'000; ++i) {
    std::string text(samples[i % 2]);
    for (auto n = rng() % 3 + 1; n > 0; --n) {
      constexpr std::string_view alphabet = "[]{}:,\"\\ 01e.-tfn\x80\xC3\xE2";
      const auto at = rng() % text.size();
      switch (rng() % 3) {
        case 0: text[at] = alphabet[rng() % alphabet.size()]; break;
        case 1: text.erase(at, 1); break;
        default: text.insert(at, 1, alphabet[rng() % alphabet.size()]);
      }
    }
    value v;
    const bool parses = json::parse(text, v);
    ASSERT_EQ(parses, json::valid(text)) << text;
    valid += parses;
    if (!parses) {
      ASSERT_TRUE(v.is_null());
    }
  }
  EXPECT_GT(valid, 1000);
}

TEST(json_parse, every_prefix_is_refused) {
  const std::string_view text = R"([{"a":[1,"x\u00e9"],"b":{"c":true}}])";
  value v;
  for (std::size_t n = 0; n < text.size(); ++n) EXPECT_FALSE(json::parse(text.substr(0, n), v)) << n;
}

TEST(json_parse, depth_is_limited) {  // S29
  value v;
  EXPECT_TRUE(json::parse(std::string(256, '[') + std::string(256, ']'), v));
  EXPECT_FALSE(json::parse(std::string(257, '[') + std::string(257, ']'), v));
  EXPECT_FALSE(json::parse(std::string(1'000'000, '['), v));
  EXPECT_FALSE(json::parse("[[]]", v, 1));
}

TEST(json_parse, repeated_keys_are_kept_and_the_last_counts) {
  const auto v = parsed(R"({"a":1,"a":2})");
  EXPECT_EQ(v.if_object()->size(), 2u);
  EXPECT_EQ(v["a"], value(2));
}

TEST(json_parse, placeholders_become_their_attachments) {  // P108 P112
  const bytes a = data("A"), b = data("BB");
  const bytes_view attachments[] = {a, b};
  value v;
  ASSERT_TRUE(
      json::parse(R"([{"_placeholder":true,"num":1},{"x":{"num":0,"_placeholder":true}},{"_placeholder":1}])", attachments, v));
  EXPECT_EQ(v[0], value(b));
  EXPECT_EQ(v[1]["x"], value(a));
  EXPECT_TRUE(v[2].is_object());
  for (const char* bad :
       {R"({"_placeholder":true,"num":2})", R"({"_placeholder":true,"num":-1})", R"({"_placeholder":true,"num":0.5})",
        R"({"_placeholder":true,"num":"0"})", R"({"_placeholder":true})", R"({"_placeholder":true,"num":1e300})"}) {
    EXPECT_FALSE(json::parse(bad, attachments, v)) << bad;
    EXPECT_FALSE(json::placeholders_fit(bad, 2)) << bad;
  }
}

TEST(json_parse, without_attachments_placeholders_stay_as_they_are) {
  const auto v = parsed(R"({"_placeholder":true,"num":0})");
  EXPECT_TRUE(v.is_object());
  EXPECT_EQ(v["num"], value(0));
}

TEST(json_write, binary_becomes_placeholders_in_depth_first_order) {  // P108 P109
  const value v = array{data("0"), object{{"x", array{data("1"), 5}}, {"y", data("2")}}, data("3")};
  const value before = v;
  std::string out = "[";
  std::vector<bytes_view> attachments;
  ASSERT_TRUE(json::write(v, out, attachments));
  EXPECT_EQ(
      out,
      R"([[{"_placeholder":true,"num":0},{"x":[{"_placeholder":true,"num":1},5],"y":{"_placeholder":true,"num":2}},{"_placeholder":true,"num":3}])");
  ASSERT_EQ(attachments.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(as_chars(attachments[i]), std::to_string(i));
  EXPECT_EQ(v, before);
  value back;
  ASSERT_TRUE(json::parse(std::string_view(out).substr(1), attachments, back));
  EXPECT_EQ(back, v);
}

TEST(json_write, depth_is_limited) {  // S29
  value v = 1;
  for (int i = 0; i < 256; ++i) v = i % 2 ? value(array{std::move(v)}) : value(object{{"a", std::move(v)}});
  std::string out;
  std::vector<bytes_view> attachments;
  EXPECT_TRUE(json::write(v, out, attachments));
  v = array{std::move(v)};
  EXPECT_FALSE(json::write(v, out, attachments));
  EXPECT_THROW(to_json(v), std::length_error);
}

TEST(json_write, to_json) {
  EXPECT_EQ(to_json({}), "null");
  EXPECT_EQ(to_json(object{{"a", array{1, 2.5, "x", true, nullptr, object{}, array{}}}}), R"({"a":[1,2.5,"x",true,null,{},[]]})");
  EXPECT_EQ(to_json(std::numeric_limits<double>::infinity()), "null");
}
