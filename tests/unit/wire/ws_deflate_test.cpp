#include "wire/ws_deflate.hpp"

#include "unit/wire/ws_feeding.hpp"

#include <zlib.h>

#include <random>

namespace jackfield::wire::test {
namespace {

using enum ws_opcode;
using namespace std::string_literals;

std::string answer(std::string_view offered, const deflate_params& willing = {}) {
  const auto agreed = negotiate_deflate(offered, willing);
  return agreed ? deflate_response(*agreed) : "none";
}

constexpr deflate_params keeps_windows{.server = takeover::context, .client = takeover::context};

// S17
TEST(ws_deflate, answers_what_was_offered_within_what_we_are_willing_to_do) {
  EXPECT_EQ(answer("permessage-deflate"), "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
  EXPECT_EQ(answer("permessage-deflate; client_max_window_bits", keeps_windows), "permessage-deflate");
  EXPECT_EQ(answer("permessage-deflate; client_no_context_takeover; server_no_context_takeover", keeps_windows),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
  EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=10", keeps_windows),
            "permessage-deflate; server_max_window_bits=10");
  EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=15", keeps_windows),
            "permessage-deflate; server_max_window_bits=15");
  EXPECT_EQ(answer("permessage-deflate;client_max_window_bits=\"11\"", keeps_windows),
            "permessage-deflate; client_max_window_bits=11");
  EXPECT_EQ(answer("permessage-deflate; client_max_window_bits=8", keeps_windows), "permessage-deflate")
      << "9 would be more than it offered";
}

// S17
TEST(ws_deflate, is_bounded_by_what_we_are_willing_to_do) {
  deflate_params small = keeps_windows;
  small.server_max_window_bits = 9;
  EXPECT_EQ(answer("permessage-deflate", small), "permessage-deflate; server_max_window_bits=9");
  EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=12", small), "permessage-deflate; server_max_window_bits=9");
  small = keeps_windows;
  small.client_max_window_bits = 10;
  EXPECT_EQ(answer("permessage-deflate; client_max_window_bits", small), "permessage-deflate; client_max_window_bits=10");
  EXPECT_EQ(answer("permessage-deflate; client_max_window_bits=9", small), "permessage-deflate; client_max_window_bits=9");
  EXPECT_EQ(answer("permessage-deflate", small), "none") << "the client could not be asked to keep to 10";
}

// S17
TEST(ws_deflate, unknown_repeated_and_out_of_range_parameters_decline_the_offer) {
  for (const auto* parameters : {"; unknown",
                                 "; server_no_context_takeover; server_no_context_takeover",
                                 "; client_max_window_bits; client_max_window_bits=10",
                                 "; client_max_window_bits=10; client_max_window_bits",
                                 "; server_max_window_bits=9; server_max_window_bits=9",
                                 "; server_max_window_bits",
                                 "; server_max_window_bits=",
                                 "; server_max_window_bits=7",
                                 "; server_max_window_bits=16",
                                 "; server_max_window_bits=08",
                                 "; server_max_window_bits=8",
                                 "; server_max_window_bits=1e1",
                                 "; server_max_window_bits=\"10",
                                 "; client_max_window_bits=",
                                 "; client_max_window_bits=16",
                                 "; client_max_window_bits=0",
                                 "; client_max_window_bits=-9",
                                 "; server_no_context_takeover=1",
                                 "; client_no_context_takeover=",
                                 ";",
                                 "; ;",
                                 "=10",
                                 "; Server_no_context_takeover",
                                 "; server_max_window_bits=99999999999999999999",
                                 "; __proto__",
                                 "; constructor"}) {
    EXPECT_EQ(answer("permessage-deflate"s + parameters), "none") << parameters;
  }
  for (const auto* other : {"", "x-webkit-deflate-frame", "permessage-bzip2", "permessage-deflate2", ",", "permessage",
                            "\"permessage-deflate\"", "bbf-usp-protocol"})
    EXPECT_EQ(answer(other), "none") << other;
}

TEST(ws_deflate, the_first_offer_that_suits_is_taken) {
  EXPECT_EQ(answer("permessage-bzip2, permessage-deflate; unknown=1, permessage-deflate; server_max_window_bits=8, "
                   "permessage-deflate; server_max_window_bits=11, permessage-deflate",
                   keeps_windows),
            "permessage-deflate; server_max_window_bits=11");
  EXPECT_EQ(answer("foo; a=\"x,permessage-deflate\", permessage-deflate", keeps_windows), "permessage-deflate");
  EXPECT_EQ(answer("foo; a=\"x\\\",permessage-deflate\", permessage-deflate", keeps_windows), "permessage-deflate");
}

// S17
TEST(ws_deflate, tells_what_a_connection_keeps) {
  EXPECT_EQ(deflate_window_bytes({}), 0u);
  EXPECT_EQ(deflate_window_bytes(keeps_windows), (256u + 32u + 8u) * 1024u);
}

std::string deflated(std::string_view message, int bits = 15) {
  std::string out;
  ws_deflater(bits, takeover::none).deflate(message, out);
  return out;
}

struct inflated {
  ws_inflater::status status;
  std::string out;
};

inflated inflate(std::string_view data, std::size_t limit = 1'000'000, int bits = 15) {
  ws_inflater inflater(bits, takeover::none);
  inflated r;
  r.status = inflater.inflate(data, true, r.out, limit);
  return r;
}

constexpr auto ok = ws_inflater::status::ok;
constexpr auto corrupt = ws_inflater::status::corrupt;
constexpr auto too_big = ws_inflater::status::too_big;

// The examples of RFC 7692 §7.2.3.
TEST(ws_deflate, inflates_the_examples_of_the_rfc) {
  EXPECT_EQ(inflate(raw({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00})).out, "Hello");
  EXPECT_EQ(inflate(raw({0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00})).out, "Hello") << "stored";
  EXPECT_EQ(inflate(raw({0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00})).out, "Hello") << "BFINAL set";
  EXPECT_EQ(inflate(raw({0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00})).out, "Hello") << "BFINAL set and nothing behind";
  EXPECT_EQ(inflate(raw({0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00})).out, "Hello")
      << "two blocks";
  EXPECT_EQ(inflate(raw({0x00})).out, "");
  ws_inflater keeps(15, takeover::context);
  std::string out;
  EXPECT_EQ(keeps.inflate(raw({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00}), true, out, 100), ok);
  EXPECT_EQ(keeps.inflate(raw({0xf2, 0x00, 0x11, 0x00, 0x00}), true, out, 100), ok) << "looks back into the first";
  EXPECT_EQ(out, "HelloHello");
  EXPECT_EQ(inflate(raw({0xf2, 0x00, 0x11, 0x00, 0x00})).status, corrupt) << "nothing to look back into";
}

TEST(ws_deflate, a_window_that_is_kept_bears_messages_from_elsewhere) {
  ws_deflater own(15, takeover::context), elsewhere(15, takeover::none);
  ws_inflater peer(15, takeover::context);
  const std::string text = "the same words again and again, the same words again and again";
  std::string got;
  for (int i = 0; i < 4; ++i) {
    std::string data;
    if (i % 2 == 0) {
      own.deflate(text, data);
    } else {
      elsewhere.deflate("quite something else", data);
      own.start_afresh();
    }
    got.clear();
    ASSERT_EQ(peer.inflate(data, true, got, 1000), ok);
    EXPECT_EQ(got, i % 2 == 0 ? text : "quite something else");
  }
}

TEST(ws_deflate, deflates_what_inflates) {
  std::mt19937 random(7);
  for (const int bits : {9, 10, 12, 15}) {
    for (const auto keep : {takeover::none, takeover::context}) {
      ws_deflater deflater(bits, keep);
      ws_inflater inflater(bits, keep);
      for (const std::size_t size : {0u, 1u, 5u, 100u, 16383u, 16384u, 16385u, 70'000u, 0u, 0u, 1u}) {
        std::string message, data, out;
        for (std::size_t i = 0; i < size; ++i) message.push_back(static_cast<char>(size % 2 == 0 ? random() : 'a' + i % 5));
        deflater.deflate(message, data);
        EXPECT_FALSE(data.ends_with("\x00\x00\xff\xff"s));
        ASSERT_EQ(inflater.inflate(data, true, out, 100'000), ok) << size << " bits " << bits;
        EXPECT_EQ(out, message);
      }
    }
  }
}

TEST(ws_deflate, appends_to_what_is_there) {
  std::string out = "before";
  ws_deflater(15, takeover::none).deflate("Hello", out);
  EXPECT_TRUE(out.starts_with("before"));
  std::string text = "text ";
  EXPECT_EQ(ws_inflater(15, takeover::none).inflate(std::string_view(out).substr(6), true, text, 10), ok);
  EXPECT_EQ(text, "text Hello");
}

// S12 S17: the limit holds while inflating, to the byte.
TEST(ws_deflate, a_bomb_stops_at_the_limit) {
  const auto bomb = deflated(std::string(50'000'000, '\0'));
  ASSERT_LT(bomb.size(), 60'000u);
  const auto r = inflate(bomb);
  EXPECT_EQ(r.status, too_big);
  EXPECT_LE(r.out.size(), 1'000'000u);
  EXPECT_LE(r.out.capacity(), 2'000'000u);
  const auto exact = deflated(std::string(50'000, 'x'));
  EXPECT_EQ(inflate(exact, 50'000).status, ok);
  EXPECT_EQ(inflate(exact, 49'999).status, too_big);
  EXPECT_EQ(inflate(deflated("x"), 0).status, too_big);
  EXPECT_EQ(inflate(deflated(""), 0).status, ok);
}

TEST(ws_deflate, corrupt_and_cut_data_are_told) {
  EXPECT_EQ(inflate("\xff\xff\xff").status, corrupt) << "reserved block type";
  EXPECT_EQ(inflate(raw({0x00, 0x05, 0x00, 0xfa, 0xfe, 'H'})).status, corrupt) << "stored length does not match";
  const auto whole = deflated("Hello Hello Hello, a message that is somewhat longer than the others 0123456789");
  for (std::size_t size = 1; size + 1 < whole.size(); ++size) EXPECT_NE(inflate(whole.substr(0, size)).status, ok) << size;
}

TEST(ws_deflate, a_fault_in_one_message_does_not_reach_the_next_borrower_of_its_memory) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(inflate("\xff\xff\xff").status, corrupt);
    EXPECT_EQ(inflate(deflated("fine")).out, "fine");
  }
}

setup inflating(takeover keep = takeover::none, ws_limits limits = {}) {
  return {.limits = limits, .inflater = [=] { return std::make_unique<ws_inflater>(15, keep); }};
}

// P62
TEST(ws_decoder_deflate, inflates_messages_however_they_come) {
  const auto hello = raw({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00});
  const auto s = inflating();
  EXPECT_EQ(decode(s, frame(text, hello, fin::yes, true)), (events{a_text("Hello")}));
  EXPECT_EQ(decode(s, frame(text, hello.substr(0, 3), fin::no, true) + frame(ping, "p") + frame(continuation, hello.substr(3))),
            (events{a_ping("p"), a_text("Hello")}));
  EXPECT_EQ(decode(s, frame(text, "", fin::no, true) + frame(continuation, hello, fin::no) + frame(continuation, "")),
            (events{a_text("Hello")}));
  EXPECT_EQ(decode(s, frame(binary, raw({0}), fin::yes, true) + frame(text, "plain") + frame(text, hello, fin::yes, true)),
            (events{a_binary(""), a_text("plain"), a_text("Hello")}));
}

TEST(ws_decoder_deflate, keeps_the_window_when_that_was_agreed) {
  const auto two = frame(text, raw({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00}), fin::yes, true) +
                   frame(text, raw({0xf2, 0x00, 0x11, 0x00, 0x00}), fin::yes, true);
  EXPECT_EQ(decode(inflating(takeover::context), two), (events{a_text("Hello"), a_text("Hello")}));
  EXPECT_EQ(decode(inflating(takeover::none), two), (events{a_text("Hello"), an_error(1007)}));
}

// S11
TEST(ws_decoder_deflate, rsv1_stands_on_the_first_frame_of_a_data_message_only) {
  const auto s = inflating();
  EXPECT_EQ(decode(s, frame(text, "x", fin::no) + raw({0xc0})), (events{an_error(1002)}));
  EXPECT_EQ(decode(s, raw({0xc9})), (events{an_error(1002)}));
  EXPECT_EQ(decode(s, raw({0xa1})), (events{an_error(1002)})) << "RSV2";
  EXPECT_EQ(decode({}, raw({0xc1})), (events{an_error(1002)})) << "not agreed";
}

// S12 S14
TEST(ws_decoder_deflate, limits_and_utf8_hold_for_what_is_inflated) {
  const auto s = inflating(takeover::none, {.max_message_bytes = 1000});
  EXPECT_EQ(decode(s, frame(binary, deflated(std::string(1000, 'x')), fin::yes, true)),
            (events{a_binary(std::string(1000, 'x'))}));
  EXPECT_EQ(decode(s, frame(binary, deflated(std::string(1001, 'x')), fin::yes, true)), (events{an_error(1009)}));
  EXPECT_EQ(decode(s, frame(text, deflated("ab\xff"), fin::yes, true)), (events{an_error(1007)}));
  EXPECT_EQ(decode(s, frame(text, deflated("ab\xc3"), fin::yes, true)), (events{an_error(1007)}));
  EXPECT_EQ(decode(s, frame(text, deflated("\xe2\x82\xac"), fin::yes, true)), (events{a_text("\xe2\x82\xac")}));
  EXPECT_EQ(decode(s, frame(text, "\xff\xff", fin::yes, true)), (events{an_error(1007)})) << "corrupt";
}

// Text that is wrong before the limit or a fault is met fails as text, however it is cut.
TEST(ws_decoder_deflate, the_first_fault_is_told) {
  const auto s = inflating(takeover::none, {.max_message_bytes = 1000});
  EXPECT_EQ(decode(s, frame(text, deflated("\xff" + std::string(2000, 'x')), fin::yes, true)), (events{an_error(1007)}));
  EXPECT_EQ(decode(s, frame(text, deflated(std::string(1000, 'x') + "\xff"), fin::yes, true)), (events{an_error(1009)}));
}

// S12: blocks that inflate to nothing are bounded as well.
TEST(ws_decoder_deflate, the_deflated_size_is_bounded) {
  const auto s = inflating(takeover::none, {.max_message_bytes = 1000});
  std::string nothing;
  while (nothing.size() < 2100) nothing += "\x00\x00\x00\xff\xff"s;
  EXPECT_EQ(decode(s, frame(binary, nothing + "\x00"s, fin::yes, true).substr(0, 8)), (events{an_error(1009)}));
  std::mt19937 random(1);
  std::string noise;
  while (noise.size() < 1000) noise.push_back(static_cast<char>(random()));
  EXPECT_EQ(decode(s, frame(binary, deflated(noise), fin::yes, true)), (events{a_binary(noise)}))
      << "what does not deflate passes up to the limit";
}

TEST(ws_decoder_deflate, an_idle_decoder_holds_nothing) {
  const auto s = inflating();
  const auto decoder = make_decoder(s);
  events got;
  feed(*decoder, frame(text, deflated("Hello"), fin::yes, true), got);
  EXPECT_EQ(got, (events{a_text("Hello")}));
  EXPECT_EQ(decoder->held_bytes(), 0u);
}

TEST(content_coding, the_preferred_one_is_chosen) {
  using enum content_coding;
  // P48
  EXPECT_EQ(choose_coding("gzip, deflate, br"), gzip);
  EXPECT_EQ(choose_coding("deflate"), deflate);
  EXPECT_EQ(choose_coding("deflate, gzip"), gzip) << "gzip on ties";
  EXPECT_EQ(choose_coding("gzip;q=0.5, deflate;q=0.8"), deflate);
  EXPECT_EQ(choose_coding("gzip;q=0.800,deflate;q=0.8"), gzip);
  EXPECT_EQ(choose_coding("GZIP;Q=1"), gzip);
  EXPECT_EQ(choose_coding("x-gzip"), gzip);
  EXPECT_EQ(choose_coding("*"), gzip);
  EXPECT_EQ(choose_coding("*;q=0.1, gzip;q=0"), deflate);
  EXPECT_EQ(choose_coding("identity, gzip;q=0.001"), gzip);
  for (const auto* none : {"", "identity", "br", "gzip;q=0", "gzip;q=0.000, deflate;q=0", "*;q=0", "gzip;q=2", "gzip;q=-1",
                           "gzip;q=x", "gzip;q=", "gzip;q=1.001", "gzip;q=0.1234", "gzipped", ",,;", "gzip;q"}) {
    EXPECT_EQ(choose_coding(none), identity) << none;
  }
  EXPECT_EQ(choose_coding({}), identity);
}

std::string decompressed(std::string_view body, int window_bits) {
  z_stream z{};
  EXPECT_EQ(inflateInit2(&z, window_bits), Z_OK);
  std::string out(200'000, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  z.avail_in = static_cast<uInt>(body.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(::inflate(&z, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(z.avail_in, 0u);
  out.resize(z.total_out);
  inflateEnd(&z);
  return out;
}

TEST(content_coding, bodies_are_in_the_format_they_are_called) {
  for (const std::size_t size : {0u, 1u, 5000u, 100'000u}) {
    std::string body;
    for (std::size_t i = 0; i < size; ++i) body.push_back(static_cast<char>(i * i / 7));
    EXPECT_EQ(decompressed(compress_body(body, content_coding::gzip), 15 + 16), body);
    EXPECT_EQ(decompressed(compress_body(body, content_coding::deflate), 15), body);
    EXPECT_EQ(compress_body(body, content_coding::identity), body);
  }
}

}  // namespace
}  // namespace jackfield::wire::test
