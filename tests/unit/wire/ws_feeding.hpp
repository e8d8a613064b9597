// ws_feeding: a frame stream through a decoder, in one piece and cut in every way, with the same result.
#pragma once

#include "wire/ws_decoder.hpp"
#include "wire/ws_deflate.hpp"
#include "wire/ws_encoder.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::wire::test {

struct seen {
  ws_event::what kind;
  std::uint16_t code = 0;
  std::string data;  // empty for errors: what counts is the code
  bool operator==(const seen&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const seen& s) {
  static constexpr std::string_view names[] = {"need_more", "text", "binary", "ping", "pong", "close", "error"};
  return out << names[static_cast<std::size_t>(s.kind)] << ' ' << s.code << ' ' << ::testing::PrintToString(s.data.substr(0, 80));
}

inline seen a_text(std::string data) { return {ws_event::what::text, 0, std::move(data)}; }
inline seen a_binary(std::string data) { return {ws_event::what::binary, 0, std::move(data)}; }
inline seen a_ping(std::string data) { return {ws_event::what::ping, 0, std::move(data)}; }
inline seen a_pong(std::string data) { return {ws_event::what::pong, 0, std::move(data)}; }
inline seen a_close(std::uint16_t code, std::string reason = {}) { return {ws_event::what::close, code, std::move(reason)}; }
inline seen an_error(std::uint16_t code) { return {ws_event::what::error, code, {}}; }

/// Feeds one piece, of its own memory (sanitizers see every step outside), and notes the events.
inline void feed(ws_decoder& decoder, std::string piece, std::vector<seen>& events) {
  std::vector<char> memory(piece.begin(), piece.end());
  std::span<char> input(memory);
  for (;;) {
    const auto event = decoder.next(input);
    if (event.kind == ws_event::what::need_more) break;
    const bool error = event.kind == ws_event::what::error;
    events.push_back({event.kind, event.code, error ? std::string() : std::string(event.data)});
    EXPECT_TRUE(!error || !event.data.empty()) << "an error says why";
  }
  EXPECT_TRUE(input.empty());
}

struct setup {
  ws_role role = ws_role::server;
  ws_limits limits{};
  std::function<std::unique_ptr<ws_inflater>()> inflater{};
};

inline std::unique_ptr<ws_decoder> make_decoder(const setup& s) {
  auto decoder = std::make_unique<ws_decoder>(s.role, s.limits);
  if (s.inflater) decoder->set_inflater(s.inflater());
  return decoder;
}

std::unique_ptr<ws_decoder> make_decoder(setup&&) = delete;  // its limits must outlive the decoder

inline std::vector<seen> feed_in_steps(const setup& s, std::string_view wire, std::size_t step) {
  auto decoder = make_decoder(s);
  std::vector<seen> events;
  for (std::size_t at = 0; at < wire.size(); at += step) feed(*decoder, std::string(wire.substr(at, step)), events);
  return events;
}

/// The events of `wire`, which must be the same in one piece, byte by byte, in steps of 2..17 and cut once anywhere
/// (longer streams: near both ends).
inline std::vector<seen> decode(const setup& s, std::string_view wire) {
  const auto expected = feed_in_steps(s, wire, wire.size() + 1);
  for (std::size_t step = 1; step <= 17; ++step) EXPECT_EQ(feed_in_steps(s, wire, step), expected) << "in steps of " << step;
  for (std::size_t cut = 1; cut < wire.size(); ++cut) {
    if (cut > 300 && cut + 300 < wire.size()) continue;
    auto decoder = make_decoder(s);
    std::vector<seen> events;
    feed(*decoder, std::string(wire.substr(0, cut)), events);
    feed(*decoder, std::string(wire.substr(cut)), events);
    EXPECT_EQ(events, expected) << "cut at " << cut;
  }
  return expected;
}

enum class fin : bool { no, yes };

/// A client's frame.
inline std::string frame(ws_opcode op, std::string_view payload, fin f = fin::yes, bool rsv1 = false) {
  std::string out;
  ws_append_masked(out, op, payload, 0x37fa213d, f == fin::yes, rsv1);
  return out;
}

/// A server's frame.
inline std::string plain_frame(ws_opcode op, std::string_view payload, fin f = fin::yes, bool rsv1 = false) {
  auto head = ws_head(op, payload.size(), rsv1);
  if (f == fin::no) head.bytes[0] = static_cast<char>(head.bytes[0] & 0x7f);
  return std::string(head.view()) + std::string(payload);
}

inline std::string raw(std::initializer_list<int> bytes) {
  std::string s;
  for (const int b : bytes) s.push_back(static_cast<char>(b));
  return s;
}

using events = std::vector<seen>;

}  // namespace jackfield::wire::test
