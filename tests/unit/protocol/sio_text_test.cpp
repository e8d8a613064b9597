#include "protocol/sio_text.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

using namespace jackfield;
using namespace jackfield::protocol;
using outcome = sio_decoder::outcome;

namespace {

struct sio_text : testing::Test {
  sio_limits limits;
  sio_scratch scratch;
  sio_decoder d{limits, scratch};

  const sio_packet& decoded(std::string_view text) {
    EXPECT_EQ(d.add_text(text), outcome::packet) << text << ": " << text_of(d.error());
    return d.packet();
  }
  sio_error error_of(std::string_view text) {
    d.reset();
    EXPECT_EQ(d.add_text(text), outcome::failed) << text;
    const auto e = d.error();
    d.reset();
    return e;
  }
  std::vector<std::string> items() const {
    std::vector<std::string> out;
    for (const auto& e : d.packet().items) out.emplace_back(e.text);
    return out;
  }
};

std::string header(sio_type type, std::string_view nsp = "/", std::optional<std::uint64_t> id = {}, std::size_t attachments = 0) {
  std::string out;
  write_header(out, type, nsp, id, attachments);
  return out;
}

using strings = std::vector<std::string>;

}  // namespace

static_assert(sizeof(sio_decoder) <= 64);

TEST_F(sio_text, the_examples_of_the_protocol_decode) {  // P105
  EXPECT_EQ(decoded("0").type, sio_type::connect);
  EXPECT_FALSE(d.packet().has_data);
  EXPECT_EQ(d.packet().nsp, "/");
  EXPECT_FALSE(d.packet().id);

  EXPECT_EQ(decoded(R"(0{"token":"123"})").data, R"({"token":"123"})");
  EXPECT_EQ(decoded(R"(0/admin,{"sid":"oSO0OpakMV_3jnilAAAA"})").nsp, "/admin");
  EXPECT_EQ(d.packet().data, R"({"sid":"oSO0OpakMV_3jnilAAAA"})");
  EXPECT_EQ(decoded(R"(4/admin,{"message":"Not authorized"})").type, sio_type::connect_error);
  EXPECT_EQ(decoded(R"(4"nope")").data, R"("nope")");

  EXPECT_EQ(decoded(R"(2["foo"])").type, sio_type::event);
  EXPECT_EQ(items(), strings{R"("foo")"});
  EXPECT_EQ(decoded(R"(2/admin,["bar"])").nsp, "/admin");
  EXPECT_EQ(decoded(R"(212["foo"])").id, 12u);
  EXPECT_EQ(decoded(R"(3/admin,13["bar"])").type, sio_type::ack);
  EXPECT_EQ(d.packet().id, 13u);
  EXPECT_EQ(decoded("30[]").id, 0u);  // P107
  EXPECT_TRUE(d.packet().items.empty());
  EXPECT_TRUE(d.packet().has_data);
  EXPECT_EQ(decoded("1").type, sio_type::disconnect);
  EXPECT_EQ(decoded("1/admin,").nsp, "/admin");
}

TEST_F(sio_text, the_examples_of_the_protocol_encode) {  // P105 P110
  EXPECT_EQ(header(sio_type::connect), "0");
  EXPECT_EQ(header(sio_type::connect, "/admin"), "0/admin,");
  EXPECT_EQ(header(sio_type::connect_error, "/admin"), "4/admin,");
  EXPECT_EQ(header(sio_type::event), "2");
  EXPECT_EQ(header(sio_type::event, "/", 12), "212");
  EXPECT_EQ(header(sio_type::ack, "/admin", 13), "3/admin,13");
  EXPECT_EQ(header(sio_type::ack, "/", 0), "30");
  EXPECT_EQ(header(sio_type::event, "/", {}, 1), "51-");
  EXPECT_EQ(header(sio_type::event, "/admin", 12, 10), "510-/admin,12");
  EXPECT_EQ(header(sio_type::ack, "/", 7, 1), "61-7");
  EXPECT_EQ(header(sio_type::disconnect, "/admin"), "1/admin,");
}

TEST_F(sio_text, a_namespace_may_end_without_comma) {  // P106
  EXPECT_EQ(decoded("0/admin").nsp, "/admin");
  EXPECT_EQ(decoded("0/admin,").nsp, "/admin");
  EXPECT_EQ(decoded("0/admin?a=1&b=[2]").nsp, "/admin?a=1&b=[2]");
  EXPECT_EQ(decoded("0/,").nsp, "/");
  EXPECT_EQ(decoded("2/é,1[\"x\"]").nsp, "/é");
}

TEST_F(sio_text, namespaces_are_limited) {  // S25
  const std::string longest = '/' + std::string(1023, 'x');
  EXPECT_EQ(decoded("0" + longest + ",").nsp, longest);
  EXPECT_EQ(error_of("0" + longest + "x,"), sio_error::invalid_namespace);
  EXPECT_EQ(error_of("0" + longest + "x"), sio_error::invalid_namespace);
  EXPECT_EQ(error_of("0/\xFF,"), sio_error::invalid_namespace);
}

TEST_F(sio_text, ids) {  // P107 S25
  EXPECT_EQ(decoded("2007[\"x\"]").id, 7u);
  EXPECT_EQ(decoded("2" + std::string(100, '0') + "[\"x\"]").id, 0u);
  EXPECT_EQ(decoded("29007199254740991[\"x\"]").id, 9007199254740991u);
  EXPECT_EQ(error_of("29007199254740992[\"x\"]"), sio_error::invalid_id);
  EXPECT_EQ(error_of("2" + std::string(1000, '9') + "[\"x\"]"), sio_error::invalid_id);
  EXPECT_EQ(decoded("05{}").id, 5u);
  EXPECT_EQ(decoded("15").id, 5u);
}

TEST_F(sio_text, arguments_are_split_not_copied) {
  const std::string text = R"(2["e", {"a":[1,2]} ,"x\n",3])";
  const auto& p = decoded(text);
  EXPECT_EQ(items(), (strings{R"("e")", R"({"a":[1,2]})", R"("x\n")", "3"}));
  EXPECT_FALSE(p.items[2].plain);
  EXPECT_EQ(p.items[1].text.data(), text.data() + 7);
}

TEST_F(sio_text, unknown_types_are_refused) {  // P118
  for (const std::string_view bad : {"", "7", "9[]", "a", " 2[\"x\"]", "-", "\xFF", "[\"x\"]"})
    EXPECT_EQ(error_of(bad), sio_error::unknown_type) << bad;
}

TEST_F(sio_text, event_payloads) {  // P115 S25
  for (const std::string_view bad :
       {"2[]", "2{}", "2[true]", "2[null]", "2[{}]", "2[[\"x\"]]", "2\"x\"", "2null", "2[\"x\"", "2[\"x\"]]", "2abc[\"x\"]",
        "2-1[\"x\"]", "2[\"x\"] y", "2 ", "21 2[\"x\"]", "2[\"\xFF\"]", "2+1[\"x\"]", "21.5[\"x\"]"}) {
    EXPECT_EQ(error_of(bad), sio_error::invalid_payload) << bad;
  }
  EXPECT_EQ(decoded("2[1,\"a\"]").items.size(), 2u);
  EXPECT_EQ(decoded("2 [ \"x\" ] ").items.size(), 1u);
  EXPECT_EQ(decoded("2[\"\"]").items.size(), 1u);
}

TEST_F(sio_text, connect_payloads) {  // P116
  for (const std::string_view bad : {"0null", "0[]", "0\"x\"", "0true", "0{", "0{}x", "0/a,[]", "0/a,null"})
    EXPECT_EQ(error_of(bad), sio_error::invalid_payload) << bad;
  EXPECT_EQ(decoded("0/a, {\"b\":1} ").data, "{\"b\":1}");
}

TEST_F(sio_text, disconnect_has_no_payload) {  // P117
  for (const std::string_view bad : {"1{}", "1[]", "1null", "1/admin,{}", "1x", "1/a,1\"\""})
    EXPECT_EQ(error_of(bad), sio_error::invalid_payload) << bad;
}

TEST_F(sio_text, connect_error_and_ack_payloads) {  // S25
  for (const std::string_view bad : {"4[]", "4null", "4true", "3{}", "3\"x\"", "31null", "31[", "4\"x"})
    EXPECT_EQ(error_of(bad), sio_error::invalid_payload) << bad;
}

TEST_F(sio_text, absent_payloads_are_tolerated) {  // P119
  for (const std::string_view ok : {"2", "21", "3", "31", "2/admin,", "2/admin,1", "4", "0"}) {
    const auto& p = decoded(ok);
    EXPECT_FALSE(p.has_data) << ok;
    EXPECT_TRUE(p.items.empty());
  }
}

TEST_F(sio_text, reserved_names_are_refused) {  // P114 S25
  for (const std::string_view name :
       {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}) {
    EXPECT_TRUE(reserved_event_name(name));
    EXPECT_EQ(error_of("2[\"" + std::string(name) + "\",1]"), sio_error::reserved_name);
    EXPECT_EQ(error_of("51-[\"" + std::string(name) + "\",1]"), sio_error::reserved_name);
    EXPECT_EQ(decoded("3[\"" + std::string(name) + "\"]").items.size(), 1u);
  }
  EXPECT_EQ(error_of(R"(2["\u0063onnect"])"), sio_error::reserved_name);
  for (const std::string_view name : {"error", "message", "connection", "Connect", "connect ", "\\u0063onnected"}) {
    EXPECT_EQ(decoded("2[\"" + std::string(name) + "\"]").items.size(), 1u);
  }
  EXPECT_FALSE(reserved_event_name("error"));
}

TEST_F(sio_text, depth_is_limited) {  // S29
  const auto event = [](std::size_t levels) {
    return "2[\"x\"," + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "]";
  };
  EXPECT_EQ(decoded(event(256)).items.size(), 2u);
  EXPECT_EQ(error_of(event(257)), sio_error::invalid_payload);
  limits.depth = 2;
  EXPECT_EQ(error_of(event(3)), sio_error::invalid_payload);
  EXPECT_EQ(error_of("0{\"a\":{\"b\":{}}}"), sio_error::invalid_payload);
}

TEST_F(sio_text, attachments_are_gathered_in_order) {  // P105 P108
  std::string text =
      R"(53-/admin,7["baz",{"_placeholder":true,"num":0},{"a":[{"_placeholder":true,"num":2},{"num":1,"_placeholder":true}]}])";
  ASSERT_EQ(d.add_text(text), outcome::need_more);
  EXPECT_TRUE(d.unfinished());
  EXPECT_EQ(d.held_bytes(), text.size());
  text.assign(text.size(), '?');  // the input may go
  {
    std::string first = "zero";
    ASSERT_EQ(d.add_binary(as_bytes(first)), outcome::need_more);
    first = "????";
  }
  EXPECT_GT(d.held_bytes(), text.size() + 4);
  ASSERT_EQ(d.add_binary(as_bytes("")), outcome::need_more);
  ASSERT_EQ(d.add_binary(as_bytes("two")), outcome::packet);
  EXPECT_FALSE(d.unfinished());
  EXPECT_EQ(d.held_bytes(), 0u);
  const auto& p = d.packet();
  EXPECT_EQ(p.type, sio_type::event);
  EXPECT_EQ(p.nsp, "/admin");
  EXPECT_EQ(p.id, 7u);
  EXPECT_TRUE(p.placeholders);
  ASSERT_EQ(p.attachments.size(), 3u);
  EXPECT_EQ(as_chars(p.attachments[0]), "zero");
  EXPECT_EQ(as_chars(p.attachments[1]), "");
  EXPECT_EQ(as_chars(p.attachments[2]), "two");
  ASSERT_EQ(p.items.size(), 3u);
  value v;
  ASSERT_TRUE(base::json::parse(p.items[2].text, p.attachments, v));
  EXPECT_EQ(as_chars(*v["a"][0].if_binary()), "two");
}

TEST_F(sio_text, a_binary_ack_is_an_ack) {  // P110
  ASSERT_EQ(d.add_text(R"(61-7[{"_placeholder":true,"num":0}])"), outcome::need_more);
  ASSERT_EQ(d.add_binary(as_bytes("x")), outcome::packet);
  EXPECT_EQ(d.packet().type, sio_type::ack);
  EXPECT_EQ(d.packet().id, 7u);
}

TEST_F(sio_text, sessions_share_a_scratch) {
  sio_decoder other(limits, scratch);
  ASSERT_EQ(d.add_text(R"(52-["a",{"_placeholder":true,"num":1}])"), outcome::need_more);
  ASSERT_EQ(other.add_text(R"(2["b",1,2,3])"), outcome::packet);
  ASSERT_EQ(d.add_binary(as_bytes("0")), outcome::need_more);
  ASSERT_EQ(other.add_text(R"(51-["c"])"), outcome::need_more);
  ASSERT_EQ(d.add_binary(as_bytes("1")), outcome::packet);
  EXPECT_EQ(items(), (strings{R"("a")", R"({"_placeholder":true,"num":1})"}));
  EXPECT_EQ(d.packet().attachments.size(), 2u);
  ASSERT_EQ(other.add_binary(as_bytes("x")), outcome::packet);
  EXPECT_EQ(items(), strings{R"("c")"});
  EXPECT_FALSE(other.packet().placeholders);
}

TEST_F(sio_text, headers_as_long_as_they_get) {
  const std::string nsp = "/" + std::string(200, 'n');
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  const auto longest = header(sio_type::event, nsp, most, std::numeric_limits<std::size_t>::max());
  EXPECT_EQ(longest, "518446744073709551615-" + nsp + ",18446744073709551615");
  EXPECT_EQ(longest.size(), header_bytes_at_most(nsp));
  EXPECT_EQ(header(sio_type::ack, "/", 0), "30");
  EXPECT_EQ(header(sio_type::ack, "/", 10, 1), "61-10");
  std::string behind = "before";
  write_header(behind, sio_type::disconnect, "/a", std::nullopt, 0);
  EXPECT_EQ(behind, "before1/a,");
}

TEST_F(sio_text, attachment_counts) {  // P111 S26
  for (const std::string_view bad : {"5", "5[\"x\"]", "5-[\"x\"]", "50-[\"x\"]", "500-[\"x\"]", "5-1-[\"x\"]", "51.5-[\"x\"]",
                                     "51e1-[\"x\"]", "51[\"x\"]", "51", "6", "60-[]", "5 1-[\"x\"]", "5/a,1-[\"x\"]", "5x-[]"}) {
    EXPECT_EQ(error_of(bad), sio_error::illegal_attachments) << bad;
  }
  for (const std::string_view bad : {"511-[\"x\"]", "54294967296-[\"x\"]", "599999999999999999999999999-[\"x\"]", "611-[]"}) {
    EXPECT_EQ(error_of(bad), sio_error::too_many_attachments) << bad;
  }
  EXPECT_EQ(d.add_text("510-[\"x\"]"), outcome::need_more);
  EXPECT_LT(d.held_bytes(), 100u);
  d.reset();
  EXPECT_EQ(d.add_text("501-[\"x\"]"), outcome::need_more);
  d.reset();
  limits.attachments = 100;
  EXPECT_EQ(d.add_text("5100-[\"x\"]"), outcome::need_more);
}

TEST_F(sio_text, placeholders_must_point_at_an_attachment) {  // P112 S26
  for (const std::string_view num : {"1", "-1", "0.5", "\"0\"", "null", "[0]", "1e9"}) {
    EXPECT_EQ(error_of(R"(51-["x",{"_placeholder":true,"num":)" + std::string(num) + "}]"), sio_error::illegal_attachments)
        << num;
  }
  EXPECT_EQ(error_of(R"(51-["x",{"_placeholder":true}])"), sio_error::illegal_attachments);
  EXPECT_EQ(error_of(R"(61-[[{"a":{"_placeholder":true,"num":7}}]])"), sio_error::illegal_attachments);
}

TEST_F(sio_text, placeholders_of_packets_without_attachments_stay_literal) {
  const auto& p = decoded(R"(2["x",{"_placeholder":true,"num":9}])");
  EXPECT_FALSE(p.placeholders);
  EXPECT_TRUE(p.attachments.empty());
}

TEST_F(sio_text, attachments_that_nobody_mentions_are_harmless) {
  ASSERT_EQ(d.add_text(R"(52-["x"])"), outcome::need_more);
  ASSERT_EQ(d.add_binary(as_bytes("a")), outcome::need_more);
  ASSERT_EQ(d.add_binary(as_bytes("b")), outcome::packet);
  EXPECT_FALSE(d.packet().placeholders);
  ASSERT_EQ(d.add_text("51-"), outcome::need_more);
  ASSERT_EQ(d.add_binary(as_bytes("a")), outcome::packet);
  EXPECT_FALSE(d.packet().has_data);
}

TEST_F(sio_text, text_and_binary_out_of_turn) {  // P113 S26
  EXPECT_EQ(d.add_binary(as_bytes("x")), outcome::failed);
  EXPECT_EQ(d.error(), sio_error::unexpected_binary);
  d.reset();
  ASSERT_EQ(d.add_text(R"(51-["x"])"), outcome::need_more);
  EXPECT_EQ(d.add_text(R"(2["x"])"), outcome::failed);
  EXPECT_EQ(d.error(), sio_error::unexpected_text);
  EXPECT_EQ(d.held_bytes(), 0u);
}

TEST_F(sio_text, a_reset_decoder_starts_afresh) {  // P120
  ASSERT_EQ(d.add_text(R"(52-["x"])"), outcome::need_more);
  ASSERT_EQ(d.add_binary(as_bytes("a")), outcome::need_more);
  d.reset();
  EXPECT_FALSE(d.unfinished());
  EXPECT_EQ(d.held_bytes(), 0u);
  EXPECT_EQ(decoded(R"(2["y"])").items.size(), 1u);
  EXPECT_EQ(d.error(), sio_error::none);
}

TEST_F(sio_text, a_large_packet_leaves_no_memory_behind) {  // S12
  std::string many = "3[0";
  for (int i = 0; i < 100'000; ++i) many += ",0";
  EXPECT_EQ(decoded(many + "]").items.size(), 100'001u);
  EXPECT_EQ(decoded("3[1]").items.size(), 1u);
  EXPECT_LT(scratch.items.capacity(), 2000u);
  EXPECT_EQ(decoded(many + "]").items.size(), 100'001u);
  scratch.trim();
  EXPECT_EQ(scratch.items.capacity(), 0u);
}

TEST_F(sio_text, every_error_has_a_text) {
  for (int e = 0; e <= static_cast<int>(sio_error::unexpected_binary); ++e)
    EXPECT_NE(text_of(static_cast<sio_error>(e)), "unknown");
}
