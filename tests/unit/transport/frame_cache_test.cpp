#include "transport/frame_cache.hpp"

#include "support/virtual_host.hpp"

#include <gtest/gtest.h>

#include <string>

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

TEST_F(cache_fixture, keeps_nothing_beyond_the_turn) {
  auto p = packet("2[\"a\"]");
  base::shared_bytes first = cache.frames(*p);
  host.run_turn();
  EXPECT_NE(cache.frames(*p).chars().data(), first.chars().data());
  EXPECT_EQ(cache.frames(*p).chars(), first.chars());
}

}  // namespace
}  // namespace jackfield::transport
