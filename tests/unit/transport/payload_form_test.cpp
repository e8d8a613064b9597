#include "transport/payload_form.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace jackfield::transport {
namespace {

using protocol::eio_packet;
using protocol::eio_revision;
using protocol::eio_type;
using protocol::payload_kind;
using namespace std::string_literals;

constexpr auto plain = "text/plain; charset=UTF-8";
const std::vector<eio_packet> text{{eio_type::message, payload_kind::text, "é"}};
const std::vector<eio_packet> mixed{{eio_type::message, payload_kind::text, "hello"},
                                    {eio_type::message, payload_kind::binary, "\x01\x02\x03\x04"}};

payload_form form(eio_revision r, binary_form b = binary_form::raw) { return {{r, b}, nullptr}; }
payload_form jsonp(eio_revision r, std::string index) {
  return {{r, binary_form::raw}, std::make_unique<const std::string>(std::move(index))};
}

void expect(const payload_body& b, std::string_view bytes, std::string_view type) {
  EXPECT_EQ(b.bytes, bytes);
  EXPECT_EQ(b.content_type, type);
}

TEST(payload_form, revision_4_is_text_always) {
  expect(form(eio_revision::v4).write(mixed),
         "4hello\x1e"
         "bAQIDBA==",
         plain);
  EXPECT_FALSE(form(eio_revision::v4).reads_binary());
}

TEST(payload_form, revision_3_is_bytes_for_batches_with_binary_alone) {  // P99
  const auto old = form(eio_revision::v3);
  expect(old.write(text), "2:4é", plain);
  expect(old.write(mixed), "\x00\x06\xFF"s + "4hello"s + "\x01\x05\xFF\x04\x01\x02\x03\x04"s, "application/octet-stream");
  EXPECT_TRUE(old.reads_binary());
}

TEST(payload_form, revision_3_is_text_where_the_client_asked_for_base64) {  // P98
  const auto old = form(eio_revision::v3, binary_form::text);
  expect(old.write(mixed), "6:4hello10:b4AQIDBA==", plain);
  EXPECT_TRUE(old.reads_binary()) << "what it sends is its own choice";
}

TEST(payload_form, jsonp_is_a_script_in_either_revision) {  // P103
  constexpr auto script = "text/javascript; charset=UTF-8";
  expect(jsonp(eio_revision::v3, "7").write(mixed), R"(___eio[7]("6:4hello10:b4AQIDBA==");)", script);
  expect(jsonp(eio_revision::v4, "").write(text), R"(___eio[]("4é");)", script);
  EXPECT_FALSE(jsonp(eio_revision::v3, "7").reads_binary());
}

}  // namespace
}  // namespace jackfield::transport
