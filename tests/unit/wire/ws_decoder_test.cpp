#include "unit/wire/ws_feeding.hpp"

#include <random>

namespace jackfield::wire::test {
namespace {

using enum ws_opcode;

// The examples of RFC 6455 §5.7.
TEST(ws_decoder, reads_the_examples_of_the_rfc) {
  const setup server, client{.role = ws_role::client};
  EXPECT_EQ(decode(client, raw({0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f})), (events{a_text("Hello")}));
  EXPECT_EQ(decode(server, raw({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58})), (events{a_text("Hello")}));
  EXPECT_EQ(decode(client, raw({0x01, 0x03, 0x48, 0x65, 0x6c}) + raw({0x80, 0x02, 0x6c, 0x6f})), (events{a_text("Hello")}));
  EXPECT_EQ(decode(client, raw({0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f})), (events{a_ping("Hello")}));
  EXPECT_EQ(decode(server, raw({0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58})), (events{a_pong("Hello")}));
  const std::string k256(256, '\x5a'), k64(65536, '\xa5');
  EXPECT_EQ(decode(client, raw({0x82, 0x7e, 0x01, 0x00}) + k256), (events{a_binary(k256)}));
  EXPECT_EQ(decode(client, raw({0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0}) + k64), (events{a_binary(k64)}));
}

TEST(ws_decoder, a_whole_frame_is_a_view_of_the_input_and_costs_no_memory) {
  const ws_limits limits;
  ws_decoder decoder(ws_role::server, limits);
  std::string wire = frame(binary, "abcdefgh") + frame(text, "0123456789");
  std::span<char> input(wire);
  const auto first = decoder.next(input);
  EXPECT_EQ(first.data.data(), wire.data() + 6);
  EXPECT_EQ(first.data, "abcdefgh");
  const auto second = decoder.next(input);
  EXPECT_EQ(second.data.data(), wire.data() + 14 + 6);
  EXPECT_EQ(second.data, "0123456789");
  EXPECT_EQ(decoder.next(input).kind, ws_event::what::need_more);
  EXPECT_EQ(decoder.held_bytes(), 0u);
}

// S12: memory follows what has come, not what was announced, and goes when the message is done.
TEST(ws_decoder, holds_an_unfinished_message_only) {
  const ws_limits limits;
  ws_decoder decoder(ws_role::server, limits);
  const std::string wire = frame(binary, std::string(900'000, 'x'));
  events got;
  for (std::size_t at = 0; at < wire.size(); at += 1000) {
    feed(decoder, wire.substr(at, 1000), got);
    const auto received = std::min(wire.size(), at + 1000);
    if (received < wire.size()) {
      EXPECT_LE(decoder.held_bytes(), 2 * received + 256);
      EXPECT_GE(decoder.held_bytes(), received - 14);
    }
  }
  EXPECT_EQ(got, (events{a_binary(std::string(900'000, 'x'))}));
  EXPECT_EQ(decoder.held_bytes(), 0u);
}

TEST(ws_decoder, holds_nothing_after_control_frames_cut_in_two) {
  const ws_limits limits;
  ws_decoder decoder(ws_role::server, limits);
  const auto wire = frame(text, "", fin::no) + frame(ping, "control") + frame(continuation, "all of it");
  events got;
  feed(decoder, wire.substr(0, 15), got);
  EXPECT_GT(decoder.held_bytes(), 0u);
  feed(decoder, wire.substr(15), got);
  EXPECT_EQ(got, (events{a_ping("control"), a_text("all of it")}));
  EXPECT_EQ(decoder.held_bytes(), 0u);
}

TEST(ws_decoder, every_mask_offset_and_length_unmasks) {
  const setup server;
  std::string payload;
  for (int i = 0; i < 140; ++i) {
    EXPECT_EQ(decode(server, frame(binary, payload)), (events{a_binary(payload)})) << i;
    payload.push_back(static_cast<char>(i * 7));
  }
}

TEST(ws_decoder, reads_nothing_behind_a_close_frame) {
  EXPECT_EQ(decode({}, frame(close, ws_close_payload(1000, "bye")) + frame(text, "late") + "rubbish"),
            (events{a_close(1000, "bye")}));
}

TEST(ws_decoder, reads_nothing_behind_an_error) {
  EXPECT_EQ(decode({}, raw({0x83, 0x80, 0, 0, 0, 0}) + frame(text, "late")), (events{an_error(1002)}));
}

struct random_stream {
  std::string wire;
  events expected;
};

std::string random_payload(std::mt19937& random, bool is_text, std::size_t most) {
  static constexpr std::string_view characters[] = {
      "a", "\n", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xef\xbf\xbf", "0123456789"};
  const auto size = std::uniform_int_distribution<std::size_t>(0, most)(random);
  std::string payload;
  while (payload.size() < size) {
    if (is_text) {
      payload += characters[random() % std::size(characters)];
    } else {
      payload.push_back(static_cast<char>(random()));
    }
  }
  return payload;
}

void append(random_stream& s, std::mt19937& random, ws_role role, ws_opcode op, std::string_view payload, fin f) {
  if (role == ws_role::client) {
    s.wire += plain_frame(op, payload, f);
  } else {
    ws_append_masked(s.wire, op, payload, static_cast<std::uint32_t>(random()), f == fin::yes);
  }
}

void append_control(random_stream& s, std::mt19937& random, ws_role role) {
  const auto payload = random_payload(random, false, 125).substr(0, 125);
  const bool is_ping = random() % 2 == 0;
  append(s, random, role, is_ping ? ping : pong, payload, fin::yes);
  s.expected.push_back(is_ping ? a_ping(payload) : a_pong(payload));
}

void append_message(random_stream& s, std::mt19937& random, ws_role role) {
  const bool is_text = random() % 2 == 0;
  const auto payload = random_payload(random, is_text, random() % 8 == 0 ? 70'000 : 300);
  auto op = is_text ? text : binary;
  std::string_view rest = payload;
  while (random() % 3 == 0) {
    const auto size = std::uniform_int_distribution<std::size_t>(0, rest.size())(random);
    append(s, random, role, op, rest.substr(0, size), fin::no);
    rest.remove_prefix(size);
    op = continuation;
    if (random() % 2 == 0) append_control(s, random, role);
  }
  append(s, random, role, op, rest, fin::yes);
  s.expected.push_back(is_text ? a_text(payload) : a_binary(payload));
}

// P34
TEST(ws_decoder, random_streams_cut_at_random_places_come_through) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    const auto role = seed % 2 == 0 ? ws_role::server : ws_role::client;
    random_stream s;
    for (int i = 0; i < 12; ++i) append_message(s, random, role);
    const setup fresh{.role = role};
    const auto decoder = make_decoder(fresh);
    events got;
    for (std::size_t at = 0; at < s.wire.size();) {
      const auto size = std::uniform_int_distribution<std::size_t>(1, random() % 4 == 0 ? 20'000 : 60)(random);
      feed(*decoder, s.wire.substr(at, size), got);
      at += size;
    }
    ASSERT_EQ(got, s.expected) << "seed " << seed;
    EXPECT_EQ(decoder->held_bytes(), 0u);
  }
}

}  // namespace
}  // namespace jackfield::wire::test
