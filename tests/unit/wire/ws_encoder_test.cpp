#include "unit/wire/ws_feeding.hpp"

#include "base/utf8.hpp"

namespace jackfield::wire::test {
namespace {

using enum ws_opcode;

TEST(ws_encoder, heads_are_in_their_shortest_form) {
  EXPECT_EQ(ws_head(text, 0).view(), raw({0x81, 0}));
  EXPECT_EQ(ws_head(binary, 125).view(), raw({0x82, 125}));
  EXPECT_EQ(ws_head(text, 126, true).view(), raw({0xc1, 126, 0, 126}));
  EXPECT_EQ(ws_head(text, 65535).view(), raw({0x81, 126, 0xff, 0xff}));
  EXPECT_EQ(ws_head(text, 65536).view(), raw({0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}));
  EXPECT_EQ(ws_head(pong, 5).view(), raw({0x8a, 5}));
  for (const std::uint64_t size : {0u, 125u, 126u, 65535u, 65536u, 1u << 30})
    EXPECT_EQ(ws_head_size(size), ws_head(binary, size).size);
}

// The masked example of RFC 6455 §5.7.
TEST(ws_encoder, masks_as_the_rfc_shows) {
  std::string out = "before";
  ws_append_masked(out, text, "Hello", 0x37fa213d);
  EXPECT_EQ(out, "before" + raw({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}));
  out.clear();
  ws_append_masked(out, text, "", 0, false, true);
  EXPECT_EQ(out, raw({0x41, 0x80, 0, 0, 0, 0}));
}

// S14: what we send as text is UTF-8, reasons of any length and content too.
TEST(ws_encoder, close_payloads) {
  EXPECT_EQ(ws_close_payload(0, "unsaid"), "");
  EXPECT_EQ(ws_close_payload(1000), raw({0x03, 0xe8}));
  EXPECT_EQ(ws_close_payload(4999, "why"), raw({0x13, 0x87, 'w', 'h', 'y'}));
  EXPECT_EQ(ws_close_payload(1000, std::string(200, 'x')).size(), 125u);
  EXPECT_EQ(ws_close_payload(1000, std::string(122, 'x') + "\xe2\x82\xac"), raw({0x03, 0xe8}) + std::string(122, 'x'));
  EXPECT_EQ(ws_close_payload(1000,
                             "ab\xff"
                             "cd"),
            raw({0x03, 0xe8, 'a', 'b'}));
  EXPECT_EQ(ws_close_payload(1000, std::string(130, '\xff')), raw({0x03, 0xe8}));
}

}  // namespace
}  // namespace jackfield::wire::test
