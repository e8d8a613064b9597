#include "base/json.hpp"

#include <gtest/gtest.h>

#include <chrono>

using namespace jackfield::base;
using json::element;
using json::type;

namespace {

std::string nested(std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

std::vector<element> scanned(std::string_view text) {
  std::vector<element> out;
  EXPECT_TRUE(json::scan_array(text, out)) << text;
  return out;
}

}  // namespace

TEST(json_scan, accepts_what_rfc_8259_allows) {  // S29
  for (const std::string_view ok : {"null",
                                    "true",
                                    "false",
                                    "0",
                                    "-0",
                                    "12",
                                    "-1.5",
                                    "1e5",
                                    "1E+5",
                                    "1.0e-5",
                                    "123456789012345678901234567890",
                                    "\"\"",
                                    "\"a\"",
                                    R"("\"\\\/\b\f\n\r\t\u00e9")",
                                    "\"é€😀\"",
                                    "\"\x7f\"",
                                    "[]",
                                    "{}",
                                    " [ 1 , 2 ] ",
                                    "\t\r\n{ \"a\" : [ { } , null ] }\n",
                                    R"({"a":1,"a":2})",
                                    R"({"":{"":""}})",
                                    R"("\ud800")",
                                    R"("\udc00\ud800")",
                                    "[1,[2,[3]],{\"a\":[]}]"}) {
    EXPECT_TRUE(json::valid(ok)) << ok;
  }
}

TEST(json_scan, refuses_everything_else) {  // S29
  for (const std::string_view bad : {"",
                                     " ",
                                     "nul",
                                     "nulL",
                                     "truex",
                                     "True",
                                     "01",
                                     "-",
                                     "-a",
                                     "+1",
                                     "1.",
                                     ".5",
                                     "1e",
                                     "1e+",
                                     "1.e5",
                                     "0x10",
                                     "Infinity",
                                     "NaN",
                                     "\"",
                                     "\"a",
                                     "\"\\\"",
                                     "\"\\x\"",
                                     "\"\\u12\"",
                                     "\"\\u12g4\"",
                                     "\"\\u123",
                                     "\"\n\"",
                                     "\"\x1f\"",
                                     "'a'",
                                     "[",
                                     "]",
                                     "[1",
                                     "[1,",
                                     "[1,]",
                                     "[,1]",
                                     "[1 2]",
                                     "[1}",
                                     "{",
                                     "}",
                                     "{]",
                                     "{,}",
                                     "{\"a\"}",
                                     "{\"a\":}",
                                     "{\"a\":1,}",
                                     "{\"a\" 1}",
                                     "{a:1}",
                                     "{1:2}",
                                     "{\"a\":1 \"b\":2}",
                                     "{\"a\":1]",
                                     "1 2",
                                     "[] []",
                                     "null,",
                                     "//x\n1",
                                     "\xEF\xBB\xBF[]",
                                     "\v1",
                                     "[1]x",
                                     "{\"a\":1}}",
                                     "[]]"}) {
    EXPECT_FALSE(json::valid(bad)) << bad;
  }
  EXPECT_FALSE(json::valid(std::string_view("[1]\0", 4)));
  EXPECT_FALSE(json::valid(std::string_view("\"\0\"", 3)));
}

TEST(json_scan, strings_are_utf8) {  // S14 S29
  for (const std::string_view bad : {"\"\x80\"", "\"\xC0\x80\"", "\"\xC1\xBF\"", "\"\xC3\"", "\"\xE0\x9F\xBF\"", "\"\xE2\x82\"",
                                     "\"\xED\xA0\x80\"", "\"\xF0\x8F\xBF\xBF\"", "\"\xF4\x90\x80\x80\"", "\"\xF5\x80\x80\x80\"",
                                     "\"\xFF\"", "\"\xE2\x28\xA1\"", "\"\xF0\x9F\x98\"", "{\"\xFF\":1}"}) {
    EXPECT_FALSE(json::valid(bad));
    EXPECT_FALSE(json::valid("\"0123456789abcdef\",\"" + std::string(bad.substr(1))));
  }
  EXPECT_TRUE(json::valid("\"\xEE\x80\x80\xED\x9F\xBF\xF4\x8F\xBF\xBF\""));
}

TEST(json_scan, every_position_of_a_special_character_in_a_string_is_found) {
  for (std::size_t length = 0; length < 70; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      std::string body(length, 'x');
      EXPECT_TRUE(json::valid('"' + body + '"'));
      body[at] = '\x01';
      EXPECT_FALSE(json::valid('"' + body + '"'));
      body[at] = '\x80';
      EXPECT_FALSE(json::valid('"' + body + '"'));
      body[at] = '"';
      EXPECT_FALSE(json::valid('"' + body + '"'));
      body.replace(at, 1, "\\n");
      EXPECT_TRUE(json::valid('"' + body + '"'));
      body.replace(at, 2, "€");
      EXPECT_TRUE(json::valid('"' + body + '"'));
    }
  }
}

TEST(json_scan, depth_is_limited) {  // S29
  EXPECT_TRUE(json::valid(nested(256)));
  EXPECT_FALSE(json::valid(nested(257)));
  EXPECT_TRUE(json::valid(nested(3), 3));
  EXPECT_FALSE(json::valid(nested(4), 3));
  EXPECT_TRUE(json::valid("1", 0));
  EXPECT_FALSE(json::valid("[]", 0));
  EXPECT_TRUE(json::valid(nested(1024), 1'000'000));
  EXPECT_FALSE(json::valid(nested(1025), 1'000'000));
  EXPECT_FALSE(json::valid(std::string(1'000'000, '[')));
  EXPECT_FALSE(json::valid([] {
    std::string s;
    for (int i = 0; i < 300; ++i) s += "{\"a\":";
    return s;
  }()));
  std::vector<element> out;
  EXPECT_TRUE(json::scan_array(nested(256), out));
  EXPECT_FALSE(json::scan_array(nested(257), out));
  EXPECT_FALSE(json::scan_array("[]", out, 0));
}

TEST(json_scan, levels_above_64_remember_what_they_are) {
  std::string open, close;
  for (int i = 0; i < 200; ++i) {
    open += i % 3 ? "[" : "{\"k\":";
    close.insert(0, i % 3 ? "]" : "}");
  }
  EXPECT_TRUE(json::valid(open + "1" + close));
  for (std::size_t i = 0; i < close.size(); ++i) {
    auto wrong = close;
    wrong[i] = wrong[i] == ']' ? '}' : ']';
    EXPECT_FALSE(json::valid(open + "1" + wrong)) << i;
  }
}

TEST(json_scan, array_elements_come_without_blanks_and_with_their_kind) {
  const auto e = scanned("[ \"plain\" ,\"esc\\n\", -1.5e3 , {\"a\":[1]} , [ ] ,true,\tnull ]");
  ASSERT_EQ(e.size(), 7u);
  EXPECT_EQ(e[0].text, "\"plain\"");
  EXPECT_EQ(e[0].kind, type::string);
  EXPECT_TRUE(e[0].plain);
  EXPECT_EQ(json::plain_chars(e[0]), "plain");
  EXPECT_EQ(e[1].text, "\"esc\\n\"");
  EXPECT_FALSE(e[1].plain);
  EXPECT_EQ(e[2].text, "-1.5e3");
  EXPECT_EQ(e[2].kind, type::number);
  EXPECT_EQ(e[3].text, "{\"a\":[1]}");
  EXPECT_EQ(e[3].kind, type::object);
  EXPECT_EQ(e[4].text, "[ ]");
  EXPECT_EQ(e[4].kind, type::array);
  EXPECT_EQ(e[5].kind, type::boolean);
  EXPECT_EQ(e[6].kind, type::null);
}

TEST(json_scan, an_element_is_plain_whatever_stands_deeper) {
  const auto e = scanned(R"([["a\n"],{"b\n":1}])");
  EXPECT_EQ(e[0].kind, type::array);
  EXPECT_EQ(e[1].kind, type::object);
}

TEST(json_scan, scan_array_takes_arrays_only_and_clears_its_output) {
  std::vector<element> out(3);
  EXPECT_TRUE(json::scan_array(" [ ] ", out));
  EXPECT_TRUE(out.empty());
  for (const std::string_view bad :
       {"", " ", "{}", "1", "[", "[1", "[1,", "[1,]", "[,]", "[1]]", "[1][", "[1}", "\"[]\"", "[1] x"}) {
    EXPECT_FALSE(json::scan_array(bad, out)) << bad;
  }
}

TEST(json_scan, says_whether_placeholders_may_stand_inside) {  // P112
  std::vector<element> out;
  const auto seen = [&](std::string_view text) {
    bool p = true;
    EXPECT_TRUE(json::scan_array(text, out, 256, &p)) << text;
    return p;
  };
  EXPECT_TRUE(seen(R"([{"_placeholder":true,"num":0}])"));
  EXPECT_TRUE(seen(R"([[{"a":{ "_placeholder" : true}}]])"));
  EXPECT_TRUE(seen(R"([{"\u005fplaceholder":true}])"));
  EXPECT_FALSE(seen(R"(["_placeholder",{"placeholder":1,"a":"_placeholder"}])"));
}

TEST(json_scan, placeholders_must_point_at_an_attachment) {  // P112 S26
  const auto fit = [](std::string_view text, std::size_t n = 2) { return json::placeholders_fit(text, n); };
  EXPECT_TRUE(fit(R"([{"_placeholder":true,"num":0},{"num":1,"_placeholder":true}])"));
  EXPECT_TRUE(fit(R"({"a":[{"_placeholder" : true , "num" : 1.0}]})"));
  EXPECT_TRUE(fit(R"({"_placeholder":true,"num":-0})"));
  EXPECT_TRUE(fit(R"({"_placeholder":true,"num":1.00000000000000000001})"));
  EXPECT_TRUE(fit(R"({"_placeholder":1,"num":9})"));
  EXPECT_TRUE(fit(R"({"_placeholder":false,"num":"x"})"));
  EXPECT_TRUE(fit(R"({"_placeholder":{"_placeholder":true,"num":1},"num":9})"));
  EXPECT_TRUE(fit(R"(["_placeholder","num",9,{"a":"_placeholder"}])"));
  EXPECT_TRUE(fit(R"({"_placeholder":true,"num":9,"num":1})"));
  EXPECT_TRUE(fit(R"({"_placeholder":true,"_placeholder":false})"));
  for (const std::string_view bad :
       {R"({"_placeholder":true})", R"({"_placeholder":true,"num":2})", R"({"_placeholder":true,"num":-1})",
        R"({"_placeholder":true,"num":0.5})", R"({"_placeholder":true,"num":"0"})", R"({"_placeholder":true,"num":null})",
        R"({"_placeholder":true,"num":1e99})", R"([[[{"a":{"num":7,"_placeholder":true}}]]])",
        R"({"_placeholder":true,"num":[0]})", R"({"\u005fplaceholder":true,"num":2})", R"({"_placeholder":true,"n\u0075m":2})",
        R"({"_placeholder":true,"num":1,"num":9})", R"({"_placeholder":true,"num":18446744073709551616})"}) {
    EXPECT_FALSE(fit(bad)) << bad;
  }
}

TEST(json_scan, takes_linear_time_in_every_token) {  // S29
  const auto cost = [](const std::string& text) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_TRUE(json::valid(text));
    return std::chrono::steady_clock::now() - start;
  };
  constexpr std::size_t n = 4'000'000;
  const std::string digits(n, '1'), letters(n, 'a'), blanks(n, ' ');
  std::string escapes, keys = "{", arrays = "[";
  for (std::size_t i = 0; i < n / 6; ++i) escapes += "\\u00e9";
  for (std::size_t i = 0; i < n / 8; ++i) keys += "\"aaa\":1,";
  for (std::size_t i = 0; i < n / 3; ++i) arrays += "[],";
  for (const auto& text : {digits, "0." + digits, "1e" + digits, '"' + letters + '"', '"' + escapes + '"', keys + "\"\":1}",
                           arrays + "1]", "[" + blanks + "]"}) {
    EXPECT_LT(cost(text), std::chrono::seconds(1));
  }
}
