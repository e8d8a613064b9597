// Engine.IO packets, payloads and the JSON of handshakes.
#include "protocol/eio_payload.hpp"
#include "protocol/handshake.hpp"

#include <gtest/gtest.h>

using namespace jackfield;
using namespace jackfield::protocol;
using outcome = eio_payload_reader::outcome;

namespace {

std::string joined(std::initializer_list<eio_packet> packets) {
  std::string out;
  for (const auto& p : packets) append_eio_packet(out, p);
  return out;
}

/// "4:hello b:…" for each packet, and how it ended.
std::string told(std::string_view body, std::size_t most = 65'536) {
  eio_payload_reader r(body, most);
  std::string out;
  for (;;) {
    const auto s = r.next();
    switch (s.what) {
      case outcome::packet:
        out += s.packet.kind == payload_kind::binary ? 'b' : digit(s.packet.type);
        (out += ':') += s.packet.data;
        out += ' ';
        break;
      case outcome::end: return out + "end";
      case outcome::undecodable: return out + "undecodable";
      case outcome::too_many: return out + "too many";
    }
  }
}

}  // namespace

TEST(eio_text, every_type_decodes) {
  std::string storage;
  for (int t = 0; t <= 6; ++t) {
    const std::string text = std::to_string(t) + "probe";
    const auto p = decode_eio_text(text, storage);
    ASSERT_TRUE(p);
    EXPECT_EQ(p->type, static_cast<eio_type>(t));
    EXPECT_EQ(p->kind, payload_kind::text);
    EXPECT_EQ(p->data, "probe");
    EXPECT_EQ(p->data.data(), text.data() + 1);
  }
  EXPECT_EQ(decode_eio_text("4", storage)->data, "");  // P54
  for (const std::string_view bad : {"", "7", "9x", "a", "B", " 4", "\x1e", "-1"})
    EXPECT_FALSE(decode_eio_text(bad, storage)) << bad;
}

TEST(eio_text, base64_frames_are_binary_messages) {  // P56
  std::string storage = "old";
  const auto p = decode_eio_text("bAQIDBA==", storage);
  ASSERT_TRUE(p);
  EXPECT_EQ(p->type, eio_type::message);
  EXPECT_EQ(p->kind, payload_kind::binary);
  EXPECT_EQ(p->data, "\x01\x02\x03\x04");
  EXPECT_EQ(decode_eio_text("b", storage)->data, "");
  for (const std::string_view bad : {"bA", "bAQIDBA", "bAQIDBA=", "b====", "b-_-_", "bAR==", "b AQI="})
    EXPECT_FALSE(decode_eio_text(bad, storage)) << bad;  // S21
}

TEST(eio_text, packets_encode) {  // P54
  std::string out;
  append_eio_text(out, {eio_type::message, payload_kind::text, ""});
  EXPECT_EQ(out, "4");
  const eio_packet binary{eio_type::message, payload_kind::binary, "\x01\x02\x03\x04"};
  out.clear();
  append_eio_text(out, binary);
  EXPECT_EQ(out, "bAQIDBA==");
  EXPECT_EQ(eio_text_size(binary), out.size());
  EXPECT_EQ(eio_text_size({eio_type::pong, payload_kind::text, "probe"}), 6u);
}

TEST(eio_payload, packets_are_joined_and_split) {  // P30 P31
  EXPECT_EQ(joined({{eio_type::message, payload_kind::text, "hello"},
                    {eio_type::message, payload_kind::binary, "\x01\x02\x03\x04"},
                    {eio_type::ping, payload_kind::text, ""}}),
            "4hello\x1e"
            "bAQIDBA==\x1e"
            "2");
  EXPECT_EQ(told("4a\x1e"
                 "4b\x1e"
                 "4c"),
            "4:a 4:b 4:c end");
  EXPECT_EQ(told("4hello\x1e"
                 "bAQIDBA=="),
            "4:hello b:\x01\x02\x03\x04 end");
  EXPECT_EQ(told("6\x1e"
                 "1"),
            "6: 1: end");
  EXPECT_EQ(told("4€"), "4:€ end");
}

TEST(eio_payload, what_cannot_be_decoded_ends_it_behind_what_came_before) {  // P42 S21
  EXPECT_EQ(told(""), "undecodable");
  EXPECT_EQ(told("abc"), "undecodable");
  EXPECT_EQ(told("4a\x1e"
                 "x\x1e"
                 "4b"),
            "4:a undecodable");
  EXPECT_EQ(told("4a\x1e"), "4:a undecodable");
  EXPECT_EQ(told("\x1e"
                 "4a"),
            "undecodable");
  EXPECT_EQ(told("4a\x1e"
                 "bAQ=\x1e"
                 "4b"),
            "4:a undecodable");
  EXPECT_EQ(told("4\xFF"), "undecodable");
  eio_payload_reader r(
      "x\x1e"
      "4a",
      10);
  EXPECT_EQ(r.next().what, outcome::undecodable);
  EXPECT_EQ(r.next().what, outcome::undecodable);
}

TEST(eio_payload, the_number_of_packets_is_limited) {  // S21
  EXPECT_EQ(told("4a\x1e"
                 "4b",
                 2),
            "4:a 4:b end");
  EXPECT_EQ(told("4a\x1e"
                 "4b\x1e"
                 "4c",
                 2),
            "too many");
  EXPECT_EQ(told(std::string(65'536, '\x1e')), "too many");
  EXPECT_EQ(told(std::string(65'535, '\x1e')), "undecodable");
}

TEST(eio_payload, the_end_is_told_again) {
  eio_payload_reader r("2", 1);
  EXPECT_EQ(r.next().what, outcome::packet);
  EXPECT_EQ(r.next().what, outcome::end);
  EXPECT_EQ(r.next().what, outcome::end);
}

TEST(handshake, the_open_packet) {  // P2
  std::string out;
  write_open(out, {.sid = "lv_VI97HAXpY6yYWAAAC", .upgrades = {"websocket"}});
  EXPECT_EQ(
      out,
      R"({"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000})");
  std::string in_parts;
  write_open(in_parts, "lv_VI97HAXpY6yYWAAAC", open_tail({.sid = "another", .upgrades = {"websocket"}}));
  EXPECT_EQ(in_parts, out);
  out.clear();
  write_open(out, {.sid = "x",
                   .upgrades = {},
                   .ping_interval = std::chrono::milliseconds(300),
                   .ping_timeout = std::chrono::milliseconds(200),
                   .max_payload = 1});
  EXPECT_EQ(out, R"({"sid":"x","upgrades":[],"pingInterval":300,"pingTimeout":200,"maxPayload":1})");
}

TEST(handshake, the_open_packet_reads_back) {
  const eio_open sent{.sid = "a\"b", .upgrades = {"websocket", "webtransport"}, .max_payload = 77};
  std::string text;
  write_open(text, sent);
  eio_open read;
  ASSERT_TRUE(read_open(text, read));
  EXPECT_EQ(read.sid, sent.sid);
  EXPECT_EQ(read.upgrades, sent.upgrades);
  EXPECT_EQ(read.ping_interval, sent.ping_interval);
  EXPECT_EQ(read.max_payload, 77u);
  ASSERT_TRUE(read_open(R"({"sid":"x","pingInterval":1,"pingTimeout":2,"new":[]})", read));
  EXPECT_TRUE(read.upgrades.empty());
  EXPECT_EQ(read.max_payload, 0u);
  for (const char* bad :
       {"", "[]", "{}", R"({"sid":"x"})", R"({"sid":"","pingInterval":1,"pingTimeout":2})",
        R"({"sid":5,"pingInterval":1,"pingTimeout":2})", R"({"sid":"x","pingInterval":-1,"pingTimeout":2})",
        R"({"sid":"x","pingInterval":1e300,"pingTimeout":2})", R"({"sid":"x","pingInterval":"1","pingTimeout":2})"}) {
    EXPECT_FALSE(read_open(bad, read)) << bad;
  }
}

TEST(handshake, answers_to_connect) {
  std::string out;
  write_connect_answer(out, "abc");
  EXPECT_EQ(out, R"({"sid":"abc"})");
  out.clear();
  write_connect_answer(out, "abc", "def");
  EXPECT_EQ(out, R"({"sid":"abc","pid":"def"})");
  out.clear();
  write_connect_error(out, "Invalid namespace");
  EXPECT_EQ(out, R"({"message":"Invalid namespace"})");
  out.clear();
  write_connect_error(out, "no \"entry\"", R"({"code":1})");
  EXPECT_EQ(out, R"({"message":"no \"entry\"","data":{"code":1}})");
}

TEST(handshake, the_table_of_refusals) {
  const auto body = [](eio_refusal why, std::string_view message = {}) {
    std::string out;
    write_refusal(out, why, message);
    return out;
  };
  EXPECT_EQ(body(eio_refusal::transport_unknown), R"({"code":0,"message":"Transport unknown"})");
  EXPECT_EQ(body(eio_refusal::session_unknown), R"({"code":1,"message":"Session ID unknown"})");
  EXPECT_EQ(body(eio_refusal::bad_method), R"({"code":2,"message":"Bad handshake method"})");
  EXPECT_EQ(body(eio_refusal::bad_request), R"({"code":3,"message":"Bad request"})");
  EXPECT_EQ(body(eio_refusal::forbidden), R"({"code":4,"message":"Forbidden"})");
  EXPECT_EQ(body(eio_refusal::unsupported_version), R"({"code":5,"message":"Unsupported protocol version"})");
  EXPECT_EQ(body(eio_refusal::forbidden, "not \"you\""), R"({"code":4,"message":"not \"you\""})");
  EXPECT_EQ(http_status(eio_refusal::forbidden), 403);
  EXPECT_EQ(http_status(eio_refusal::bad_request), 400);
}
