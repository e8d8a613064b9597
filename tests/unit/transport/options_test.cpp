// Options of the engine that are carried out far from where they are read: each with another value than its default, by what a
// client sees of it.
#include "gateway_rig.hpp"

#include "transport/client_files.hpp"
#include "wire/ws_encoder.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace jackfield::transport {
namespace {

using namespace std::chrono_literals;

struct options_fixture : gateway_fixture {
  /// Runs the worker until it is so.
  template <class F>
  void until(F done) {
    while (!done()) context.run_one();
  }
  std::unique_ptr<client> websocket(std::string_view more = {}) {
    auto c = connect();
    const auto got = answer(*c, upgrade(websocket_query, more));
    EXPECT_TRUE(got.starts_with("HTTP/1.1 101 ")) << got;
    gateway_fixture::until(*c, [&] { return c->got.find("maxPayload") != std::string::npos; });
    return c;
  }
  std::string extensions(std::string_view offer) {
    const auto got = ask(upgrade(websocket_query, "Sec-WebSocket-Extensions: " + std::string(offer) + "\r\n"));
    const auto at = got.find("Sec-WebSocket-Extensions: ");
    return at == std::string::npos ? "" : got.substr(at + 26, got.find("\r\n", at) - at - 26);
  }
  void send_frame(client& c, std::string_view text, wire::ws_opcode code = wire::ws_opcode::text) {
    std::string frame;
    wire::ws_append_masked(frame, code, text, 7u);
    send(c, frame);
  }
  std::uint64_t hits(base::limit l) { return w.limits().hits(l); }
};

TEST_F(options_fixture, add_trailing_slash_off_serves_the_path_as_it_is) {  // P1
  options.add_trailing_slash = false;
  const std::string rest = "?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n";
  EXPECT_TRUE(ask("GET /socket.io" + rest).starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(ask("GET /socket.io/" + rest).starts_with("HTTP/1.1 404 "));
}

TEST_F(options_fixture, path_prefix_serves_what_lies_below) {  // S7
  options.path_prefix = true;
  EXPECT_TRUE(ask("GET /socket.io/below?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(ask("GET /other?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 404 "));
}

TEST_F(options_fixture, max_http_buffer_size_is_said_and_holds_for_both_transports) {  // S4
  options.max_http_buffer_size = 100;
  auto c = connect();
  EXPECT_NE(answer(*c, get(polling)).find("\"maxPayload\":100}"), std::string::npos);
  const auto mine = std::string(polling) + "&sid=" + sid();
  const auto post = [&](std::size_t size) {
    return "POST /socket.io/?" + mine + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" + "4" +
           std::string(size - 1, 'x');
  };
  EXPECT_TRUE(answer(*c, post(100)).starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(answer(*c, post(101)).starts_with("HTTP/1.1 413 "));
  auto ws = websocket();
  send_frame(*ws, "4" + std::string(100, 'x'));
  gateway_fixture::until(*ws, [&] { return ws->closed; });
  EXPECT_NE(ws->got.find("\x88\x02\x03\xF1"), std::string::npos);  // close, 1009
}

TEST_F(options_fixture, options_success_status_is_the_answer_to_preflights) {  // P53
  options.cors.origin = "https://a.example";
  options.cors.options_success_status = 200;
  EXPECT_TRUE(ask("OPTIONS /socket.io/ HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\n"
                  "Access-Control-Request-Method: POST\r\n\r\n")
                  .starts_with("HTTP/1.1 200 "));
}

TEST_F(options_fixture, initial_packet_follows_the_handshake) {  // P5
  options.initial_packet = "welcome";
  EXPECT_TRUE(ask(get(polling))
                  .ends_with("\x1e"
                             "4welcome"));
  auto ws = websocket();
  gateway_fixture::until(*ws, [&] { return ws->got.ends_with("4welcome"); });
}

TEST_F(options_fixture, context_takeover_is_agreed_on) {
  options.per_message_deflate.enabled = true;
  const auto offer = "permessage-deflate; client_max_window_bits";
  EXPECT_EQ(extensions(offer), "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
  options.per_message_deflate.server_context_takeover = true;
  door_.reset();
  EXPECT_EQ(extensions(offer), "permessage-deflate; client_no_context_takeover");
  options.per_message_deflate.client_context_takeover = true;
  door_.reset();
  EXPECT_EQ(extensions(offer), "permessage-deflate");
}

TEST_F(options_fixture, window_memory_bytes_declines_what_does_not_fit) {  // S17
  options.per_message_deflate = {.enabled = true, .server_context_takeover = true, .window_memory_bytes = 400 * 1024};
  auto first = websocket("Sec-WebSocket-Extensions: permessage-deflate\r\n");
  EXPECT_NE(first->got.find("permessage-deflate"), std::string::npos);
  EXPECT_EQ(extensions("permessage-deflate"), "");
}

TEST_F(options_fixture, message_fragments_bounds_one_message) {  // S13
  options.limits.message_fragments = 2;
  auto ws = websocket();
  send(*ws, std::string_view("\x01\x81\0\0\0\0"
                             "4"
                             "\x00\x81\0\0\0\0x"
                             "\x00\x81\0\0\0\0y",
                             21));
  gateway_fixture::until(*ws, [&] { return ws->closed; });
  EXPECT_EQ(hits(base::limit::message_fragments), 1u);
}

TEST_F(options_fixture, body_time_ends_a_request_without_its_body) {  // S5
  options.limits.body_time = 20ms;
  auto c = connect();
  answer(*c, get(polling));
  EXPECT_TRUE(answer(*c, "POST /socket.io/?" + std::string(polling) + "&sid=" + sid() +
                             " HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n4")
                  .starts_with("HTTP/1.1 408 "));
}

TEST_F(options_fixture, write_stall_ends_a_connection_that_takes_nothing) {  // S5
  options.limits.write_stall = 20ms;
  routes.get("/large", [](const http_request&, http_reply reply) { reply.send(std::string(4u << 20, 'x')); });
  auto c = connect();
  send(*c, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  until([&] { return hits(base::limit::write_stall) == 1; });
}

TEST_F(options_fixture, ws_close_is_how_long_a_goodbye_is_waited_for) {
  options.limits.ws_close = 20ms;
  auto ws = websocket();
  w.post([&] { sessions.back()->close(); });
  gateway_fixture::until(*ws, [&] { return ws->closed; });  // it never said goodbye
}

TEST_F(options_fixture, unsent_pause_bytes_stops_reading) {  // S32
  options.limits.unsent_pause_bytes = 1000;
  struct counter final : engine::session_listener {
    void on_message(engine::session&, protocol::payload_kind, std::string_view) override { ++messages; }
    void on_close(engine::session&, engine::close_reason, std::string_view) override {}
    int messages = 0;
  } heard;
  auto ws = websocket();
  auto& s = *sessions.back();
  s.set_listener(&heard);
  const std::string block(60'000, 'x');
  const engine::message_view m{protocol::payload_kind::text, block};
  for (int i = 0; i < 16; ++i) w.post([&] { s.send({&m, 1}); });
  until([&] { return s.unsent_bytes() > 1000; });
  send_frame(*ws, "4hello");
  while (context.poll() > 0) {
  }
  EXPECT_EQ(heard.messages, 0);
  gateway_fixture::until(*ws, [&] { return heard.messages == 1; });  // it reads, so it is read
  s.set_listener(nullptr);
}

TEST_F(options_fixture, serve_client_off_serves_no_files) {
  const auto dir = std::filesystem::temp_directory_path() / ("jackfield-options-" + std::to_string(::getpid()));
  std::filesystem::create_directory(dir);
  std::ofstream(dir / "socket.io.js") << "x";
  options.client_dir = dir.string();
  client_files files(options);
  ASSERT_TRUE(files.present());
  files.serve_on(routes);
  EXPECT_TRUE(ask("GET /socket.io/socket.io.js HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 200 "));
  options.serve_client = false;
  EXPECT_FALSE(files.present());
  std::filesystem::remove_all(dir);
}

}  // namespace
}  // namespace jackfield::transport
