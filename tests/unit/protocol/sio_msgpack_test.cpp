#include "protocol/sio_msgpack.hpp"

#include "protocol/sio_packet.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

using namespace jackfield;
using namespace jackfield::protocol;
using namespace std::string_literals;

namespace {

/// Members of a packet, put together by hand.
const std::string type_event = "\xa4type\x02"s, root = "\xa3nsp\xa1/", undefined = "\xd4\x00\x00"s;

class sio_msgpack : public testing::Test {
 protected:
  sio_msgpack() { scratch.draft = std::make_unique<packet_draft>(); }

  decoded decode(const std::string& message) {
    scratch.draft->clear();
    return decode_msgpack(message, limits, *scratch.draft);
  }
  /// The decoder's complaint, or that of the check behind it; empty: a packet.
  std::string why(const std::string& message) {
    if (decode(message) == decoded::failed) return scratch.draft->why;
    const auto e = adopt_draft(scratch, {limits.attachments, limits.nsp_bytes, limits.depth});
    return e == sio_error::none ? "" : std::string(text_of(e));
  }
  const sio_packet& packet() const { return scratch.packet; }
  static std::string map(std::size_t n, const std::string& members) { return static_cast<char>(0x80 | n) + members; }
  static std::string event(const std::string& data) {
    return map(3, type_event +
                      "\xa4"
                      "data" +
                      data + root);
  }

  parser_limits limits{3, 32, 8};
  sio_scratch scratch;
};

// P121
TEST_F(sio_msgpack, what_javascript_clients_send) {
  EXPECT_EQ(why("\x83\xa4type\x00\xa4"
                "data\xd4\x00\x00\xa3nsp\xa1/"s),
            "");
  EXPECT_EQ(packet().type, sio_type::connect);
  EXPECT_EQ(packet().nsp, "/");
  EXPECT_FALSE(packet().has_data);

  EXPECT_EQ(why("\x85\xa4type\x02\xa4"
                "data\x92\xa3"
                "foo\x01\xa7options\x81\xa8"
                "compress\xc3\xa2id\x0c\xa3nsp\xa6/admin"),
            "");
  EXPECT_EQ(packet().type, sio_type::event);
  EXPECT_EQ(packet().nsp, "/admin");
  EXPECT_EQ(packet().id, 12u);
  EXPECT_EQ(packet().data, R"(["foo",1])");
  EXPECT_EQ(packet().items.size(), 2u);
}

// P121
TEST_F(sio_msgpack, members_in_any_order_and_strange_ones) {
  EXPECT_EQ(why(map(5, root +
                           "\xa1x\x92\x80\x90\xa4"
                           "data\x91\xa1"
                           "e\x05\xc0" +
                           type_event)),
            "");
  EXPECT_EQ(packet().data, R"(["e"])");
  EXPECT_EQ(why(map(5,
                    "\xa4"
                    "data\xc4\x01z" +
                        type_event +
                        "\xa4"
                        "data\x91\xa1"
                        "e\xa4"
                        "data\x91\xa1"
                        "f" +
                        root)),
            "");  // the last counts
  EXPECT_EQ(packet().data, R"(["f"])");
  EXPECT_TRUE(packet().attachments.empty());
  EXPECT_EQ(why(map(4, type_event + "\xa2id" + undefined +
                           "\xa4"
                           "data\x91\xa1"
                           "e" +
                           root)),
            "");
  EXPECT_FALSE(packet().id.has_value());
}

// P121
TEST_F(sio_msgpack, the_rules_of_the_reference) {
  EXPECT_EQ(why(map(2,
                    "\xa4"
                    "data\x91\xa1"
                    "e" +
                        root)),
            "invalid packet type");
  EXPECT_EQ(why(map(3,
                    "\xa4type\x05\xa4"
                    "data\x91\xa1"
                    "e" +
                        root)),
            "invalid packet type");
  EXPECT_EQ(why(map(3,
                    "\xa4type\xff\xa4"
                    "data\x91\xa1"
                    "e" +
                        root)),
            "invalid packet type");
  EXPECT_EQ(why(map(3,
                    "\xa4type\xa1"
                    "2\xa4"
                    "data\x91\xa1"
                    "e" +
                        root)),
            "invalid packet type");
  EXPECT_EQ(why(map(2, type_event + "\xa4"
                                    "data\x91\xa1"
                                    "e")),
            "invalid namespace");
  EXPECT_EQ(why(map(3, type_event + "\xa4"
                                    "data\x91\xa1"
                                    "e\xa3nsp\x01")),
            "invalid namespace");
  EXPECT_EQ(why(map(2, type_event + root)), "invalid payload");
  EXPECT_EQ(why(event(undefined)), "invalid payload");
  EXPECT_EQ(why(event("\xc0")), "invalid payload");
  EXPECT_EQ(why(event("\x80")), "invalid payload");
  EXPECT_EQ(why(map(3,
                    "\xa4type\x03\xa4"
                    "data\xa1x" +
                        root)),
            "invalid payload");
  EXPECT_EQ(why(map(3,
                    "\xa4type\x00\xa4"
                    "data\x90"s +
                        root)),
            "invalid payload");
  EXPECT_EQ(why(map(3,
                    "\xa4type\x00\xa4"
                    "data\xc0"s +
                        root)),
            "invalid payload");
  EXPECT_EQ(why(map(3,
                    "\xa4type\x00\xa4"
                    "data\x80"s +
                        root)),
            "");
  EXPECT_EQ(why(map(3,
                    "\xa4type\x01\xa4"
                    "data\x80" +
                        root)),
            "invalid payload");
  EXPECT_EQ(why(map(2, "\xa4type\x01" + root)), "");
  EXPECT_EQ(why(map(3,
                    "\xa4type\x01\xa4"
                    "data" +
                        undefined + root)),
            "");
  EXPECT_EQ(why(map(2, "\xa4type\x04" + root)), "invalid payload");
  EXPECT_EQ(why(map(3,
                    "\xa4type\x04\xa4"
                    "data\xa1x" +
                        root)),
            "");
  for (const auto* id : {"\xa2id\xa1x", "\xa2id\xc0", "\xa2id\xff", "\xa2id\xcb\x3f\xf8\0\0\0\0\0\0",
                         "\xa2id\xcf\xff\xff\xff\xff\xff\xff\xff\xff"}) {
    const std::string text = id[3] == '\xcb' ? std::string(id, 12) : id;
    EXPECT_EQ(why(map(4, type_event + text +
                             "\xa4"
                             "data\x91\xa1"
                             "e" +
                             root)),
              "invalid packet id");
  }
  EXPECT_EQ(why(map(4, type_event + "\xa2id\xcb\x40\x1c\0\0\0\0\0\0"s +
                           "\xa4"
                           "data\x91\xa1"
                           "e" +
                           root)),
            "");  // 7.0
  EXPECT_EQ(packet().id, 7u);
}

// P121
TEST_F(sio_msgpack, a_message_is_one_map_and_nothing_else) {
  EXPECT_EQ(why(""), "invalid packet");
  EXPECT_EQ(why("\x90"), "invalid packet");
  EXPECT_EQ(why("\x81"), "invalid packet");
  EXPECT_EQ(why("\x81\xa1k"), "invalid packet");
  EXPECT_EQ(why(event("\x91\xa1"
                      "e") +
                "\xc0"),
            "trailing bytes");
  const auto decoder = msgpack_parser()->decoder(limits);
  scratch.draft->clear();
  EXPECT_EQ(decoder->add({message_kind::text, "0"}, *scratch.draft), decoded::failed);
  EXPECT_EQ(decoder->add({message_kind::binary, event("\x91\xa1"
                                                      "e")},
                         *scratch.draft),
            decoded::packet);
  EXPECT_EQ(decoder->next(*scratch.draft), decoded::incomplete);
}

TEST_F(sio_msgpack, names_of_events) {
  EXPECT_EQ(why(event("\x90")), "");  // the reference does not look
  EXPECT_EQ(why(event("\x91\xc3")), "");
  EXPECT_EQ(why(event("\x91\xaa"
                      "disconnect")),
            "reserved event name");  // but this would be a lie
}

// S25 S26 S29
TEST_F(sio_msgpack, limits) {
  EXPECT_EQ(why(map(3, type_event +
                           "\xa4"
                           "data\x91\xa1"
                           "e\xa3nsp\xd9\x20" +
                           std::string(32, '/'))),
            "");
  EXPECT_EQ(why(map(3, type_event +
                           "\xa4"
                           "data\x91\xa1"
                           "e\xa3nsp\xd9\x21" +
                           std::string(33, '/'))),
            "invalid namespace");
  EXPECT_EQ(why(map(3, type_event + "\xa4"
                                    "data\x91\xa1"
                                    "e\xa3nsp\xa1\xff")),
            "invalid namespace");
  EXPECT_EQ(why(event(std::string(7, '\x91') + "\x91\xa1"
                                               "e")),
            "");
  EXPECT_EQ(why(event(std::string(8, '\x91') + "\x91\xa1"
                                               "e")),
            "invalid payload");
  EXPECT_EQ(why(event("\x94\xa1"
                      "e\xc4\x00\xc4\x00\xc4\x00"s)),
            "");
  EXPECT_EQ(packet().attachments.size(), 3u);
  EXPECT_TRUE(packet().placeholders);
  EXPECT_EQ(why(event("\x95\xa1"
                      "e\xc4\x00\xc4\x00\xc4\x00\xc4\x00"s)),
            "too many attachments");
  EXPECT_EQ(why(event("\x93\xa1"
                      "e\xc4\x00\x82\xac_placeholder\xc3\xa3num\x09"s)),
            "illegal attachments");
}

TEST_F(sio_msgpack, packets_as_they_are_written) {
  std::string out;
  encode_msgpack({packet_type::connect, "/", {}, R"({"sid":"x"})", {}}, out);
  EXPECT_EQ(out,
            "\x83\xa4type\x00\xa4"
            "data\x81\xa3sid\xa1x\xa3nsp\xa1/"s);
  out.clear();
  encode_msgpack({packet_type::disconnect, "/a", {}, {}, {}}, out);
  EXPECT_EQ(out, "\x82\xa4type\x01\xa3nsp\xa2/a");
  out.clear();
  const bytes_view attachments[] = {as_bytes("zz")};
  encode_msgpack({packet_type::ack, "/", 300, R"([{"_placeholder":true,"num":0}])", attachments}, out);
  EXPECT_EQ(out,
            "\x84\xa4type\x03\xa4"
            "data\x91\xc4\x02zz\xa2id\xcd\x01\x2c\xa3nsp\xa1/");
}

}  // namespace
