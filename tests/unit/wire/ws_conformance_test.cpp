// The categories of the public WebSocket case suite, at the codec: framing, pings, reserved bits, opcodes,
// fragmentation, UTF-8 (fail fast), close handling, limits.
#include "unit/wire/ws_feeding.hpp"

namespace jackfield::wire::test {
namespace {

using enum ws_opcode;
using namespace std::string_literals;

struct conformance_case {
  std::string name;
  std::string wire;
  events expected;
};

void run(const std::vector<conformance_case>& cases, const setup& s = {}) {
  for (const auto& c : cases) EXPECT_EQ(decode(s, c.wire), c.expected) << c.name;
}

TEST(ws_conformance, framing) {
  std::vector<conformance_case> cases;
  for (const std::size_t size : {0u, 1u, 124u, 125u, 126u, 127u, 128u, 65535u, 65536u}) {
    const std::string payload(size, '*');
    cases.push_back({"text of " + std::to_string(size), frame(text, payload), {a_text(payload)}});
    cases.push_back({"binary of " + std::to_string(size), frame(binary, payload), {a_binary(payload)}});
  }
  run(cases);
}

TEST(ws_conformance, pings_and_pongs) {
  const std::string most(125, '\xfe'), more(126, 'x');
  std::string ten;
  events ten_pings;
  for (int i = 0; i < 10; ++i)
    ten += frame(ping, "payload-" + std::to_string(i)), ten_pings.push_back(a_ping("payload-" + std::to_string(i)));
  run({{"empty ping", frame(ping, ""), {a_ping("")}},
       {"ping with payload", frame(ping, "Hello, world!"), {a_ping("Hello, world!")}},
       {"ping with bytes that are no text",
        frame(ping, raw({0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff})),
        {a_ping(raw({0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff}))}},
       {"ping of 125", frame(ping, most), {a_ping(most)}},
       {"ping of 126", frame(ping, more), {an_error(1002)}},
       {"unasked pong", frame(pong, ""), {a_pong("")}},
       {"unasked pong with payload, then ping", frame(pong, "x") + frame(ping, "y"), {a_pong("x"), a_ping("y")}},
       {"ten pings", ten, ten_pings}});
}

// S11
TEST(ws_conformance, reserved_bits_and_opcodes) {
  std::vector<conformance_case> cases;
  for (int bits = 1; bits < 8; ++bits) {
    for (const int op : {0, 1, 2, 8, 9, 10}) {
      const int first = 0x80 | bits << 4 | op;
      cases.push_back({"RSV " + std::to_string(bits) + " opcode " + std::to_string(op),
                       frame(text, "ok") + raw({first, 0x80, 1, 2, 3, 4}),
                       {a_text("ok"), an_error(1002)}});
    }
  }
  for (const int op : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
    cases.push_back({"opcode " + std::to_string(op),
                     frame(text, "ok") + raw({0x80 | op, 0x80, 1, 2, 3, 4}) + frame(ping, ""),
                     {a_text("ok"), an_error(1002)}});
    cases.push_back({"opcode " + std::to_string(op) + " not final", raw({op, 0x81, 1, 2, 3, 4, 5}), {an_error(1002)}});
  }
  run(cases);
}

// S11: every fault of a head is told from the head alone.
TEST(ws_conformance, heads) {
  run({{"unmasked from a client", raw({0x81, 0x05}), {an_error(1002)}},
       {"16-bit length below 126", raw({0x82, 0xfe, 0, 125, 1, 2, 3, 4}), {an_error(1002)}},
       {"64-bit length below 65536", raw({0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 2, 3, 4}), {an_error(1002)}},
       {"64-bit length with top bit", raw({0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}), {an_error(1002)}},
       {"64-bit length, all ones",
        raw({0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4}),
        {an_error(1002)}},
       {"longest length there is",
        raw({0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4}),
        {an_error(1009)}},
       {"fragmented ping", raw({0x09, 0x80}), {an_error(1002)}},
       {"fragmented close", raw({0x08}), {an_error(1002)}},
       {"ping of 126", raw({0x89, 0xfe}), {an_error(1002)}},
       {"close of 64-bit length", raw({0x88, 0xff}), {an_error(1002)}}});
  run({{"masked from a server", raw({0x81, 0x85}), {an_error(1002)}}}, {.role = ws_role::client});
}

TEST(ws_conformance, fragmentation) {
  const auto part = [](ws_opcode op, std::string_view payload) { return frame(op, payload, fin::no); };
  std::string many;
  for (int i = 0; i < 100; ++i) many += part(i == 0 ? text : continuation, "x") + frame(ping, "p");
  events many_events(100, a_ping("p"));
  many_events.push_back(a_text(std::string(100, 'x')));
  run({{"ping in two", raw({0x09, 0x81, 0, 0, 0, 0, 'a'}) + frame(continuation, "b"), {an_error(1002)}},
       {"pong in two", raw({0x0a, 0x81, 0, 0, 0, 0, 'a'}) + frame(continuation, "b"), {an_error(1002)}},
       {"text in two", part(text, "frag1") + frame(continuation, "frag2"), {a_text("frag1frag2")}},
       {"binary in three, with empty parts",
        part(binary, "") + part(continuation, "ab") + frame(continuation, ""),
        {a_binary("ab")}},
       {"all parts empty", part(text, "") + part(continuation, "") + frame(continuation, ""), {a_text("")}},
       {"all in the last part", part(text, "") + frame(continuation, "all"), {a_text("all")}},
       {"ping between",
        part(text, "frag1") + frame(ping, "ping") + frame(continuation, "frag2"),
        {a_ping("ping"), a_text("frag1frag2")}},
       {"a hundred parts with pings", many + frame(continuation, ""), many_events},
       {"continuation of nothing", frame(continuation, "x") + frame(text, "y"), {an_error(1002)}},
       {"continuation of nothing, not final", part(continuation, "x"), {an_error(1002)}},
       {"continuation behind a whole message", frame(text, "a") + frame(continuation, "x"), {a_text("a"), an_error(1002)}},
       {"text inside text", part(text, "a") + frame(text, "b"), {an_error(1002)}},
       {"binary inside text", part(text, "a") + part(binary, "b"), {an_error(1002)}},
       {"close inside text", part(text, "a") + frame(close, ws_close_payload(1000)), {a_close(1000)}},
       {"a message behind another",
        part(text, "a") + frame(continuation, "b") + part(binary, "c") + frame(continuation, "d"),
        {a_text("ab"), a_binary("cd")}}});
}

// S14 P34
TEST(ws_conformance, utf8_that_is_valid) {
  for (const auto& s :
       {"Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xa0\xc3\xa1-UTF-8!!"s, "\0"s, "\x7f"s, "\xc2\x80"s, "\xdf\xbf"s,
        "\xe0\xa0\x80"s, "\xed\x9f\xbf"s, "\xee\x80\x80"s, "\xef\xbf\xbd"s, "\xef\xbf\xbe"s, "\xef\xbf\xbf"s, "\xf0\x90\x80\x80"s,
        "\xf4\x8f\xbf\xbf"s, "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5"s}) {
    EXPECT_EQ(decode({}, frame(text, s)), (events{a_text(s)}));
    std::string parts;
    for (std::size_t i = 0; i < s.size(); ++i) parts += frame(i == 0 ? text : continuation, s.substr(i, 1), fin::no);
    EXPECT_EQ(decode({}, parts + frame(continuation, "")), (events{a_text(s)})) << "a fragment for each byte";
  }
}

// S14
TEST(ws_conformance, utf8_that_is_not) {
  for (const auto& s : {"\x80"s,
                        "\xbf"s,
                        "\xc0\x80"s,
                        "\xc1\xbf"s,
                        "\xc3"s,
                        "\xe0\x80\x80"s,
                        "\xe0\x9f\xbf"s,
                        "\xe2\x82"s,
                        "\xed\xa0\x80"s,
                        "\xed\xbf\xbf"s,
                        "\xf0\x80\x80\x80"s,
                        "\xf0\x8f\xbf\xbf"s,
                        "\xf0\x9f\x98"s,
                        "\xf4\x90\x80\x80"s,
                        "\xf5\x80\x80\x80"s,
                        "\xf8\x88\x80\x80\x80"s,
                        "\xfe"s,
                        "\xff"s,
                        "\xc3("s,
                        "\xe2\x82("s}) {
    EXPECT_EQ(decode({}, frame(text, s)), (events{an_error(1007)})) << ::testing::PrintToString(s);
    EXPECT_EQ(decode({}, frame(text, "before " + s + " behind")), (events{an_error(1007)})) << ::testing::PrintToString(s);
    EXPECT_EQ(decode({}, frame(text, s, fin::no) + frame(continuation, "")), (events{an_error(1007)}))
        << ::testing::PrintToString(s);
    EXPECT_EQ(decode({}, frame(binary, s)), (events{a_binary(s)})) << "binary may be anything";
  }
}

/// How many bytes of `wire`, fed one by one, bring the error; 0: none.
std::size_t fails_after(std::string_view wire) {
  const setup s;
  const auto decoder = make_decoder(s);
  for (std::size_t i = 0; i < wire.size(); ++i) {
    events got;
    feed(*decoder, std::string(1, wire[i]), got);
    if (!got.empty()) return got.back() == an_error(1007) ? i + 1 : 0;
  }
  return 0;
}

// S14: at the first byte that no text could go on with, in the middle of a frame and of a message.
TEST(ws_conformance, utf8_fails_fast) {
  const auto valid = "\xce\xba\xe1\xbd\xb9"s, bad = "\xf4\x90\x80\x80"s, rest = "edited"s;
  const std::size_t head = 6;
  EXPECT_EQ(fails_after(frame(text, valid + bad + rest)), head + valid.size() + 2);
  EXPECT_EQ(fails_after(frame(text, valid + "\xed\xa0\x80" + rest)), head + valid.size() + 2);
  EXPECT_EQ(fails_after(frame(text, valid + "\xff" + rest)), head + valid.size() + 1);
  EXPECT_EQ(fails_after(frame(text, valid, fin::no) + frame(continuation, bad, fin::no) + frame(continuation, rest)),
            head + valid.size() + head + 2);
  EXPECT_EQ(fails_after(frame(text, valid + "\xf4", fin::no) + frame(continuation, "\x90\x80\x80")),
            head + valid.size() + 1 + head + 1);
}

// S15
TEST(ws_conformance, close_handling) {
  const std::string longest(123, 'r');
  std::vector<conformance_case> cases{
      {"without payload", frame(close, ""), {a_close(1005)}},
      {"with code", frame(close, ws_close_payload(1000)), {a_close(1000)}},
      {"with the longest reason", frame(close, ws_close_payload(1000, longest)), {a_close(1000, longest)}},
      {"with a reason of text", frame(close, ws_close_payload(1000, "\xe2\x82\xac")), {a_close(1000, "\xe2\x82\xac")}},
      {"one byte of payload", frame(close, "\x03"), {an_error(1002)}},
      {"payload of 126", frame(close, ws_close_payload(1000, longest) + "r"), {an_error(1002)}},
      {"reason is not UTF-8", frame(close, "\x03\xe8\xce\xba\xed\xa0\x80"), {an_error(1007)}},
      {"reason ends inside a character", frame(close, "\x03\xe8\xce"), {an_error(1007)}},
      {"ping behind close", frame(close, "") + frame(ping, ""), {a_close(1005)}},
      {"text behind close", frame(close, ws_close_payload(1001)) + frame(text, "x"), {a_close(1001)}}};
  for (int code = 0; code < 65536; code += code < 5100 ? 1 : 997) {
    const bool good = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
    EXPECT_EQ(ws_valid_close_code(static_cast<std::uint16_t>(code)), good) << code;
    const auto wire = frame(close, raw({code >> 8, code & 255}));
    EXPECT_EQ(feed_in_steps({}, wire, 100), (events{good ? a_close(static_cast<std::uint16_t>(code)) : an_error(1002)})) << code;
  }
  run(cases);
}

// S12 P57: told from the head; exactly the limit passes.
TEST(ws_conformance, size_limits) {
  const setup s{.limits = {.max_message_bytes = 300}};
  const std::string fits(300, 'x'), half(150, 'x');
  run({{"exactly", frame(binary, fits), {a_binary(fits)}},
       {"one more, head alone", frame(binary, fits + "x").substr(0, 8), {an_error(1009)}},
       {"exactly, in two", frame(text, half, fin::no) + frame(continuation, half), {a_text(fits)}},
       {"one more, in two, second head alone",
        frame(text, half, fin::no) + frame(continuation, half + "x").substr(0, 8),
        {an_error(1009)}},
       {"the next message counts anew", frame(binary, fits) + frame(binary, fits), {a_binary(fits), a_binary(fits)}},
       {"lengths that would overflow a sum",
        frame(binary, half, fin::no) + raw({0x80, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}),
        {an_error(1009)}}},
      s);
  run({{"nothing allowed, nothing sent", frame(text, ""), {a_text("")}}, {"nothing allowed", frame(text, "x"), {an_error(1009)}}},
      {.limits = {.max_message_bytes = 0}});
}

// S13
TEST(ws_conformance, fragment_limits) {
  const setup s{.limits = {.max_fragments = 3}};
  const auto part = [](ws_opcode op) { return frame(op, "", fin::no); };
  run({{"three", part(text) + part(continuation) + frame(continuation, ""), {a_text("")}},
       {"four", part(text) + part(continuation) + part(continuation) + frame(continuation, ""), {an_error(1008)}},
       {"pings do not count",
        part(text) + frame(ping, "") + part(continuation) + frame(ping, "") + frame(continuation, ""),
        {a_ping(""), a_ping(""), a_text("")}},
       {"the next message counts anew",
        part(text) + part(continuation) + frame(continuation, "") + part(text) + frame(continuation, ""),
        {a_text(""), a_text("")}}},
      s);
  std::string wire = part(binary);
  for (int i = 1; i < 131'071; ++i) wire += part(continuation);
  EXPECT_EQ(feed_in_steps({}, wire + frame(continuation, "end"), 65536), (events{a_binary("end")}));
  EXPECT_EQ(feed_in_steps({}, wire + part(continuation) + frame(continuation, "end"), 65536), (events{an_error(1008)}));
}

}  // namespace
}  // namespace jackfield::wire::test
