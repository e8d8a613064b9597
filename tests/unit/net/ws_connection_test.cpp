#include "net/ws_connection.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>
#include <boost/asio/io_context.hpp>

#include <optional>
#include <string>
#include <vector>

namespace jackfield::net {
namespace {

using namespace std::chrono_literals;
using wire::ws_opcode;

struct end_of {
  ws_end how;
  std::uint16_t code;
  std::string reason;
};

struct listener_on_ws final : ws_handler {
  void on_text(std::string_view t) override {
    texts.emplace_back(t);
    if (pause_after_each) ws->pause(true);
  }
  void on_binary(std::string_view b) override { binaries.emplace_back(b); }
  void on_ws_closed(ws_end how, std::uint16_t code, std::string_view reason) override {
    EXPECT_FALSE(ended) << "told twice";
    ended = {how, code, std::string(reason)};
  }
  void on_ws_drained() override { ++drained; }
  std::vector<std::string> texts, binaries;
  std::optional<end_of> ended;
  int drained = 0;
  bool pause_after_each = false;
  ws_connection* ws = nullptr;
};

struct ws_fixture : ::testing::Test {
  ws_fixture() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    peer = ends[1];
    settings.close_time = 40ms;
    auto s = std::make_unique<stream>(w, ends[0], 5000ms);
    stream* raw = s.get();
    ws = base::make_ref<ws_connection>(std::move(s), settings);
    handler.ws = ws.get();
    raw->start(first);  // as after an HTTP upgrade: the stream is watched already
    ws->start(handler);
  }
  ~ws_fixture() override {
    ws->drop();
    if (peer >= 0) ::close(peer);
  }
  template <class F>
  void until(F done) {
    while (!done()) context.run_one();
  }
  void peer_sends(ws_opcode op, std::string_view payload, bool fin = true) {
    std::string frame;
    wire::ws_append_masked(frame, op, payload, 0x12345678u, fin);
    peer_sends_raw(frame);
  }
  void peer_sends_raw(std::string_view bytes) {
    ASSERT_EQ(::send(peer, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  }
  /// Everything the peer can read until `n` bytes are there.
  std::string peer_reads(std::size_t n) {
    std::string got;
    until([&] {
      char buffer[65536];
      for (ssize_t r; (r = ::recv(peer, buffer, sizeof buffer, 0)) > 0;) got.append(buffer, static_cast<std::size_t>(r));
      return got.size() >= n;
    });
    return got;
  }
  struct nobody final : stream_handler {
    void on_data(std::span<char>) override {}
    void on_end(stream_end) override {}
  } first;

  boost::asio::io_context context;
  worker w{context};
  ws_settings settings;
  listener_on_ws handler;
  base::ref<ws_connection> ws;
  int peer = -1;
};

TEST_F(ws_fixture, hands_on_messages_and_answers_pings) {
  peer_sends(ws_opcode::text, "hello");
  peer_sends(ws_opcode::ping, "p");
  peer_sends(ws_opcode::binary, std::string("\0\1", 2));
  until([&] { return handler.binaries.size() == 1; });
  EXPECT_EQ(handler.texts, std::vector<std::string>{"hello"});
  EXPECT_EQ(peer_reads(3), std::string("\x8a\x01p"));
}

TEST_F(ws_fixture, sends_a_message_of_two_parts_as_one_frame) {
  w.post([&] { ws->send(ws_opcode::text, "4", "hi"); });
  EXPECT_EQ(peer_reads(5), std::string("\x81\x03") + "4hi");
}

TEST_F(ws_fixture, closes_without_a_code_and_waits_for_the_peer) {  // P60
  w.post([&] { ws->close(); });
  EXPECT_EQ(peer_reads(2), std::string("\x88\x00", 2));
  EXPECT_FALSE(handler.ended);
  peer_sends(ws_opcode::close, {});
  until([&] { return handler.ended.has_value(); });
  EXPECT_EQ(handler.ended->how, ws_end::closed);
}

TEST_F(ws_fixture, gives_up_on_a_peer_that_does_not_answer_the_close) {  // S15
  w.post([&] { ws->close(); });
  until([&] { return handler.ended.has_value(); });
  EXPECT_EQ(handler.ended->code, 1006);
}

TEST_F(ws_fixture, echoes_the_close_of_the_peer) {
  peer_sends(ws_opcode::close, std::string("\x03\xe8", 2) + "bye");
  until([&] { return handler.ended.has_value(); });
  EXPECT_EQ(handler.ended->code, 1000);
  EXPECT_EQ(handler.ended->reason, "bye");
  EXPECT_EQ(peer_reads(4), std::string("\x88\x02\x03\xe8", 4));
}

TEST_F(ws_fixture, tells_a_peer_that_breaks_the_rules_the_code_and_no_words) {  // S11
  peer_sends_raw(std::string("\x81\x01x", 3));                                  // not masked
  until([&] { return handler.ended.has_value(); });
  EXPECT_EQ(handler.ended->how, ws_end::violation);
  EXPECT_EQ(handler.ended->reason, "frame from a client is not masked");
  EXPECT_EQ(peer_reads(4), std::string("\x88\x02\x03\xea", 4));  // 1002
}

TEST_F(ws_fixture, a_message_over_the_limit_is_refused_from_its_head) {  // P57 S12
  settings.limits.max_message_bytes = 10;
  peer_sends_raw(std::string("\x82\x8b") + "mask");  // 11 bytes announced, none sent
  until([&] { return handler.ended.has_value(); });
  EXPECT_EQ(handler.ended->code, 1009);
}

TEST_F(ws_fixture, the_peer_may_just_go) {
  ::close(std::exchange(peer, -1));
  until([&] { return handler.ended.has_value(); });
  EXPECT_EQ(handler.ended->code, 1006);
}

TEST_F(ws_fixture, a_pause_holds_back_messages_that_have_arrived) {
  handler.pause_after_each = true;
  std::string frames;
  for (const char* text : {"a", "b", "c"}) wire::ws_append_masked(frames, ws_opcode::text, text, 1u);
  peer_sends_raw(frames);
  until([&] { return handler.texts.size() == 1; });
  bool turned = false;
  w.post([&] { turned = true; });
  until([&] { return turned; });
  EXPECT_EQ(handler.texts.size(), 1u);
  handler.pause_after_each = false;
  w.post([&] { ws->pause(false); });
  until([&] { return handler.texts.size() == 3; });
  EXPECT_EQ(handler.texts.back(), "c");
}

TEST_F(ws_fixture, only_the_newest_ping_is_answered_while_output_is_blocked) {  // S16
  const std::string large(4 << 20, 'x');
  bool blocked = false;
  w.post([&] { ws->send(ws_opcode::text, {}, large); });
  w.post([&] { blocked = true; });
  until([&] { return blocked; });
  for (int i = 0; i < 100; ++i) peer_sends(ws_opcode::ping, std::string(1, static_cast<char>('0' + i % 10)));
  peer_sends(ws_opcode::text, "after the pings");
  until([&] { return handler.texts.size() == 1; });
  std::string got = peer_reads(10 + large.size() + 3);
  EXPECT_EQ(got.substr(10 + large.size()), std::string("\x8a\x01") + "9");
}

}  // namespace
}  // namespace jackfield::net
