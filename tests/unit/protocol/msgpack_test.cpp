#include "protocol/msgpack.hpp"

#include "base/json.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using namespace jackfield;
using namespace jackfield::protocol;
using namespace std::string_literals;
namespace json = jackfield::base::json;

namespace {

struct read_value {
  msgpack::fault fault;
  std::string json;
  std::vector<bytes_view> attachments;
  bool whole;
};

read_value read(std::string_view packed, std::size_t depth = 256, std::size_t attachments = 100) {
  read_value r;
  msgpack::cursor c(packed);
  r.fault = msgpack::to_json(c, depth, attachments, r.json, r.attachments);
  r.whole = c.at_end();
  return r;
}

std::string json_of(std::string_view packed) {
  const auto r = read(packed);
  EXPECT_EQ(r.fault, msgpack::fault::none);
  EXPECT_TRUE(r.whole);
  EXPECT_TRUE(json::valid(r.json, json::max_depth)) << r.json;
  return r.json;
}

std::string pack(std::string_view text, std::vector<bytes_view> attachments = {}) {
  std::string out;
  msgpack::from_json(text, attachments, out);
  return out;
}

TEST(msgpack, numbers_of_every_width) {
  EXPECT_EQ(json_of("\x00"s), "0");
  EXPECT_EQ(json_of("\x7f"), "127");
  EXPECT_EQ(json_of("\xe0"), "-32");
  EXPECT_EQ(json_of("\xff"), "-1");
  EXPECT_EQ(json_of("\xcc\xff"), "255");
  EXPECT_EQ(json_of("\xcd\x01\x00"s), "256");
  EXPECT_EQ(json_of("\xce\xff\xff\xff\xff"), "4294967295");
  EXPECT_EQ(json_of("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"), "18446744073709551615");
  EXPECT_EQ(json_of("\xd0\x80"), "-128");
  EXPECT_EQ(json_of("\xd1\x80\x00"s), "-32768");
  EXPECT_EQ(json_of("\xd2\x80\x00\x00\x00"s), "-2147483648");
  EXPECT_EQ(json_of("\xd3\x80\x00\x00\x00\x00\x00\x00\x00"s), "-9223372036854775808");
  EXPECT_EQ(json_of("\xca\x3f\xc0\x00\x00"s), "1.5");
  EXPECT_EQ(json_of("\xca\x40\x48\xf5\xc3"), "3.140000104904175");  // what JavaScript makes of a float32
  EXPECT_EQ(json_of("\xcb\x40\x09\x21\xfb\x54\x44\x2d\x18"), "3.141592653589793");
}

TEST(msgpack, what_json_cannot_say_becomes_null) {
  EXPECT_EQ(json_of("\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00"s), "null");  // NaN
  EXPECT_EQ(json_of("\xcb\xff\xf0\x00\x00\x00\x00\x00\x00"s), "null");  // -Infinity
  EXPECT_EQ(json_of("\xca\x7f\x80\x00\x00"s), "null");
  EXPECT_EQ(json_of("\xd4\x00\x00"s), "null");
}

// P121
TEST(msgpack, undefined_is_no_member_and_null_in_lists) {
  EXPECT_EQ(json_of("\x93\x01\xd4\x00\x00\x02"s), "[1,null,2]");
  EXPECT_EQ(json_of("\x83\xa1"
                    "a\xd4\x00\x00\xa1"
                    "b\x01\xa1"
                    "c\xd4\x00\x07"s),
            R"({"b":1})");
  EXPECT_EQ(json_of("\x81\xa1"
                    "a\xd4\x00\x00"s),
            "{}");
}

TEST(msgpack, strings_of_every_width) {
  EXPECT_EQ(json_of("\xa0"), R"("")");
  EXPECT_EQ(json_of("\xa6"
                    "a\"\\\n\x01z"s),
            R"("a\"\\\n\u0001z")");
  EXPECT_EQ(json_of("\xd9\x03\xe2\x82\xac"), "\"\xe2\x82\xac\"");
  EXPECT_EQ(json_of("\xda\x00\x02hi"s), R"("hi")");
  EXPECT_EQ(json_of("\xdb\x00\x00\x00\x02hi"s), R"("hi")");
}

TEST(msgpack, text_that_is_no_utf8_is_refused) {
  EXPECT_EQ(read("\xa1\xff").fault, msgpack::fault::malformed);
  EXPECT_EQ(read("\xa2\xc0\x80").fault, msgpack::fault::malformed);
  EXPECT_EQ(read("\xa3\xed\xa0\x80").fault, msgpack::fault::malformed);  // a surrogate
  EXPECT_EQ(read("\x81\xa1\xff\x01").fault, msgpack::fault::malformed);  // as a key
}

TEST(msgpack, lists_and_maps_of_every_width) {
  EXPECT_EQ(json_of("\x90"), "[]");
  EXPECT_EQ(json_of("\x80"), "{}");
  EXPECT_EQ(json_of("\x92\x91\x01\x90"), "[[1],[]]");
  EXPECT_EQ(json_of("\xdc\x00\x02\xc2\xc3"s), "[false,true]");
  EXPECT_EQ(json_of("\xdd\x00\x00\x00\x01\xc0"s), "[null]");
  EXPECT_EQ(json_of("\xde\x00\x01\xa1k\x80"s), R"({"k":{}})");
  EXPECT_EQ(json_of("\xdf\x00\x00\x00\x01\xa1k\x91\x80"s), R"({"k":[{}]})");
}

TEST(msgpack, keys_that_are_no_strings_become_their_text) {
  EXPECT_EQ(json_of("\x84\x01\x01\xe0\x02\xc0\x03\xc3\x04"), R"({"1":1,"-32":2,"null":3,"true":4})");
  EXPECT_EQ(json_of("\x81\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00\x01"s), R"({"1.5":1})");
  EXPECT_EQ(read("\x81\x90\x01").fault, msgpack::fault::malformed);
  EXPECT_EQ(read("\x81\x80\x01").fault, msgpack::fault::malformed);
  EXPECT_EQ(read("\x81\xc4\x00\x01"s).fault, msgpack::fault::malformed);
  EXPECT_EQ(read("\x81\xd4\x00\x00\x01"s).fault, msgpack::fault::malformed);
}

TEST(msgpack, of_repeated_keys_the_last_counts) {
  value v;
  ASSERT_TRUE(json::parse(json_of("\x82\xa1"
                                  "a\x01\xa1"
                                  "a\x02"),
                          v));
  EXPECT_EQ(v["a"], value(2));
}

TEST(msgpack, binary_of_every_kind) {
  for (const auto& packed : {"\xc4\x02\x07\x08"s, "\xc5\x00\x02\x07\x08"s, "\xc6\x00\x00\x00\x02\x07\x08"s,
                             "\xc7\x02\x00\x07\x08"s, "\xc8\x00\x02\x00\x07\x08"s, "\xc9\x00\x00\x00\x02\x00\x07\x08"s}) {
    const auto r = read(packed);
    EXPECT_EQ(r.fault, msgpack::fault::none);
    EXPECT_EQ(r.json, R"({"_placeholder":true,"num":0})");
    ASSERT_EQ(r.attachments.size(), 1u);
    EXPECT_EQ(as_chars(r.attachments[0]), "\x07\x08");
  }
  const auto two = read("\x92\xc4\x00\x81\xa1x\xc4\x01y"s);
  EXPECT_EQ(two.json, R"([{"_placeholder":true,"num":0},{"x":{"_placeholder":true,"num":1}}])");
  EXPECT_EQ(two.attachments.size(), 2u);
}

TEST(msgpack, other_extensions_are_pairs_as_the_reference_reads_them) {
  const auto r = read("\xd6\xff\x01\x02\x03\x04");
  EXPECT_EQ(r.fault, msgpack::fault::none);
  EXPECT_EQ(r.json, R"([-1,{"_placeholder":true,"num":0}])");
  EXPECT_EQ(as_chars(r.attachments.at(0)), "\x01\x02\x03\x04");
  EXPECT_EQ(read("\xd5\x00\x01\x02"s).json, R"([0,{"_placeholder":true,"num":0}])");
  EXPECT_EQ(read("\xc7\x01\x05z").json, R"([5,{"_placeholder":true,"num":0}])");
  EXPECT_EQ(read("\xd8\x05"
                 "0123456789abcdef")
                .json,
            R"([5,{"_placeholder":true,"num":0}])");
  EXPECT_EQ(read("\xd5\x05zz", 0).fault, msgpack::fault::too_deep);
}

std::string date(std::int64_t ms) {
  std::string out = "\xd7" + std::string(1, 0);
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(ms >> shift);
  return json_of(out);
}

TEST(msgpack, dates_are_written_as_javascript_does) {
  EXPECT_EQ(date(1'577'836'800'000), R"("2020-01-01T00:00:00.000Z")");
  EXPECT_EQ(date(-1), R"("1969-12-31T23:59:59.999Z")");
  EXPECT_EQ(date(8'640'000'000'000'000), R"("+275760-09-13T00:00:00.000Z")");
  EXPECT_EQ(date(8'640'000'000'000'001), "null");
  EXPECT_EQ(date(std::numeric_limits<std::int64_t>::min()), "null");
}

// S29 S30
TEST(msgpack, nesting_is_limited) {
  EXPECT_EQ(read(std::string(3, '\x91') + '\x01', 3).fault, msgpack::fault::none);
  EXPECT_EQ(read(std::string(4, '\x91') + '\x01', 3).fault, msgpack::fault::too_deep);
  std::string maps;
  for (int i = 0; i < 4; ++i) maps += "\x81\xa1k";
  EXPECT_EQ(read(maps + '\x01', 4).fault, msgpack::fault::none);
  EXPECT_EQ(read(maps + '\x01', 3).fault, msgpack::fault::too_deep);
  EXPECT_EQ(read(std::string(1'000'000, '\x91')).fault, msgpack::fault::too_deep);
  msgpack::cursor deep(std::string_view("\x91\x91\x91\x91\x91\x01"));
  EXPECT_TRUE(deep.skip() && deep.at_end());
}

// S30
TEST(msgpack, lengths_are_compared_with_what_is_there) {
  for (const auto& packed : {"\xdd\xff\xff\xff\xff"s,
                             "\xdf\xff\xff\xff\xff"s,
                             "\xdb\xff\xff\xff\xff"s,
                             "\xc6\xff\xff\xff\xff"s,
                             "\xc9\xff\xff\xff\xff\x00"s,
                             "\xa2z"s,
                             "\x92\x01"s,
                             "\x81\xa1k"s,
                             "\xc4\x01"s,
                             "\xc7\x01\x00"s,
                             "\xd4\x00"s,
                             "\xd7\x00\x00"s,
                             "\xcb\x00"s,
                             "\xcc"s,
                             "\xd3\x00"s,
                             "\xca"s,
                             ""s,
                             "\xc1"s,
                             "\xd9"s,
                             "\xdc\x00"s}) {
    EXPECT_EQ(read(packed).fault, msgpack::fault::malformed) << testing::PrintToString(packed);
    msgpack::cursor c(packed);
    EXPECT_FALSE(c.skip()) << testing::PrintToString(packed);
  }
}

// S26
TEST(msgpack, binary_values_are_limited) {
  EXPECT_EQ(read("\x92\xc4\x00\xc4\x00"s, 256, 2).fault, msgpack::fault::none);
  EXPECT_EQ(read("\x93\xc4\x00\xc4\x00\xc4\x00"s, 256, 1).fault, msgpack::fault::too_many_attachments);
}

TEST(msgpack, data_that_looks_like_a_placeholder) {
  const std::string lookalike = "\x82\xac_placeholder\xc3\xa3num\x00"s;
  EXPECT_EQ(json_of(lookalike), R"({"_placeholder":true,"num":0})");  // data, as long as there is no binary
  EXPECT_EQ(read("\x92" + lookalike + "\xc4\x00"s).fault, msgpack::fault::ambiguous);
  EXPECT_EQ(read("\x92\x81\xac_placeholder\xc2\xc4\x00"s).fault, msgpack::fault::none);
}

TEST(msgpack, numbers_are_written_in_the_shortest_form) {
  EXPECT_EQ(pack("0"), "\x00"s);
  EXPECT_EQ(pack("-0"), "\x00"s);
  EXPECT_EQ(pack("127"), "\x7f");
  EXPECT_EQ(pack("128"), "\xcc\x80");
  EXPECT_EQ(pack("256"), "\xcd\x01\x00"s);
  EXPECT_EQ(pack("65536"), "\xce\x00\x01\x00\x00"s);
  EXPECT_EQ(pack("4294967296"), "\xcf\x00\x00\x00\x01\x00\x00\x00\x00"s);
  EXPECT_EQ(pack("18446744073709551615"), "\xcf\xff\xff\xff\xff\xff\xff\xff\xff");
  EXPECT_EQ(pack("-32"), "\xe0");
  EXPECT_EQ(pack("-33"), "\xd0\xdf");
  EXPECT_EQ(pack("-129"), "\xd1\xff\x7f");
  EXPECT_EQ(pack("-32769"), "\xd2\xff\xff\x7f\xff");
  EXPECT_EQ(pack("-2147483649"), "\xd3\xff\xff\xff\xff\x7f\xff\xff\xff");
  EXPECT_EQ(pack("1.5"), "\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00"s);
  EXPECT_EQ(pack("5.0"), "\x05");
  EXPECT_EQ(pack("1e3"), "\xcd\x03\xe8");
  EXPECT_EQ(pack("1e20")[0], '\xcb');
}

TEST(msgpack, lengths_are_written_in_the_shortest_form) {
  const auto list = [](std::size_t n) {
    std::string t = "[";
    for (std::size_t i = 0; i < n; ++i) t += i == 0 ? "1" : ",1";
    return pack(t + "]").substr(0, 5);
  };
  EXPECT_EQ(list(0), "\x90");
  EXPECT_EQ(list(15)[0], '\x9f');
  EXPECT_EQ(list(16).substr(0, 3), "\xdc\x00\x10"s);
  EXPECT_EQ(list(65536), "\xdd\x00\x01\x00\x00"s);
  const auto text = [](std::size_t n) { return pack('"' + std::string(n, 'x') + '"').substr(0, 5); };
  EXPECT_EQ(text(31)[0], '\xbf');
  EXPECT_EQ(text(32).substr(0, 2), "\xd9\x20");
  EXPECT_EQ(text(256).substr(0, 3), "\xda\x01\x00"s);
  EXPECT_EQ(text(65536), "\xdb\x00\x01\x00\x00"s);
  std::string map = "{";
  for (int i = 0; i < 16; ++i) map += (i ? ",\"" : "\"") + std::to_string(i) + "\":[]";
  EXPECT_EQ(pack(map + "}").substr(0, 3), "\xde\x00\x10"s);
}

TEST(msgpack, blanks_and_escapes_of_json) {
  EXPECT_EQ(pack(" [ 1 , { \"a\" : [ ] } , \"x\" ] "),
            "\x93\x01\x81\xa1"
            "a\x90\xa1x");
  EXPECT_EQ(pack(R"("a\"b\\")"),
            "\xa4"
            "a\"b\\");
  EXPECT_EQ(pack(R"("\\\"")"), "\xa2\\\"");
  EXPECT_EQ(pack(R"(["\\","]"])"), "\x92\xa1\\\xa1]");
  EXPECT_EQ(pack(R"("\u20ac\ud83d\ude00")"), "\xa7\xe2\x82\xac\xf0\x9f\x98\x80");
  EXPECT_EQ(pack(R"("x\ud800y")"), "\xa5x\xef\xbf\xbdy");  // UTF-8 cannot say it
}

TEST(msgpack, placeholders_become_bytes) {
  const auto one = as_bytes("ab");
  EXPECT_EQ(pack(R"([{"_placeholder":true,"num":0},{"k":{"_placeholder":true,"num":1}}])", {one, {}}),
            "\x92\xc4\x02"
            "ab\x81\xa1k\xc4\x00"s);
  EXPECT_EQ(pack(R"({"_placeholder":true,"num":0})"), "\x82\xac_placeholder\xc3\xa3num\x00"s);  // data
  EXPECT_EQ(pack(R"([{"_placeholder":true,"num":7}])", {one}).substr(0, 2), "\x91\x82");
}

TEST(msgpack, what_is_written_reads_back) {
  for (const char* text : {R"([])", R"({"a":{"b":[[],{},[{}]]},"c":null})", R"(["é",true,false,-1,1.25,{"":""}])",
                           R"([[[[[[1]]]]],"]}","{[",",",":"])", R"([{"a":1,"b":2},{"c":"\"]"},"\n\t"])"}) {
    EXPECT_EQ(json_of(pack(text)), text);
  }
}

}  // namespace
