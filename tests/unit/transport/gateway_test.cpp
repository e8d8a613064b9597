// The gateway over socket pairs: real HTTP in and out, no port.
#include "gateway_rig.hpp"

#include <array>

namespace jackfield::transport {
namespace {

using namespace std::chrono_literals;

TEST_F(gateway_fixture, offers_no_upgrade_when_upgrades_are_off) {  // P6
  options.allow_upgrades = false;
  EXPECT_NE(ask(get(polling)).find("\"upgrades\":[]"), std::string::npos);
}

TEST_F(gateway_fixture, offers_no_upgrade_when_polling_is_the_only_road) {  // P6
  options.websocket = false;
  EXPECT_NE(ask(get(polling)).find("\"upgrades\":[]"), std::string::npos);
  EXPECT_NE(ask(upgrade(websocket_query)).find("Transport unknown"), std::string::npos);
}

TEST_F(gateway_fixture, an_application_may_forbid_with_its_own_words) {  // P12
  options.allow_request = [](const http_head_ref&, const allow_callback& decide) { decide({false, "not today"}); };
  std::string got = ask(get(polling));
  EXPECT_TRUE(got.starts_with("HTTP/1.1 403 ")) << got;
  EXPECT_TRUE(got.ends_with("{\"code\":4,\"message\":\"not today\"}")) << got;
}

TEST_F(gateway_fixture, without_words_it_is_forbidden) {  // P12 P16
  options.allow_request = [](const http_head_ref&, const allow_callback& decide) { decide({false, {}}); };
  EXPECT_TRUE(ask(get(polling)).ends_with("{\"code\":4,\"message\":\"Forbidden\"}"));
  std::string refused = ask(upgrade(websocket_query));
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 400 ")) << refused;
  EXPECT_TRUE(refused.ends_with("\r\n\r\nForbidden")) << refused;
}

TEST_F(gateway_fixture, the_application_is_asked_for_new_sessions_only_and_may_take_its_time) {  // P13
  std::vector<allow_callback> waiting;
  options.allow_request = [&](const http_head_ref&, const allow_callback& decide) { waiting.push_back(decide); };
  auto c = connect();
  send(*c, get(polling));
  until(*c, [&] { return waiting.size() == 1; });
  waiting[0]({true, {}});   // not on the worker's thread: posted there
  waiting[0]({false, {}});  // the first answer counts
  until(*c, [&] { return whole(c->got); });
  ASSERT_EQ(sessions.size(), 1u);
  std::string id = sid();
  sessions[0]->send(std::array{engine::message_view{protocol::payload_kind::text, "hi"}});
  EXPECT_TRUE(answer(*c, get(std::string(polling) + "&sid=" + id)).ends_with("4hi"));
  EXPECT_EQ(waiting.size(), 1u);
}

TEST_F(gateway_fixture, a_middleware_may_refuse) {  // P17 P15
  std::vector<connection_error> errors;
  hooks.on_connection_error([&](const connection_error& e) { errors.push_back(e); });
  hooks.use([](const http_request&, http_reply reply, const engine_next& next) {
    reply.header("x-from", "middleware");
    next("no");
  });
  std::string got = ask(get(polling));
  EXPECT_TRUE(got.starts_with("HTTP/1.1 400 ")) << got;
  EXPECT_NE(got.find("x-from: middleware\r\n"), std::string::npos);
  EXPECT_NE(got.find("\"code\":3"), std::string::npos);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].code, 3);
  EXPECT_EQ(errors[0].context.at(0).second, "MIDDLEWARE_FAILURE");
}

TEST_F(gateway_fixture, a_middleware_that_throws_refuses) {  // P17 S44
  hooks.use([](const http_request&, http_reply, const engine_next&) { throw std::runtime_error("oops"); });
  EXPECT_TRUE(ask(get(polling)).starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(sessions.empty());
}

TEST_F(gateway_fixture, a_middleware_may_answer_by_itself) {  // P19
  hooks.use([](const http_request&, http_reply reply, const engine_next&) { reply.status(418).send("teapot"); });
  std::string got = ask(get(polling));
  EXPECT_TRUE(got.starts_with("HTTP/1.1 418 ")) << got;
  EXPECT_TRUE(got.ends_with("teapot"));
  EXPECT_TRUE(sessions.empty());
}

TEST_F(gateway_fixture, a_middleware_that_forgets_the_request_is_an_error_of_ours) {
  hooks.use([](const http_request&, http_reply, const engine_next&) {});
  EXPECT_TRUE(ask(get(polling)).starts_with("HTTP/1.1 500 "));
}

TEST_F(gateway_fixture, middlewares_run_in_order_and_their_headers_reach_every_answer) {  // P18
  std::string order;
  hooks.use([&](const http_request&, http_reply reply, const engine_next& next) {
    order += "a";
    reply.header("x-a", "1");
    next({});
  });
  hooks.use([&](const http_request&, http_reply reply, const engine_next& next) {
    order += "b";
    reply.header("x-b", "2");
    next({});
  });
  EXPECT_NE(ask(get(polling)).find("x-a: 1\r\nx-b: 2\r\n"), std::string::npos);
  EXPECT_NE(ask(upgrade(websocket_query)).find("x-a: 1\r\nx-b: 2\r\n"), std::string::npos);
  EXPECT_EQ(order, "abab");
}

TEST_F(gateway_fixture, header_hooks_see_the_first_answer_once_and_every_200_and_101) {  // P26
  int first = 0, all = 0;
  hooks.on_initial_headers([&](response_headers& h, const http_head&) {
    ++first;
    h.add("Set-Cookie", "1=1");
    h.add("Set-Cookie", "2=2");
  });
  hooks.on_headers([&](response_headers& h, const http_head&) {
    ++all;
    h.set("x-all", "yes");
  });
  auto c = connect();
  std::string opened = answer(*c, get(polling));
  EXPECT_NE(opened.find("Set-Cookie: 1=1\r\nSet-Cookie: 2=2\r\nx-all: yes\r\n"), std::string::npos) << opened;
  std::string with_sid = std::string(polling) + "&sid=" + sid();
  std::string posted = answer(*c, "POST /socket.io/?" + with_sid + " HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n4hi");
  EXPECT_NE(posted.find("x-all: yes\r\n"), std::string::npos);
  EXPECT_EQ(posted.find("Set-Cookie"), std::string::npos);
  EXPECT_NE(ask(upgrade(std::string(websocket_query) + "&sid=" + sid())).find("x-all: yes\r\n"), std::string::npos);
  EXPECT_EQ(first, 1);
  EXPECT_EQ(all, 3);
}

TEST_F(gateway_fixture, error_bodies_are_fixed_and_repeat_nothing_of_the_request) {  // S9
  std::string got = ask(get("EIO=4&transport=<script>&secret=hunter2"));
  EXPECT_TRUE(got.ends_with("{\"code\":0,\"message\":\"Transport unknown\"}")) << got;
  EXPECT_NE(got.find("Content-Type: application/json\r\n"), std::string::npos);
  EXPECT_NE(got.find("nosniff"), std::string::npos);
  EXPECT_NE(got.find("no-store"), std::string::npos);
  EXPECT_EQ(got.find("hunter2"), std::string::npos);
  EXPECT_LT(got.size(), 512u);
}

TEST_F(gateway_fixture, one_session_too_many_is_told_to_come_back) {  // S24
  room = false;
  std::string got = ask(get(polling));
  EXPECT_TRUE(got.starts_with("HTTP/1.1 503 ")) << got;
  EXPECT_NE(got.find("Retry-After: "), std::string::npos);
  EXPECT_EQ(w.limits().hits(base::limit::pending_sessions), 1u);
}

TEST_F(gateway_fixture, without_memory_no_session_begins_and_those_that_are_there_go_on) {
  options.limits.node_bytes = 1;
  for (const auto& request : {get(polling), upgrade("EIO=4&transport=websocket"),
                              std::string("POST /elsewhere HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")}) {
    const auto got = ask(request);
    EXPECT_TRUE(got.starts_with("HTTP/1.1 503 ")) << got;
    EXPECT_NE(got.find("Retry-After: "), std::string::npos);
    EXPECT_NE(got.find("Connection: close"), std::string::npos);
  }
  EXPECT_EQ(w.limits().hits(base::limit::node_memory), 3u);
  EXPECT_TRUE(ask(get(std::string(polling) + "&sid=unknown")).starts_with("HTTP/1.1 400 ")) << "asked about a session";
  EXPECT_TRUE(ask("GET /elsewhere HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 404 ")) << "a route";
  EXPECT_TRUE(sessions.empty());
}

TEST_F(gateway_fixture, one_connection_too_many_is_closed_and_counted) {  // S45
  options.limits.connections = 2;
  auto a = connect(), b = connect(), c = connect();
  until(*c, [&] { return c->closed; });
  EXPECT_EQ(w.limits().hits(base::limit::connections), 1u);
  EXPECT_TRUE(answer(*a, get(polling)).starts_with("HTTP/1.1 200 "));
}

TEST_F(gateway_fixture, a_second_session_with_the_same_id_is_refused) {  // P4
  options.generate_id = [](const http_head&) { return std::string("the-only-one"); };
  EXPECT_NE(ask(get(polling)).find("\"sid\":\"the-only-one\""), std::string::npos);
  EXPECT_NE(ask(get(polling)).find("\"code\":3"), std::string::npos);
}

TEST_F(gateway_fixture, a_flood_on_one_connection_lets_another_be_heard) {  // S31
  auto flooder = connect(), quiet = connect();
  EXPECT_TRUE(answer(*flooder, upgrade(websocket_query)).starts_with("HTTP/1.1 101 "));
  std::string frame;
  wire::ws_append_masked(frame, wire::ws_opcode::text, "4x", 7u);
  std::string flood;
  for (int i = 0; i < 10000; ++i) flood += frame;
  struct counter final : engine::session_listener {
    void on_message(engine::session&, protocol::payload_kind, std::string_view) override { ++messages; }
    void on_close(engine::session&, engine::close_reason, std::string_view) override {}
    int messages = 0;
  } heard;
  sessions[0]->set_listener(&heard);
  ASSERT_GT(::send(flooder->fd, flood.data(), flood.size(), 0), 64 * 1024);
  send(*quiet, get(polling));
  int heard_before = -1;
  until(*quiet, [&] {
    if (whole(quiet->got) && heard_before < 0) heard_before = heard.messages;
    return heard_before >= 0;
  });
  // one buffer full of the flood at most was handled before the quiet one had its answer
  EXPECT_LE(heard_before, static_cast<int>(2 * net::worker::read_bytes / frame.size()));
  sessions[0]->set_listener(nullptr);
}

// --- revision 3

constexpr auto old_polling = "EIO=3&transport=polling";

std::string body_of(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }
std::string post(std::string_view query, std::string_view type, std::string_view body) {
  return "POST /socket.io/?" + std::string(query) + " HTTP/1.1\r\nHost: x\r\nContent-Type: " + std::string(type) +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

struct listening final : engine::session_listener {
  void on_message(engine::session&, protocol::payload_kind kind, std::string_view data) override {
    heard.push_back((kind == protocol::payload_kind::binary ? "b" : "") + std::string(data));
  }
  void on_close(engine::session&, engine::close_reason why, std::string_view) override { closed = name_of(why); }
  std::vector<std::string> heard;
  std::string closed;
};

TEST_F(gateway_fixture, refuses_revision_3_unless_it_is_allowed) {  // P14
  for (const auto* query : {old_polling, "transport=polling", "EIO=5&transport=polling&j=1"}) {
    const auto refused = ask(get(query));
    EXPECT_TRUE(refused.starts_with("HTTP/1.1 400 ")) << refused;
    EXPECT_EQ(body_of(refused), R"({"code":5,"message":"Unsupported protocol version"})");
  }
  EXPECT_TRUE(ask(upgrade("EIO=3&transport=websocket")).starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(sessions.empty());
}

TEST_F(gateway_fixture, the_handshake_of_revision_3_has_a_length) {  // P96
  options.allow_eio3 = true;
  const auto body = body_of(ask(get(old_polling)));
  const auto colon = body.find(':');
  EXPECT_EQ(std::stoul(body.substr(0, colon)), body.size() - colon - 1);
  EXPECT_TRUE(body.substr(colon + 1).starts_with(R"(0{"sid":")"));
  EXPECT_EQ(sessions.back()->revision(), protocol::eio_revision::v3);
}

TEST_F(gateway_fixture, octet_streams_are_taken_from_revision_3_alone) {  // P40 P99 P100
  options.allow_eio3 = true;
  listening l;
  auto c = connect();
  answer(*c, get(old_polling));
  sessions.back()->set_listener(&l);
  const auto mine = std::string(old_polling) + "&sid=" + sid();
  const std::string payload("\x00\x03\xFF\x34hi\x01\x03\xFF\x04\x01\x02", 12);
  EXPECT_EQ(body_of(answer(*c, post(mine, "application/octet-stream", payload))), "ok");
  EXPECT_EQ(l.heard, (std::vector<std::string>{"hi", "b\x01\x02"}));
  const engine::message_view hi{protocol::payload_kind::text, "hi"}, two{protocol::payload_kind::binary, "\x01\x02"};
  sessions.back()->send(std::array{hi, two});
  auto got = answer(*c, get(mine));
  EXPECT_NE(got.find("Content-Type: application/octet-stream\r\n"), std::string::npos) << got;
  EXPECT_EQ(body_of(got), payload);
  sessions.back()->send({&hi, 1});
  got = answer(*c, get(mine));
  EXPECT_NE(got.find("Content-Type: text/plain; charset=UTF-8\r\n"), std::string::npos) << got;
  EXPECT_EQ(body_of(got), "3:4hi");

  answer(*c, get(polling));
  EXPECT_TRUE(
      answer(*c, post(std::string(polling) + "&sid=" + sid(), "application/octet-stream", payload)).starts_with("HTTP/1.1 400 "));
}

TEST_F(gateway_fixture, too_many_packets_of_revision_3_are_refused) {  // S21
  options.allow_eio3 = true;
  options.limits.payload_packets = 3;
  listening l;
  auto c = connect();
  answer(*c, get(old_polling));
  sessions.back()->set_listener(&l);
  EXPECT_TRUE(answer(*c, post("transport=polling&sid=" + sid(), "text/plain", "2:4a2:4b2:4c2:4d")).starts_with("HTTP/1.1 400 "));
  EXPECT_EQ(l.closed, "parse error");
  EXPECT_TRUE(l.heard.empty());
  EXPECT_EQ(w.limits().hits(base::limit::payload_packets), 1u);
}

TEST_F(gateway_fixture, jsonp_is_a_script_with_the_index_of_the_handshake) {  // P103
  options.allow_eio3 = true;
  listening l;
  auto c = connect();
  const auto first = answer(*c, get("EIO=3&transport=polling&b64=1&j=1%3C2"));
  EXPECT_TRUE(body_of(first).starts_with(R"(___eio[12](")")) << first;
  EXPECT_NE(first.find("Content-Type: text/javascript; charset=UTF-8\r\n"), std::string::npos) << first;
  EXPECT_NE(first.find("X-Content-Type-Options: nosniff\r\n"), std::string::npos) << first;
  sessions.back()->set_listener(&l);
  const auto mine = "EIO=3&transport=polling&j=9&sid=" + sid();
  EXPECT_EQ(body_of(answer(*c, post(mine, "application/x-www-form-urlencoded", R"(d=4%3A4a\nb)"))), "ok");
  EXPECT_EQ(body_of(answer(*c, post(mine, "application/x-www-form-urlencoded", "e=1"))), "ok");
  EXPECT_EQ(l.heard, std::vector<std::string>{"a\nb"});
  const engine::message_view line{protocol::payload_kind::text, "\xE2\x80\xA8</script>"};
  sessions.back()->send({&line, 1});
  EXPECT_EQ(body_of(answer(*c, get(mine))), R"(___eio[12]("11:4\u2028\u003c/script>");)");
  EXPECT_TRUE(answer(*c, post(mine, "application/octet-stream", "d=1:6")).starts_with("HTTP/1.1 400 "));
}

TEST_F(gateway_fixture, jsonp_is_nothing_without_revision_3) {  // S9
  EXPECT_TRUE(body_of(ask(get(std::string(polling) + "&j=1"))).starts_with("0{"));
  EXPECT_TRUE(body_of(ask(get(std::string(polling) + "&j=1", "Sec-Fetch-Site: cross-site\r\n"))).starts_with("0{"));
}

TEST_F(gateway_fixture, jsonp_is_not_for_pages_of_other_sites) {  // S36
  options.allow_eio3 = true;
  const auto query = std::string(old_polling) + "&j=1";
  const auto refused = ask(get(query, "Sec-Fetch-Site: cross-site\r\nReferer: https://evil.example/\r\n"));
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 403 ")) << refused;
  EXPECT_TRUE(sessions.empty());
  EXPECT_TRUE(ask(get(query, "Sec-Fetch-Site: same-origin\r\n")).starts_with("HTTP/1.1 200 "));
}

TEST_F(gateway_fixture, binary_frames_of_revision_3_begin_with_their_type) {  // P102
  options.allow_eio3 = true;
  listening l;
  auto c = connect();
  send(*c, upgrade("EIO=3&transport=websocket"));
  until(*c, [&] { return c->got.find("\"maxPayload\":1000000}") != std::string::npos; });
  sessions.back()->set_listener(&l);
  send(*c, std::string_view("\x82\x83\0\0\0\0\x04\x01\x02", 9));
  until(*c, [&] { return !l.heard.empty(); });
  EXPECT_EQ(l.heard, std::vector<std::string>{"b\x01\x02"});
  c->got.clear();
  const engine::message_view two{protocol::payload_kind::binary, "\x01\x02"};
  w.post([&] { sessions.back()->send({&two, 1}); });  // within a turn, which sends at its end
  until(*c, [&] { return c->got.size() >= 5; });
  EXPECT_EQ(c->got, "\x82\x03\x04\x01\x02");
  send(*c, std::string_view("\x82\x81\0\0\0\0\x05", 7));
  until(*c, [&] { return !l.closed.empty(); });
  EXPECT_EQ(l.closed, "parse error");
}

}  // namespace
}  // namespace jackfield::transport
