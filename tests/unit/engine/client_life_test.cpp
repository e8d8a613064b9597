// A client's session once it is open: heartbeat, batches, and the ways in which it ends.
#include "client_rig.hpp"

#include <string>

namespace jackfield::test {
namespace {

using namespace std::chrono_literals;
using engine::close_reason;

class client_life : public client_rig {
 protected:
  /// The same server's ping on either road.
  void ping() {
    if (!dialer.dials[0].road->quiet() && s->road()->kind() == engine::transport_kind::polling)
      dialer.poll(0)->answer(*s, {"2"});
    else
      deliver(*s, *s->road(), {"2"});
    host.settle();
  }
};

// P67
TEST_F(client_life, each_ping_is_answered) {
  open_websocket();
  for (int i = 0; i < 3; ++i) {
    host.advance(25s);
    ping();
    EXPECT_EQ(dialer.ws(0)->take(), packets{"3"});
  }
  expect_open();
}

// P67
TEST_F(client_life, each_ping_is_answered_by_polling) {
  open_polling("[]");
  host.advance(25s);
  ping();
  EXPECT_EQ(dialer.poll(0)->take_posts(), std::vector<packets>{{"3"}});
}

// P68
TEST_F(client_life, silence_ends_it_after_interval_and_timeout_and_not_earlier) {
  for (const bool websocket : {true, false}) {
    dialer.dials.clear();
    listener = {};
    options = {};
    websocket ? open_websocket() : open_polling("[]");
    host.advance(44999ms);
    expect_open();
    host.advance(1ms);
    expect_closed(close_reason::ping_timeout);
  }
}

// P68
TEST_F(client_life, each_ping_gives_the_whole_time_again) {
  open_websocket();
  for (int i = 0; i < 5; ++i) {
    host.advance(44999ms);
    ping();
    expect_open();
  }
  host.advance(45s);
  expect_closed(close_reason::ping_timeout);
}

// P69
TEST_F(client_life, other_packets_give_no_time) {
  open_websocket();
  for (const char* packet : {"4hello", "b\x01\x02", "6", "3", "3probe", "4"}) {
    host.advance(7s);
    deliver(*s, *dialer.ws(0), {packet});
  }
  expect_open();
  host.advance(2999ms);
  expect_open();
  host.advance(1ms);
  expect_closed(close_reason::ping_timeout);
}

// P195: the example of the reference
TEST_F(client_life, batches_respect_max_payload) {
  open_polling("[]", 100);
  std::string wide;  // 33 characters of three bytes
  for (int i = 0; i < 33; ++i) wide += "\xe2\x82\xac";
  const std::string m[] = {std::string(99, 'a'), std::string(30, 'b'), std::string(30, 'c'), std::string(35, 'd'), wide,
                           std::string(99, 'e')};
  for (const auto& text : m) ASSERT_TRUE(say(text));
  host.settle();
  std::vector<packets> posts;
  for (int i = 0; i < 6; ++i) {
    for (auto& p : dialer.poll(0)->take_posts()) posts.push_back(std::move(p));
    if (dialer.poll(0)->posting()) dialer.poll(0)->acknowledge(*s);
    host.settle();
  }
  EXPECT_EQ(posts, (std::vector<packets>{{"4" + m[0]}, {"4" + m[1], "4" + m[2], "4" + m[3]}, {"4" + m[4]}, {"4" + m[5]}}));
}

// P195
TEST_F(client_life, a_single_packet_beyond_max_payload_is_sent_all_the_same) {
  open_polling("[]", 10);
  const std::string big(1000, 'x');
  ASSERT_TRUE(say(big));
  ASSERT_TRUE(say("y"));
  host.settle();
  EXPECT_EQ(dialer.poll(0)->take_posts(), std::vector<packets>{{"4" + big}});
}

// P195: without a maxPayload, as old servers are, everything goes at once
TEST_F(client_life, without_max_payload_everything_goes_at_once) {
  open_polling("[]", 0);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(say(std::string(1000, 'x')));
  host.settle();
  EXPECT_EQ(dialer.poll(0)->take_posts().at(0).size(), 3u);
}

TEST_F(client_life, while_a_post_is_under_way_packets_gather) {
  open_polling("[]");
  ASSERT_TRUE(say("a"));
  host.settle();
  ASSERT_TRUE(say("b"));
  ASSERT_TRUE(say("c"));
  host.settle();
  EXPECT_EQ(dialer.poll(0)->take_posts(), std::vector<packets>{{"4a"}});
  dialer.poll(0)->acknowledge(*s);
  host.settle();
  EXPECT_EQ(dialer.poll(0)->take_posts(), (std::vector<packets>{{"4b", "4c"}}));
}

// P90: the session's part: what was sent is acknowledged before the road is closed (its "1" is the road's: client_dialer_test)
TEST_F(client_life, a_close_waits_for_what_was_sent) {
  open_polling("[]");
  ASSERT_TRUE(say("a"));
  host.settle();
  ASSERT_TRUE(say("b"));
  s->close();
  EXPECT_FALSE(say("too late"));
  EXPECT_FALSE(dialer.poll(0)->closed);
  dialer.poll(0)->acknowledge(*s);
  host.settle();
  EXPECT_EQ(dialer.poll(0)->take_posts(), (std::vector<packets>{{"4a"}, {"4b"}}));
  EXPECT_FALSE(dialer.poll(0)->closed);
  dialer.poll(0)->acknowledge(*s);
  host.settle();
  EXPECT_TRUE(dialer.poll(0)->closed);
  expect_closed(close_reason::forced_close);
}

TEST_F(client_life, a_close_does_not_wait_for_ever) {
  open_polling("[]");
  ASSERT_TRUE(say("a"));
  host.settle();
  s->close();
  host.advance(options.close_time - 1ms);
  EXPECT_EQ(listener.closes, 0);
  host.advance(1ms);
  expect_closed(close_reason::forced_close);
}

TEST_F(client_life, what_comes_while_it_closes_is_heard) {
  open_polling("[]");
  ASSERT_TRUE(say("a"));
  host.settle();
  s->close();
  dialer.poll(0)->answer(*s, {"4last words"});
  EXPECT_EQ(listener.messages, packets{"last words"});
}

// P60 P89
TEST_F(client_life, a_servers_close_packet_ends_a_polling_session) {
  open_polling("[]");
  dialer.poll(0)->answer(*s, {"4last", "1", "4never"});
  host.settle();
  EXPECT_EQ(listener.messages, packets{"last"});
  expect_closed(close_reason::transport_close);
}

// P89
TEST_F(client_life, a_lost_road_ends_it_once_with_its_reason) {
  for (const auto why : {close_reason::transport_close, close_reason::transport_error}) {
    dialer.dials.clear();
    listener = {};
    options = {};
    open_websocket();
    s->on_transport_lost(*dialer.ws(0), why, "gone");
    expect_closed(why);
    EXPECT_EQ(listener.description, "gone");
    host.advance(100s);
    EXPECT_EQ(listener.closes, 1);
    EXPECT_FALSE(say("late"));
  }
}

// P199
TEST_F(client_life, what_cannot_be_decoded_is_a_transport_error) {
  open_websocket();
  s->on_undecodable(*dialer.ws(0));
  expect_closed(close_reason::transport_error);
}

// ---- the upgrade

// P78
TEST_F(client_life, after_the_probes_answer_no_get_begins_and_the_switch_waits_for_both_requests) {
  open_probing();
  ASSERT_TRUE(say("a"));
  host.settle();
  ASSERT_TRUE(dialer.poll(0)->posting());
  deliver(*s, *dialer.ws(1), {"3probe"});
  EXPECT_EQ(dialer.ws(1)->take(), packets{});
  dialer.poll(0)->answer(*s, {"6"});
  EXPECT_FALSE(dialer.poll(0)->getting()) << "no GET any more";
  EXPECT_EQ(dialer.ws(1)->take(), packets{}) << "the POST is still under way";
  dialer.poll(0)->acknowledge(*s);
  EXPECT_EQ(dialer.ws(1)->take(), packets{"5"});
  EXPECT_EQ(listener.upgrades, 1);
  EXPECT_TRUE(dialer.poll(0)->detached);
  EXPECT_FALSE(dialer.poll(0)->closed) << "a goodbye would end the session";
}

// P79
TEST_F(client_life, what_is_sent_meanwhile_goes_over_the_new_road) {
  open_probing();
  deliver(*s, *dialer.ws(1), {"3probe"});
  ASSERT_TRUE(say("a"));
  ASSERT_TRUE(say("b"));
  host.settle();
  EXPECT_FALSE(dialer.poll(0)->posting());
  dialer.poll(0)->answer(*s, {"4from the last poll"});
  host.settle();
  EXPECT_EQ(dialer.ws(1)->take(), (packets{"5", "4a", "4b"}));
  EXPECT_EQ(listener.messages, packets{"from the last poll"});
}

// P80
TEST_F(client_life, a_close_waits_for_the_upgrade) {
  open_probing();
  deliver(*s, *dialer.ws(1), {"3probe"});
  ASSERT_TRUE(say("last words"));
  s->close();
  host.settle();
  EXPECT_EQ(listener.closes, 0);
  dialer.poll(0)->answer(*s, {"6"});
  host.settle();
  EXPECT_EQ(dialer.ws(1)->take(), (packets{"5", "4last words"}));
  EXPECT_TRUE(dialer.ws(1)->closed);
  expect_closed(close_reason::forced_close);
}

// P80
TEST_F(client_life, a_close_goes_on_when_the_upgrade_fails) {
  open_probing();
  deliver(*s, *dialer.ws(1), {"3probe"});
  ASSERT_TRUE(say("last words"));
  s->close();
  s->on_transport_lost(*dialer.ws(1), close_reason::transport_close, "cut");
  host.settle();
  EXPECT_EQ(dialer.poll(0)->take_posts(), std::vector<packets>{{"4last words"}});
  dialer.poll(0)->acknowledge(*s);
  host.settle();
  expect_closed(close_reason::forced_close);
}

// P81
TEST_F(client_life, a_probe_that_fails_leaves_polling) {
  for (const char* answer : {"3prob", "3", "2probe", "4hello", "0{}", "1"}) {
    SCOPED_TRACE(answer);
    dialer.dials.clear();
    listener = {};
    open_probing();
    deliver(*s, *dialer.ws(1), {answer});
    EXPECT_EQ(listener.upgrade_errors.size(), 1u);
    expect_open();
    ASSERT_TRUE(say("a"));
    host.settle();
    EXPECT_EQ(dialer.poll(0)->take_posts(), std::vector<packets>{{"4a"}});
    EXPECT_TRUE(dialer.ws(1)->closed);
  }
}

// P81
TEST_F(client_life, a_probe_without_an_answer_fails_in_time) {
  open_probing();
  deliver(*s, *dialer.ws(1), {"3probe"});  // the switch waits for the poll, which does not end
  ASSERT_TRUE(say("a"));
  host.advance(options.upgrade_time - 1ms);
  EXPECT_TRUE(listener.upgrade_errors.empty());
  host.advance(1ms);
  ASSERT_EQ(listener.upgrade_errors.size(), 1u);
  expect_open();
  EXPECT_EQ(dialer.poll(0)->take_posts(), std::vector<packets>{{"4a"}});
}

// P194
TEST_F(client_life, an_upgrade_is_remembered_and_a_failed_one_forgotten) {
  open_probing();
  EXPECT_FALSE(memory.websocket);
  deliver(*s, *dialer.ws(1), {"3probe"});
  dialer.poll(0)->answer(*s, {"6"});
  EXPECT_TRUE(memory.websocket);
  s->on_transport_lost(*dialer.ws(1), close_reason::transport_error, "broken");
  EXPECT_FALSE(memory.websocket);
}

}  // namespace
}  // namespace jackfield::test
