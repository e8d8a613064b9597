// arg and args: what stands in a packet, read without a tree, kept, and packed again.
#include "base/json.hpp"
#include "socket/placeholders.hpp"
#include "socket/scratch.hpp"

#include <jackfield/arg.hpp>
#include <jackfield/packer.hpp>

#include <gtest/gtest.h>

#include <map>

namespace jackfield {
namespace {

struct scanned {
  explicit scanned(std::string t, std::vector<bytes> b = {}) : text(std::move(t)), binary(std::move(b)) {
    for (auto& each : binary) views.emplace_back(each);
    EXPECT_TRUE(base::json::scan_array(text, items));
  }
  args all() const { return args(items, views); }
  std::string text;
  std::vector<bytes> binary;
  std::vector<bytes_view> views;
  std::vector<base::json::element> items;
};

std::string packed(const packer& p) { return const_cast<packer&>(p).memory().text.substr(sio::scratch::header_room) + "]"; }

TEST(arg, reads_what_fits) {
  const scanned s(R"([1,-2,1.5,"a\u00e9","plain",true,null,[1,2],{"k":1},18446744073709551615])");
  const auto a = s.all();
  EXPECT_EQ(*a[0].as<int>(), 1);
  EXPECT_EQ(*a[1].as<std::int8_t>(), -2);
  EXPECT_FALSE(a[1].as<unsigned>());
  EXPECT_FALSE(a[2].as<int>());
  EXPECT_EQ(*a[2].as<float>(), 1.5f);
  EXPECT_EQ(*a[3].as<std::string>(), "aé");
  EXPECT_FALSE(a[3].plain_text());
  EXPECT_EQ(a[4].plain_text(), "plain");
  EXPECT_TRUE(*a[5].as<bool>());
  EXPECT_FALSE(*a[6].as<std::optional<int>>());
  EXPECT_EQ(a[7].as<std::vector<int>>()->size(), 2u);
  EXPECT_EQ((*a[8].as<std::map<std::string, int>>())["k"], 1);
  EXPECT_EQ(*a[9].as<std::uint64_t>(), UINT64_MAX);
  EXPECT_FALSE(a[9].as<std::int64_t>());
  EXPECT_TRUE(a[10].absent());
  EXPECT_EQ(a[10].as<int>().error().text, "expected an integer, not nothing");
  EXPECT_EQ(a[5].as<std::string>().error().text, "expected a string, not a boolean");
}

// P112
TEST(arg, binary_is_found_however_it_is_spelled) {
  const scanned s(
      R"([{"_placeholder":true,"num":1},{ "num" : 0, "_placeholder" : true },{"x":{"_placeholder":true,"num":0}},{"_placeholder":true,"num":7}])",
      {bytes{std::byte{1}}, bytes{std::byte{2}, std::byte{3}}});
  const auto a = s.all();
  EXPECT_EQ(a[0].binary()->size(), 2u);
  EXPECT_EQ(a[1].binary()->size(), 1u);
  EXPECT_FALSE(a[2].binary());
  EXPECT_EQ(a[2].type(), value::kind::object);
  EXPECT_FALSE(a[3].binary());
  EXPECT_EQ(a[2].parse()["x"], value(bytes{std::byte{1}}));
}

TEST(arg, kept_ones_own_what_they_need) {
  args kept;
  arg one;
  {
    const scanned s(R"(["text",{"_placeholder":true,"num":0}])", {bytes{std::byte{7}}});
    kept = s.all().keep();
    one = s.all()[1].keep();
  }
  EXPECT_EQ(*kept[0].as<std::string>(), "text");
  EXPECT_EQ((*kept[1].binary())[0], std::byte{7});
  EXPECT_EQ((*one.binary())[0], std::byte{7});
  const arg from_kept = kept[1];
  kept = args();
  EXPECT_EQ(from_kept.keep().json(), R"({"_placeholder":true,"num":0})");
}

// P108
TEST(packer, writes_all_kinds) {
  packer p("e");
  p.add(true)
      .add(nullptr)
      .add(-1)
      .add(std::uint64_t{1})
      .add(1.5)
      .add("t\"")
      .add(std::string("s"))
      .add(std::optional<int>())
      .add(value(array{1, "x"}));
  p.add(std::vector<int>{1, 2}).add(bytes{std::byte{1}}).add(object{{"b", bytes{std::byte{2}}}});
  EXPECT_EQ(
      packed(p),
      R"(["e",true,null,-1,1,1.5,"t\"","s",null,[1,"x"],[1,2],{"_placeholder":true,"num":0},{"b":{"_placeholder":true,"num":1}}])");
  EXPECT_EQ(p.memory().attachments[1][0], std::byte{2});
}

// P112
TEST(packer, relays_text_with_its_placeholders) {
  const scanned s(
      R"([{"a":{"_placeholder":true,"num":1},"s":"{\"_placeholder\":true,\"num\":0}"},[{"num":0,"_placeholder":true}],{"\u005fplaceholder":true,"num":1}])",
      {bytes{std::byte{1}}, bytes{std::byte{2}}});
  packer p;
  p.add(s.all()[0]).add(s.all());
  const auto& got = p.memory().attachments;
  ASSERT_EQ(got.size(), 4u);
  EXPECT_EQ(got[0][0], std::byte{2});
  EXPECT_EQ(got[1][0], std::byte{2});
  EXPECT_EQ(got[2][0], std::byte{1});
  EXPECT_EQ(got[3][0], std::byte{2});
  EXPECT_NE(packed(p).find(R"([{"_placeholder":true,"num":2}])"), std::string::npos);
  EXPECT_TRUE(packed(p).ends_with(R"({"_placeholder":true,"num":3}])")) << packed(p);
}

TEST(packer, one_may_be_filled_while_another_is) {
  packer a("a");
  packer b("b");
  a.add(1);
  b.add(2);
  EXPECT_EQ(packed(a) + packed(b), R"(["a",1]["b",2])");
}

// P107
TEST(packer, long_headers_move_the_text) {
  packer p("e");
  p.add(1);
  const std::string nsp = "/" + std::string(500, 'n');
  p.memory().finish(nullptr, packet_type::event, nsp, 0);
  EXPECT_EQ(p.memory().views().front().data, "2" + nsp + R"(,0["e",1])");
  EXPECT_EQ(p.memory().json(), R"(["e",1])");
}

}  // namespace
}  // namespace jackfield
