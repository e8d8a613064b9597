// Engine.IO 3: packets, text and binary payloads, JSONP.
#include "protocol/eio3_payload.hpp"
#include "protocol/jsonp.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace jackfield;
using namespace jackfield::protocol;
using namespace std::string_literals;
using outcome = eio3_payload_reader::outcome;

namespace {

constexpr eio_packet hello{eio_type::message, payload_kind::text, "hello"};
constexpr eio_packet euro{eio_type::message, payload_kind::text, "€"};
constexpr eio_packet four_bytes{eio_type::message, payload_kind::binary, "\x01\x02\x03\x04"};

std::string payload(const std::vector<eio_packet>& packets, eio3_form form = eio3_form::text) {
  std::string out;
  for (const auto& p : packets) append_eio3_packet(out, p, form);
  return out;
}

/// "4:hello b:…" for each packet, and how it ended.
std::string told(std::string_view body, eio3_form form = eio3_form::text, std::size_t most = 65'536) {
  eio3_payload_reader r(body, form, most);
  std::string out;
  for (;;) {
    const auto s = r.next();
    switch (s.what) {
      case outcome::packet:
        out += s.packet.kind == payload_kind::binary ? 'b' : digit(s.packet.type);
        ((out += ':') += s.packet.data) += ' ';
        break;
      case outcome::end: return out + "end";
      case outcome::undecodable: return out + "undecodable";
      case outcome::too_many: return out + "too many";
    }
  }
}

std::string told_binary(std::string_view body) { return told(body, eio3_form::binary); }

}  // namespace

TEST(eio3_payload, text_lengths_count_utf16_units) {  // P97
  EXPECT_EQ(payload({hello, euro}), "6:4hello2:4€");
  EXPECT_EQ(told("6:4hello2:4€"), "4:hello 4:€ end");
  EXPECT_EQ(payload({{eio_type::message, payload_kind::text, "a😀é"}}), "5:4a😀é");
  EXPECT_EQ(told("5:4a😀é1:6"), "4:a😀é 6: end");
  EXPECT_EQ(told("3:4😀é"), "4:😀 undecodable");
  EXPECT_EQ(told("2:4😀"), "undecodable") << "half a character";
}

TEST(eio3_payload, control_packets) {
  EXPECT_EQ(payload({{eio_type::noop, payload_kind::text, ""}, {eio_type::close, payload_kind::text, ""}}), "1:61:1");
  EXPECT_EQ(told("1:2"), "2: end");
  EXPECT_EQ(told("6:2probe1:5"), "2:probe 5: end");
}

TEST(eio3_payload, binary_in_a_text_payload_is_base64) {  // P98
  EXPECT_EQ(payload({four_bytes}), "10:b4AQIDBA==");
  EXPECT_EQ(told("10:b4AQIDBA==6:4hello"), "b:\x01\x02\x03\x04 4:hello end");
  EXPECT_EQ(told("2:b4"), "b: end");
  for (const std::string_view bad : {"1:b", "2:b2", "3:b4A", "8:bAQIDBA=", "6:b4A-_="})
    EXPECT_EQ(told(bad), "undecodable") << bad;
}

TEST(eio3_payload, the_binary_form) {  // P99 P100
  const auto bytes = "\x00\x06\xFF"s + "4hello"s + "\x01\x05\xFF\x04\x01\x02\x03\x04"s;
  EXPECT_EQ(payload({hello, four_bytes}, eio3_form::binary), bytes);
  EXPECT_EQ(told_binary(bytes), "4:hello b:\x01\x02\x03\x04 end");
  const auto wide = "\x00\x04\xFF"s + "4€"s;  // the length is of bytes here
  EXPECT_EQ(payload({euro}, eio3_form::binary), wide);
  EXPECT_EQ(told_binary(wide), "4:€ end");
  const std::string long_text(122, 'x');
  const auto three_digits = "\x00\x01\x02\x03\xFF"s + "4"s + long_text;
  EXPECT_EQ(payload({{eio_type::message, payload_kind::text, long_text}}, eio3_form::binary), three_digits);
  EXPECT_EQ(told_binary(three_digits), "4:" + long_text + " end");
  EXPECT_EQ(told_binary(""), "end");
  EXPECT_EQ(told_binary("\x00\x01\x00\xFF"s + "b4AQIDBA=="s), "b:\x01\x02\x03\x04 end");
}

TEST(eio3_payload, lone_surrogates_in_the_binary_form_become_replacement_characters) {
  EXPECT_EQ(told_binary("\x00\x06\xFF"s + "4a\xED\xA0\x80z"s), "4:a\xEF\xBF\xBDz end");
  EXPECT_EQ(told_binary("\x00\x02\xFF"s + "4\xFF"s), "undecodable");
  EXPECT_EQ(told_binary("\x00\x05\xFF"s + "4\xED\xA0\x80\xFF"s), "undecodable");
  EXPECT_EQ(told("2:4\xED\xA0\x80"), "undecodable") << "a text body is UTF-8";
}

TEST(eio3_payload, what_cannot_be_decoded_ends_it_behind_what_came_before) {  // S21
  for (const std::string_view bad : {"", ":", "4hello", "x:4a", "6:4hell", "-1:4", "+2:4a", " 2:4a", "2.0:4a", "0x2:4a", "1e0:4",
                                     "1:9", "1:x", "2:4\xFF", "12", "99999999999999999999999999999:4a", "2:4\xE2\x82"})
    EXPECT_EQ(told(bad), "undecodable") << bad;
  EXPECT_EQ(told("2:4a5"), "4:a undecodable");
  EXPECT_EQ(told("2:4a2:x2:4b"), "4:a undecodable");
  for (const auto& bad :
       {"\x00"s, "\x00\x01"s, "\x00\x01\xFF"s, "\x00\xFF"s + "4", "\x00\x00\xFF"s, "\x01\x00\xFF"s, "\x00\x0A\xFF"s + "4",
        "\x02\x01\xFF"s + "4", "\x01\x01\xFF\x02"s, "\x01\x02\xFF\x04"s, "\x00"s + std::string(400, '\x09') + "\xFF"})
    EXPECT_EQ(told_binary(bad), "undecodable") << testing::PrintToString(bad);
  eio3_payload_reader r("1:x2:4a", eio3_form::text, 10);
  EXPECT_EQ(r.next().what, outcome::undecodable);
  EXPECT_EQ(r.next().what, outcome::undecodable);
}

TEST(eio3_payload, entries_of_no_length_are_passed_over) {
  EXPECT_EQ(told("0:"), "end");
  EXPECT_EQ(told("0:02:4a0:"), "4:a end");
}

TEST(eio3_payload, the_number_of_packets_is_limited) {  // S21
  EXPECT_EQ(told("2:4a2:4b", eio3_form::text, 2), "4:a 4:b end");
  EXPECT_EQ(told("2:4a2:4b2:4c", eio3_form::text, 2), "too many");
  EXPECT_EQ(told("0:0:0:", eio3_form::text, 2), "too many");
  EXPECT_EQ(told("\x00\x01\xFF"s + "6\x00\x01\xFF"s + "6"s, eio3_form::binary, 1), "too many");
  EXPECT_EQ(told("2:4a2:4bxx", eio3_form::text, 2), "4:a 4:b undecodable");
  eio3_payload_reader r("1:21:2", eio3_form::text, 1);
  EXPECT_EQ(r.next().what, outcome::too_many);
  EXPECT_EQ(r.next().what, outcome::too_many);
}

TEST(eio3_packet, on_websocket) {  // P102
  std::string storage;
  EXPECT_EQ(decode_eio3_text("4hello", storage)->data, "hello");
  EXPECT_EQ(decode_eio3_text("2probe", storage)->type, eio_type::ping);
  EXPECT_EQ(decode_eio3_text("b4AQIDBA==", storage)->data, "\x01\x02\x03\x04");
  const auto p = decode_eio3_binary("\x04\x01\x02");
  ASSERT_TRUE(p);
  EXPECT_EQ(p->kind, payload_kind::binary);
  EXPECT_EQ(p->data, "\x01\x02");
  EXPECT_EQ(decode_eio3_binary("\x04")->data, "");
  for (const std::string_view bad : {"", "\x02", "4a", "\x05\x04"}) EXPECT_FALSE(decode_eio3_binary(bad));
}

TEST(jsonp, an_answer_is_a_script) {  // P103
  EXPECT_EQ(jsonp_script("7", "6:4hello"), R"(___eio[7]("6:4hello");)");
  EXPECT_EQ(jsonp_script("", "a\"b\\\n"), R"(___eio[]("a\"b\\\n");)");
  EXPECT_EQ(jsonp_script("0", "4\xE2\x80\xA8|\xE2\x80\xA9|€|\x1e"), R"(___eio[0]("4\u2028|\u2029|€|\u001e");)");
  EXPECT_EQ(jsonp_script("0", "</script><!--"), R"(___eio[0]("\u003c/script>\u003c!--");)");
}

TEST(jsonp, the_index_is_digits) {  // P103
  EXPECT_EQ(jsonp_index("12"), "12");
  EXPECT_EQ(jsonp_index("0];alert(1)//"), "01");
  EXPECT_EQ(jsonp_index(""), "");
  EXPECT_EQ(jsonp_index("<script>٣"), "");
}

TEST(jsonp, a_post_is_a_form) {  // P103
  EXPECT_EQ(jsonp_payload("d=6%3A4hello"), "6:4hello");
  EXPECT_EQ(jsonp_payload("x=1&d=2:4a%2B+"), "2:4a+ ");
  EXPECT_EQ(jsonp_payload(R"(d=4:4a\nb)"), "4:4a\nb");
  EXPECT_EQ(jsonp_payload(R"(d=5:4a\\nb)"), R"(5:4a\nb)");
  EXPECT_EQ(jsonp_payload(R"(d=\\\nx\\)"), R"(\\nx\\)");
  EXPECT_EQ(jsonp_payload("d=%E2%82%AC"), "€");
  EXPECT_EQ(jsonp_payload("d="), "");
  EXPECT_EQ(jsonp_payload(""), std::nullopt);
  EXPECT_EQ(jsonp_payload("e=1"), std::nullopt);
}
