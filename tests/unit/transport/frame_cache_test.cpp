#include "transport/frame_cache.hpp"

#include "support/virtual_host.hpp"
#include "wire/ws_deflate.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace jackfield::transport {
namespace {

using engine::message;
using protocol::payload_kind;

engine::outgoing_ref packet(std::string_view text, std::string_view attachment = {}) {
  std::vector<message> group{{payload_kind::text, base::shared_bytes(text)}};
  if (!attachment.empty()) group.push_back({payload_kind::binary, base::shared_bytes(attachment)});
  return base::make_ref<engine::outgoing>(std::move(group));
}

struct cache_fixture : ::testing::Test {
  test::virtual_host host;
  frame_cache cache{host};
};

TEST_F(cache_fixture, frames_text_with_its_digit_and_attachments_without) {  // P53
  EXPECT_EQ(cache.frames(*packet("2[\"a\"]", "xyz")).chars(), std::string("\x81\x07") + "42[\"a\"]" + "\x82\x03xyz");
}

TEST_F(cache_fixture, begins_attachments_with_their_type_for_revision_3) {  // P102
  const auto p = packet("2[\"a\"]", "xyz");
  EXPECT_EQ(cache.prefixed_frames(*p).chars(), std::string("\x81\x07") + "42[\"a\"]" + "\x82\x04\x04xyz");
  EXPECT_EQ(cache.frames(*p).chars(), std::string("\x81\x07") + "42[\"a\"]" + "\x82\x03xyz");
  EXPECT_EQ(cache.prefixed_frames(*p).chars().data(), cache.prefixed_frames(*p).chars().data());
  const std::string at_the_edge(125, 'x');
  EXPECT_EQ(cache.prefixed_frames(*packet("2", at_the_edge)).chars().substr(4, 5), std::string("\x82\x7e\x00\x7e\x04", 5));
}

TEST_F(cache_fixture, frames_a_packet_once_for_all_receivers) {
  auto p = packet("2[\"a\"]");
  EXPECT_EQ(cache.frames(*p).chars().data(), cache.frames(*p).chars().data());
}

TEST_F(cache_fixture, long_messages_get_longer_heads) {
  std::string text(70000, 'x');
  auto frames = cache.frames(*packet(text)).chars();
  EXPECT_EQ(frames.size(), 10 + 1 + text.size());
  EXPECT_EQ(frames.substr(0, 2), "\x81\x7f");
}

/// The payloads of a row of server frames, inflated where they are deflated.
std::vector<std::string> inflated(std::string_view frames, int window_bits) {
  std::vector<std::string> out;
  while (!frames.empty()) {
    const auto second = static_cast<unsigned char>(frames[1]);
    std::size_t head = 2, size = second;
    if (second == 126) head = 4, size = static_cast<unsigned char>(frames[2]) * 256u + static_cast<unsigned char>(frames[3]);
    const auto payload = frames.substr(head, size);
    out.emplace_back();
    if (frames[0] & 0x40) {
      wire::ws_inflater inflater(window_bits, wire::takeover::none);
      EXPECT_EQ(inflater.inflate(payload, true, out.back(), 1 << 20), wire::ws_inflater::status::ok);
    } else {
      out.back() = payload;
    }
    frames.remove_prefix(head + size);
  }
  return out;
}

TEST_F(cache_fixture, deflates_what_is_large_enough_once_for_everybody) {  // P62
  const std::string text(3000, 'x'), small(20, 'y');
  const auto p = packet(text, small);
  const frame_cache::packing how{.window_bits = 15, .threshold_bytes = 1024, .binary_head = {}};
  const auto& first = cache.packed_frames(*p, how);
  EXPECT_LT(first.size(), 100u);
  EXPECT_EQ(inflated(first.chars(), 15), (std::vector{"4" + text, small}));
  EXPECT_EQ(cache.packed_frames(*p, how).chars().data(), first.chars().data());
}

TEST_F(cache_fixture, a_smaller_window_has_a_form_of_its_own) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += std::to_string(i * 7919) + ',';
  const auto p = packet(text);
  const auto large = cache.packed_frames(*p, {15, 1024, {}});
  const auto small = cache.packed_frames(*p, {9, 1024, {}});
  EXPECT_EQ(inflated(small.chars(), 9), std::vector{"4" + text});
  EXPECT_EQ(inflated(large.chars(), 15), std::vector{"4" + text});
  EXPECT_EQ(cache.packed_frames(*p, {15, 1024, {}}).chars(), large.chars());
}

TEST_F(cache_fixture, deflates_for_revision_3_behind_the_type) {  // P102
  const std::string bytes(2000, 'z');
  const auto p = packet("2[]", bytes);
  EXPECT_EQ(inflated(cache.packed_frames(*p, {15, 1024, protocol::eio3_binary_head}).chars(), 15),
            (std::vector<std::string>{"42[]", "\x04" + bytes}));
  EXPECT_EQ(inflated(cache.packed_frames(*p, {15, 1024, {}}).chars(), 15), (std::vector<std::string>{"42[]", bytes}));
}

TEST_F(cache_fixture, keeps_nothing_beyond_the_turn) {
  auto p = packet("2[\"a\"]");
  base::shared_bytes first = cache.frames(*p);
  host.run_turn();
  EXPECT_NE(cache.frames(*p).chars().data(), first.chars().data());
  EXPECT_EQ(cache.frames(*p).chars(), first.chars());
}

}  // namespace
}  // namespace jackfield::transport
