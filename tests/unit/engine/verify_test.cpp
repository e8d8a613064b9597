#include "engine/verify.hpp"

#include "engine_rig.hpp"

#include <string>

namespace jackfield::test {
namespace {

using engine::bad_request;
using engine::request_form;
using engine::transport_kind;
using outcome = engine::verdict::outcome;
using protocol::eio_refusal;

class verify : public ::testing::Test {
 protected:
  verify() {
    poller->open(base::make_ref<fake_poll>(), "{}");
    sessions.add(poller);
    streamer->open(base::make_ref<fake_stream>(), "{}");
    sessions.add(streamer);
  }
  engine::verdict ask(std::string target, request_form form = request_form::plain, std::string_view method = "GET") {
    builder.request_line(method, target);
    head = builder.build();
    builder = http_head::builder();
    return engine::verify(*head, form, rules, sessions);
  }
  void expect_refused(const engine::verdict& v, eio_refusal why, bad_request name = bad_request::none) {
    EXPECT_EQ(v.what, outcome::refused);
    EXPECT_EQ(v.why, why);
    EXPECT_EQ(v.name, name) << name_of(v.name);
  }
  using context = std::vector<std::pair<std::string, std::string>>;
  context context_of(const engine::verdict& v) { return engine::context_of(v, *head); }

  virtual_host host;
  engine::session_options options;
  engine::request_rules rules;
  engine::registry sessions;
  engine::session_ref poller = base::make_ref<engine::session>(host, options, "poller", nullptr, "");
  engine::session_ref streamer = base::make_ref<engine::session>(host, options, "streamer", nullptr, "");
  http_head::builder builder;
  http_head_ref head;
};

TEST_F(verify, opens_a_polling_session) {
  const auto v = ask("/socket.io/?EIO=4&transport=polling&t=abc");
  EXPECT_EQ(v.what, outcome::open_session);
  EXPECT_EQ(v.transport, transport_kind::polling);
  EXPECT_EQ(v.revision, protocol::eio_revision::v4);
  EXPECT_FALSE(v.base64);
  EXPECT_EQ(v.session, nullptr);
}

TEST_F(verify, opens_a_websocket_session) {
  const auto v = ask("/socket.io/?transport=websocket&EIO=4", request_form::upgrade);
  EXPECT_EQ(v.what, outcome::open_session);
  EXPECT_EQ(v.transport, transport_kind::websocket);
  EXPECT_EQ(v.revision, protocol::eio_revision::v4);
}

// P55
TEST_F(verify, any_value_of_b64_asks_for_text) {
  EXPECT_TRUE(ask("/socket.io/?EIO=4&transport=polling&b64=1").base64);
  EXPECT_TRUE(ask("/socket.io/?EIO=4&transport=polling&b64=0").base64);
  EXPECT_FALSE(ask("/socket.io/?EIO=4&transport=polling&b64=").base64);
  EXPECT_FALSE(ask("/socket.io/?EIO=4&transport=polling&b64").base64);
  EXPECT_TRUE(ask("/socket.io/?EIO=4&transport=websocket&sid=poller&b64=1", request_form::upgrade).base64);
}

// P7 S18
TEST_F(verify, unknown_transports_are_refused) {
  for (const char* name :
       {"", "tobi", "constructor", "__proto__", "Polling", "webtransport", "polling%00", "websocket,polling"}) {
    SCOPED_TRACE(name);
    expect_refused(ask(std::string("/socket.io/?EIO=4&transport=") + name), eio_refusal::transport_unknown);
  }
  expect_refused(ask("/socket.io/?EIO=4"), eio_refusal::transport_unknown);
  expect_refused(ask("/socket.io/"), eio_refusal::transport_unknown);
}

// P7 P15
TEST_F(verify, transports_that_are_off_are_unknown) {
  rules.polling = false;
  expect_refused(ask("/socket.io/?EIO=4&transport=polling"), eio_refusal::transport_unknown);
  rules.polling = true;
  rules.websocket = false;
  const auto v = ask("/socket.io/?EIO=4&transport=websocket", request_form::upgrade);
  expect_refused(v, eio_refusal::transport_unknown);
  EXPECT_EQ(context_of(v), (context{{"transport", "websocket"}}));
}

// P8 P15 S18
TEST_F(verify, unknown_sids_are_refused) {
  for (const char* sid : {"nobody", "__proto__", "constructor", "poller%00", "POLLER"}) {
    SCOPED_TRACE(sid);
    expect_refused(ask(std::string("/socket.io/?EIO=4&transport=polling&sid=") + sid), eio_refusal::session_unknown);
  }
  EXPECT_EQ(context_of(ask("/socket.io/?EIO=4&transport=polling&sid=nobody")), (context{{"sid", "nobody"}}));
}

// P8
TEST_F(verify, the_sid_of_an_ended_session_is_unknown) {
  EXPECT_EQ(ask("/socket.io/?EIO=4&transport=polling&sid=poller").what, outcome::existing_session);
  poller->discard();
  expect_refused(ask("/socket.io/?EIO=4&transport=polling&sid=poller"), eio_refusal::session_unknown);
}

// P9 P15 S18
TEST_F(verify, only_get_opens_a_session) {
  for (const char* method : {"POST", "PUT", "OPTIONS", "HEAD", "get"}) {
    SCOPED_TRACE(method);
    const auto v = ask("/socket.io/?EIO=4&transport=polling", request_form::plain, method);
    expect_refused(v, eio_refusal::bad_method);
    EXPECT_EQ(context_of(v), (context{{"method", method}}));
  }
}

// P10 P15
TEST_F(verify, websocket_over_plain_http_is_a_bad_request) {
  const auto v = ask("/socket.io/?EIO=4&transport=websocket");
  expect_refused(v, eio_refusal::bad_request, bad_request::transport_handshake_error);
  EXPECT_EQ(context_of(v), (context{{"name", "TRANSPORT_HANDSHAKE_ERROR"}}));
}

// S18: the reference says 101 and closes
TEST_F(verify, polling_over_an_upgrade_is_a_bad_request) {
  expect_refused(ask("/socket.io/?EIO=4&transport=polling", request_form::upgrade), eio_refusal::bad_request,
                 bad_request::transport_handshake_error);
  expect_refused(ask("/socket.io/?EIO=4&transport=polling&sid=poller", request_form::upgrade), eio_refusal::bad_request,
                 bad_request::transport_handshake_error);
}

// P11 P15 P72
TEST_F(verify, a_request_for_the_other_transport_is_a_mismatch) {
  for (const char* method : {"GET", "POST"}) {
    const auto v = ask("/socket.io/?EIO=4&transport=polling&sid=streamer", request_form::plain, method);
    expect_refused(v, eio_refusal::bad_request, bad_request::transport_mismatch);
    EXPECT_EQ(context_of(v),
              (context{{"name", "TRANSPORT_MISMATCH"}, {"transport", "polling"}, {"previousTransport", "websocket"}}));
  }
  expect_refused(ask("/socket.io/?EIO=4&transport=websocket&sid=poller"), eio_refusal::bad_request,
                 bad_request::transport_mismatch);
}

TEST_F(verify, requests_with_a_sid_find_their_session) {
  const auto get = ask("/socket.io/?EIO=4&transport=polling&sid=poller");
  EXPECT_EQ(get.what, outcome::existing_session);
  EXPECT_EQ(get.session, poller.get());
  EXPECT_EQ(ask("/socket.io/?EIO=4&transport=polling&sid=poller", request_form::plain, "POST").session, poller.get());
  const auto up = ask("/socket.io/?EIO=4&transport=websocket&sid=poller", request_form::upgrade);
  EXPECT_EQ(up.what, outcome::existing_session);
  EXPECT_EQ(up.transport, transport_kind::websocket);
  EXPECT_EQ(ask("/socket.io/?EIO=4&transport=websocket&sid=streamer", request_form::upgrade).what, outcome::existing_session);
}

// P14 S18
TEST_F(verify, other_protocol_versions_are_marked_for_refusal_after_allow_request) {
  for (const char* eio : {"", "EIO=&", "EIO=3&", "EIO=5&", "EIO=abc&", "EIO=04&", "eio=4&", "EIO=4&EIO=3&"}) {
    SCOPED_TRACE(eio);
    const auto v = ask("/socket.io/?" + std::string(eio) + "transport=polling");
    EXPECT_EQ(v.what, outcome::open_session);
    EXPECT_EQ(v.revision, protocol::eio_revision::v3);
    EXPECT_EQ(context_of(v), (context{{"protocol", "3"}}));
  }
}

// S18: polls ride on what their session speaks, a new road brings its own codec
TEST_F(verify, a_candidate_must_speak_version_4) {
  EXPECT_EQ(ask("/socket.io/?transport=polling&sid=poller").what, outcome::existing_session);
  expect_refused(ask("/socket.io/?transport=websocket&sid=poller", request_form::upgrade), eio_refusal::unsupported_version);
}

// 2: a new road of a session of revision 3 speaks that; JSONP is asked for with the handshake over polling
TEST_F(verify, revision_3_goes_on_as_it_began) {
  auto old = base::make_ref<engine::session>(host, options, "old", nullptr, "", protocol::eio_revision::v3);
  old->open(base::make_ref<test::fake_poll>(), "{}");
  sessions.add(old);
  auto v = ask("/socket.io/?EIO=3&transport=websocket&sid=old&j=1", request_form::upgrade);
  EXPECT_EQ(v.what, outcome::existing_session);
  EXPECT_EQ(v.revision, protocol::eio_revision::v3);
  EXPECT_EQ(v.jsonp, std::nullopt);
  EXPECT_EQ(ask("/socket.io/?transport=websocket&sid=old", request_form::upgrade).what, outcome::existing_session);
  EXPECT_EQ(ask("/socket.io/?EIO=4&transport=polling&sid=old").revision, protocol::eio_revision::v3);
  v = ask("/socket.io/?EIO=4&transport=websocket&sid=old", request_form::upgrade);
  expect_refused(v, eio_refusal::unsupported_version);
  EXPECT_EQ(context_of(v), (context{{"protocol", "4"}}));
}

TEST_F(verify, the_index_of_jsonp_may_be_empty) {
  EXPECT_EQ(ask("/socket.io/?EIO=3&transport=polling&j=7").jsonp, "7");
  EXPECT_EQ(ask("/socket.io/?EIO=3&transport=polling&j").jsonp, "");
  EXPECT_EQ(ask("/socket.io/?EIO=3&transport=polling").jsonp, std::nullopt);
}

// P22
TEST_F(verify, an_empty_sid_is_none) { EXPECT_EQ(ask("/socket.io/?EIO=4&transport=polling&sid=").what, outcome::open_session); }

// S18
TEST_F(verify, the_last_of_repeated_parameters_counts_everywhere) {
  expect_refused(ask("/socket.io/?EIO=4&transport=polling&transport=x"), eio_refusal::transport_unknown);
  EXPECT_EQ(ask("/socket.io/?EIO=3&EIO=4&transport=x&transport=polling").what, outcome::open_session);
  EXPECT_EQ(ask("/socket.io/?EIO=4&transport=polling&sid=nobody&sid=poller").session, poller.get());
  EXPECT_EQ(ask("/socket.io/?EIO=4&transport=polling&sid=poller&sid=").what, outcome::open_session);
}

TEST_F(verify, encoded_parameters_are_decoded) {
  EXPECT_EQ(ask("/socket.io/?%45IO=%34&transport=poll%69ng&sid=").what, outcome::open_session);
}

TEST_F(verify, an_origin_of_illegal_characters_is_a_bad_request) {
  for (const char* origin : {"http://a\x01", "http://a\x7f", "\x1b[31m"}) {
    builder.header("Origin", origin);
    const auto v = ask("/socket.io/?EIO=4&transport=polling");
    expect_refused(v, eio_refusal::bad_request, bad_request::invalid_origin);
    EXPECT_EQ(context_of(v), (context{{"name", "INVALID_ORIGIN"}, {"origin", origin}}));
  }
  for (const char* origin : {"http://a.example", "null",
                             "b\xc3\xbc"
                             "cher\t"}) {
    builder.header("Origin", origin);
    EXPECT_EQ(ask("/socket.io/?EIO=4&transport=polling").what, outcome::open_session);
  }
}

TEST_F(verify, checks_come_in_the_order_of_the_reference) {
  builder.header("Origin", "\x01");
  expect_refused(ask("/socket.io/?transport=x&sid=nobody", request_form::plain, "POST"), eio_refusal::transport_unknown);
  builder.header("Origin", "\x01");
  expect_refused(ask("/socket.io/?transport=polling&sid=nobody", request_form::plain, "POST"), eio_refusal::bad_request,
                 bad_request::invalid_origin);
  expect_refused(ask("/socket.io/?transport=polling&sid=nobody", request_form::plain, "POST"), eio_refusal::session_unknown);
  expect_refused(ask("/socket.io/?transport=websocket", request_form::plain, "POST"), eio_refusal::bad_method);
  expect_refused(ask("/socket.io/?transport=websocket"), eio_refusal::bad_request, bad_request::transport_handshake_error);
}

// S7
TEST_F(verify, the_path_must_be_equal_byte_for_byte) {
  for (const char* path : {"/socket.io", "/socket.io/foo", "/socket.io/../socket.io/", "/socket%2eio/", "/Socket.io/",
                           "//socket.io/", "/", "", "*", "http://h", "http:///x", "/engine.io/"}) {
    SCOPED_TRACE(path);
    EXPECT_EQ(ask(std::string(path) + "?EIO=4&transport=polling").what, outcome::other_path);
  }
}

// S7
TEST_F(verify, absolute_form_is_taken_with_that_path_only) {
  EXPECT_EQ(ask("http://h:80/socket.io/?EIO=4&transport=polling").what, outcome::open_session);
  EXPECT_EQ(ask("http://h:80/other/?EIO=4&transport=polling").what, outcome::other_path);
}

// P20 S7
TEST_F(verify, the_prefix_rule_serves_what_lies_below) {
  rules.paths = engine::path_rule::prefix;
  EXPECT_EQ(ask("/socket.io/foo/bar?EIO=4&transport=polling").what, outcome::open_session);
  EXPECT_EQ(ask("/socket.io?EIO=4&transport=polling").what, outcome::other_path);
}

// P20 P21
TEST(mount_path, puts_one_slash_back_unless_told_otherwise) {
  EXPECT_EQ(engine::mount_path("/socket.io", true), "/socket.io/");
  EXPECT_EQ(engine::mount_path("/socket.io/", true), "/socket.io/");
  EXPECT_EQ(engine::mount_path("/socket.io/", false), "/socket.io");
  EXPECT_EQ(engine::mount_path("/custom", false), "/custom");
}

TEST(bad_requests, have_the_names_of_the_reference) {
  EXPECT_EQ(name_of(bad_request::middleware_failure), "MIDDLEWARE_FAILURE");
  EXPECT_EQ(name_of(bad_request::id_generation_error), "ID_GENERATION_ERROR");
  EXPECT_EQ(name_of(bad_request::none), "");
}

}  // namespace
}  // namespace jackfield::test
