#include <jackfield/value.hpp>

#include <gtest/gtest.h>

#include <cmath>

using namespace jackfield;

TEST(value, holds_every_kind) {
  EXPECT_EQ(value().type(), value::kind::null);
  EXPECT_EQ(value(true).type(), value::kind::boolean);
  EXPECT_EQ(value(-1).type(), value::kind::integer);
  EXPECT_EQ(value(5u).type(), value::kind::integer);
  EXPECT_EQ(value(UINT64_MAX).type(), value::kind::unsigned_integer);
  EXPECT_EQ(value(std::uint64_t{5}).type(), value::kind::integer);
  EXPECT_EQ(value(1.0f).type(), value::kind::real);
  EXPECT_EQ(value("x").type(), value::kind::string);
  EXPECT_EQ(value(bytes{}).type(), value::kind::binary);
  EXPECT_EQ(value(array{}).type(), value::kind::array);
  EXPECT_EQ(value(object{}).type(), value::kind::object);
}

TEST(value, reads_leniently) {
  const value v = object{{"a", array{1, "two", 3.5, UINT64_MAX, true}}};
  EXPECT_EQ(v["a"][0].number_or(-1), 1);
  EXPECT_EQ(v["a"][1].text_or("none"), "two");
  EXPECT_EQ(v["a"][2].number_or(-1), 3.5);
  EXPECT_EQ(v["a"][3].number_or(-1), 0x1p64);
  EXPECT_TRUE(v["a"][4].bool_or(false));
  EXPECT_TRUE(v["a"][9].is_null());
  EXPECT_TRUE(v["b"]["c"][std::size_t{0}].is_null());
  EXPECT_EQ(v["a"].text_or("none"), "none");
  EXPECT_EQ(v.number_or(-1), -1);
  EXPECT_FALSE(v.bool_or(false));
}

TEST(value, numbers_compare_by_value) {
  EXPECT_EQ(value(5), value(5.0));
  EXPECT_EQ(value(5.0), value(5));
  EXPECT_EQ(value(UINT64_MAX), value(UINT64_MAX));
  EXPECT_NE(value(UINT64_MAX), value(-1));
  EXPECT_NE(value(UINT64_MAX), value(0x1p64));
  EXPECT_EQ(value(std::uint64_t{1} << 63), value(0x1p63));
  EXPECT_NE(value(INT64_MAX), value(0x1p63));
  EXPECT_NE(value((std::int64_t{1} << 53) + 1), value(0x1p53));
  EXPECT_NE(value(5), value(5.5));
  EXPECT_NE(value(std::nan("")), value(std::nan("")));
  EXPECT_NE(value(1), value(true));
  EXPECT_NE(value(0), value());
}

TEST(value, objects_compare_without_order_and_by_the_last_of_repeated_keys) {
  const object a{{"x", 1}, {"y", array{1, 2}}};
  const object b{{"y", array{1, 2}}, {"x", 1}};
  EXPECT_EQ(a, b);
  EXPECT_EQ(value(a), value(b));
  object repeated;
  repeated.append("x", 7);
  repeated.append("y", array{1, 2});
  repeated.append("x", 1);
  EXPECT_EQ(repeated, a);
  repeated.append("x", 2);
  EXPECT_NE(repeated, a);
  EXPECT_NE(a, (object{{"x", 1}, {"z", 1}}));
  EXPECT_NE(a, (object{{"x", 1}}));
  EXPECT_NE(value(array{1, 2}), value(array{2, 1}));
  EXPECT_NE(value(array{1}), value(array{1, 2}));
  EXPECT_NE(value("a"), value("b"));
  EXPECT_NE(value(bytes{std::byte{1}}), value(bytes{std::byte{2}}));
}

TEST(value, an_object_is_an_ordered_list_of_members) {
  object o;
  o["b"] = 1;
  o["a"] = 2;
  o["b"] = 3;
  EXPECT_EQ(o.size(), 2u);
  EXPECT_EQ(o.begin()->first, "b");
  EXPECT_EQ(*o.find("b"), value(3));
  EXPECT_EQ(o.find("c"), nullptr);
  o.erase("b");
  EXPECT_EQ(o.size(), 1u);
  EXPECT_TRUE(o["new"].is_null());
  EXPECT_FALSE(o.empty());
}

TEST(value, knows_whether_binary_stands_inside) {
  EXPECT_TRUE(value(bytes{}).has_binary());
  EXPECT_TRUE(value(array{1, object{{"a", array{bytes{}}}}}).has_binary());
  EXPECT_FALSE(value(array{1, object{{"a", array{"x"}}}}).has_binary());
  EXPECT_FALSE(value("x").has_binary());
}

namespace {

value nested(int levels) {
  value v = 1;
  for (int i = 0; i < levels; ++i) {
    if (i % 2) {
      object o;
      o.append("k", std::move(v));
      v = std::move(o);
    } else {
      array a;
      a.push_back(std::move(v));
      v = std::move(a);
    }
  }
  return v;
}

}  // namespace

TEST(value, depth_costs_no_stack) {  // S29
  const value a = nested(100'000), b = nested(100'000), c = nested(100'002);
  EXPECT_EQ(a, b);
  EXPECT_NE(a, c);
  EXPECT_FALSE(a.has_binary());
}
