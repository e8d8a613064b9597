#include "engine/registry.hpp"

#include "engine_rig.hpp"

#include <string>

namespace jackfield::test {
namespace {

using engine::close_reason;
using engine::farewell;

class registry : public ::testing::Test {
 protected:
  engine::session_ref open(std::string_view id) {
    auto s = base::make_ref<engine::session>(host, options, id, nullptr, "");
    s->set_listener(&listener);
    s->open(base::make_ref<fake_stream>(), "{}");
    return s;
  }
  virtual_host host;
  engine::session_options options;
  recording_listener listener;
  engine::registry sessions;
};

TEST_F(registry, finds_what_was_added) {
  const auto a = open("a"), b = open("b");
  EXPECT_TRUE(sessions.add(a));
  EXPECT_TRUE(sessions.add(b));
  EXPECT_EQ(sessions.size(), 2u);
  EXPECT_EQ(sessions.find("a"), a.get());
  EXPECT_EQ(sessions.find("b"), b.get());
  EXPECT_EQ(sessions.find("c"), nullptr);
  EXPECT_EQ(sessions.find(""), nullptr);
}

// P8
TEST_F(registry, names_of_other_languages_mean_nothing_here) {
  sessions.add(open("a"));
  EXPECT_EQ(sessions.find("__proto__"), nullptr);
  EXPECT_EQ(sessions.find("constructor"), nullptr);
}

// S19: an id that is taken stays with its session
TEST_F(registry, refuses_a_second_session_of_one_id) {
  const auto first = open("a"), second = open("a");
  EXPECT_TRUE(sessions.add(first));
  EXPECT_FALSE(sessions.add(second));
  second->close();
  EXPECT_EQ(sessions.find("a"), first.get());
}

TEST_F(registry, forgets_a_session_before_its_close_event) {
  struct local final : engine::session_listener {
    void on_message(engine::session&, protocol::payload_kind, std::string_view) override {}
    void on_close(engine::session& me, engine::close_reason, std::string_view) override { known = all->find(me.id()) != nullptr; }
    engine::registry* all = nullptr;
    bool known = true;
  } late;
  auto s = open("a");
  late.all = &sessions;
  s->set_listener(&late);
  sessions.add(s);
  s->close();
  EXPECT_FALSE(late.known);
  EXPECT_EQ(sessions.size(), 0u);
}

TEST_F(registry, keeps_a_session_alive_until_the_end_of_the_turn_in_which_it_ends) {
  sessions.add(open("a"));
  auto* s = sessions.find("a");
  s->discard();
  EXPECT_EQ(s->state(), engine::ready_state::closed);
  EXPECT_EQ(listener.closes, 1);
  host.run_turn();
}

TEST_F(registry, remove_hands_the_session_over) {
  sessions.add(open("a"));
  const auto s = sessions.remove("a");
  ASSERT_NE(s, nullptr);
  EXPECT_EQ(sessions.remove("a"), nullptr);
  EXPECT_EQ(sessions.size(), 0u);
  s->close();
  EXPECT_EQ(listener.closes, 1);
}

TEST_F(registry, for_each_survives_ends_and_beginnings) {
  for (int i = 0; i < 100; ++i) sessions.add(open("s" + std::to_string(i)));
  int seen = 0;
  sessions.for_each([&](engine::session& s) {
    ++seen;
    const bool even = (s.id().back() - '0') % 2 == 0;
    for (int i = 0; i < 100 && !even; i += 2)  // an odd one ends all even ones
      if (auto* other = sessions.find("s" + std::to_string(i))) other->discard();
    sessions.add(open("t" + std::to_string(seen)));
  });
  EXPECT_GE(seen, 50);
  EXPECT_LT(seen, 100);
  EXPECT_EQ(sessions.size(), 50u + static_cast<std::size_t>(seen));
}

// P87
TEST_F(registry, close_all_ends_everyone) {
  for (int i = 0; i < 10; ++i) sessions.add(open("s" + std::to_string(i)));
  sessions.close_all(close_reason::server_shutdown, farewell::discard);
  EXPECT_EQ(sessions.size(), 0u);
  EXPECT_EQ(listener.closes, 10);
  EXPECT_EQ(listener.reason, close_reason::server_shutdown);
}

// P86
TEST_F(registry, a_graceful_close_all_waits_for_polls) {
  auto s = base::make_ref<engine::session>(host, options, "p", nullptr, "");
  auto poll = base::make_ref<fake_poll>();
  s->open(poll, "{}");
  sessions.add(s);
  sessions.close_all(close_reason::server_shutdown, farewell::graceful);
  EXPECT_EQ(sessions.size(), 1u);
  host.advance(std::chrono::seconds(30));
  EXPECT_EQ(sessions.size(), 0u);
}

TEST_F(registry, says_once_that_it_is_empty) {
  int told = 0;
  sessions.when_empty([&] { ++told; });
  EXPECT_EQ(told, 1);  // nobody is there
  sessions.add(open("a"));
  sessions.add(open("b"));
  sessions.when_empty([&] { ++told; });
  sessions.find("a")->close();
  EXPECT_EQ(told, 1);
  sessions.find("b")->close();
  EXPECT_EQ(told, 2);
  sessions.add(open("c"));
  sessions.find("c")->close();
  EXPECT_EQ(told, 2);
}

TEST_F(registry, its_end_leaves_sessions_that_others_hold) {
  const auto s = open("a");
  {
    engine::registry shortlived;
    shortlived.add(s);
  }
  s->close();
  EXPECT_EQ(listener.closes, 1);
}

TEST(short_string, holds_short_and_long_texts) {
  for (const std::size_t n : {0u, 1u, 20u, 23u, 24u, 1000u}) {
    const std::string text(n, 'x');
    engine::short_string a{std::string_view(text)};
    EXPECT_EQ(a.view(), text);
    engine::short_string b(std::move(a));
    EXPECT_EQ(b.view(), text);
    engine::short_string c("other");
    c = std::move(b);
    EXPECT_EQ(c.view(), text);
  }
}

}  // namespace
}  // namespace jackfield::test
